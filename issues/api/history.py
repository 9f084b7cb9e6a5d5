"""What was done to an issue, from its log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404
from ninja import Query
from pydantic import Field

from accounts.api.shapes import PersonOut, person_or_none
from accounts.enums import Scope
from chat.events import MessageEvent
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging, page_of
from config.api.shapes import Listing, Out
from issues.access import get_issue_or_404
from issues.differences import change_of
from issues.events import issue_subject
from issues.history import UNTOLD
from notifications.models import Event
from notifications.queries import events_about
from projects.activity import describe

routes = Operations(tags=["History"])
HISTORY = "/projects/{key:key}/issues/{int:number}/history"


class ChangeOut(Out):
    """One step in the life of an issue. `seq` is its number in the project's log."""

    seq: int
    kind: str = Field(examples=["issue.moved"])
    at: datetime
    actor: PersonOut | None = Field(description="Null for the site itself.")
    text: str = Field(description="The same in words.", examples=["Ana Pires moved this from Open to In progress"])
    changes: dict[str, dict[str, Any]] = Field(
        description="By field `from` and `to`, or `added` and `removed`; of a description the lengths alone.",
        examples=[{"state": {"from": "Open", "to": "In progress"}}],
    )


class PieceOut(Out):
    """A run of text that was kept, taken away or added."""

    kind: str = Field(examples=["new"], description="`same`, `gone` or `new`.")
    text: str


class DifferenceOut(Out):
    """What a step made of the description."""

    at: datetime
    actor: PersonOut | None
    pieces: list[PieceOut]


@routes.get(HISTORY, scope=Scope.ISSUES_READ, answer=Listing[ChangeOut], guest=True)
def list_issue_changes(request: ApiRequest, key: str, number: int, asked: Query[Paging]) -> Listing[ChangeOut]:
    """List what was done to an issue.

    The newest first; messages are not among it. For everyone who may read the project. How the issue was at a time is
    read with `at` from the issue itself.
    """
    issue = get_issue_or_404(request.user, key, number)
    events = events_about(issue_subject(issue.pk)).exclude(UNTOLD | Q(kind=MessageEvent.POSTED))
    rows, following = page_of(events, asked, ["-seq"])
    return Listing(items=[_change_out(event) for event in rows], next=following)


@routes.get(HISTORY + "/{int:seq}", scope=Scope.ISSUES_READ, answer=DifferenceOut, guest=True)
def read_issue_change(request: ApiRequest, key: str, number: int, seq: int) -> DifferenceOut:
    """Read what a step made of the description.

    404 where it did not touch it. For everyone who may read the project.
    """
    issue = get_issue_or_404(request.user, key, number)
    change = change_of(issue, seq, seq) if seq < 2**63 else None
    if change is None:
        raise Http404("no such change")
    pieces = [PieceOut(kind=piece.kind, text=piece.text) for piece in change.pieces]
    return DifferenceOut(at=change.at, actor=person_or_none(change.actor), pieces=pieces)


def _change_out(event: Event) -> ChangeOut:
    told = describe(event, brief=True)
    changes: Mapping[str, Any] = event.data.get("changes", {})
    return ChangeOut(
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        actor=person_or_none(event.actor),
        text="".join(part.text for part in told.parts),
        changes=dict(changes),
    )
