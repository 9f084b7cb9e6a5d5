"""Watching issues."""

from typing import Annotated

from pydantic import Field

from accounts.api.shapes import PersonOut
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf
from config.api.shapes import In, Out
from issues.access import get_issue_or_404
from issues.models import Issue
from issues.watchers import watchers_of
from notifications.watching import set_watching
from projects.access import Person

routes = Operations(tags=["Issues"])
CHOICES = {"watching": True, "muted": False, "none": None}
Choice = Annotated[str, OneOf(*CHOICES)]


class WatchersOut(Out):
    """Who watches an issue. Their names are for members; others are told how many they are."""

    mine: Choice = Field(description="What you have chosen.")
    people: list[PersonOut]
    unnamed: int


class WatchIn(In):
    """`none`: you hear of it only where it concerns you."""

    watch: Choice


@routes.get("/projects/{key:key}/issues/{int:number}/watchers", scope=Scope.ISSUES_READ, answer=WatchersOut, guest=True)
def list_watchers(request: ApiRequest, key: str, number: int) -> WatchersOut:
    """Read who watches an issue, and whether you do.

    For everyone who may read the project; the names are for members.
    """
    return _watchers_out(get_issue_or_404(request.user, key, number), request.user)


@routes.put("/projects/{key:key}/issues/{int:number}/watch", scope=Scope.ISSUES_WRITE, answer=WatchersOut)
def watch_issue(request: ApiRequest, key: str, number: int, watch: WatchIn) -> WatchersOut:
    """Watch an issue, mute it, or leave it.

    For everyone who may read the project.
    """
    issue = get_issue_or_404(request.user, key, number)
    set_watching(actor=request.user, issue=issue, watching=CHOICES[watch.watch])
    return _watchers_out(issue, request.user)


def _watchers_out(issue: Issue, person: Person) -> WatchersOut:
    found = watchers_of(issue, person)
    people = [PersonOut(username=each.username, name=each.name, picture=each.picture) for each in found.people]
    return WatchersOut(mine=found.mine or "none", people=people, unnamed=found.unnamed)
