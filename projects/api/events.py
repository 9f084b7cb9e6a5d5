"""What happened in a project: as a feed that a client follows without a gap, and as the activity page tells it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.api.shapes import PersonOut, person_or_none
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import MOST, OneOf, Paging, page_of
from config.api.shapes import In, Listing, Out
from notifications.models import Event
from notifications.sentences import plain
from projects.access import Access, access_to, get_project_or_404, seq_of
from projects.activity import SENTENCES, describe
from projects.api.projects import wrong
from projects.listing import told_events
from projects.models import Project
from projects.queries import ACTIVITY_GROUPS

routes = Operations(tags=["Events"])
# What everyone who may read a project is told of, and what its members are told besides.
FOR_ALL = ("issue.", "message.", "file.")
FOR_MEMBERS = (*FOR_ALL, "project.", "member.", "label.", "state.", "states.", "transition.")
GROUPS_FOR_ALL = ("issues", "files")
LATEST = 2**63 - 1


class EventOut(Out):
    """Something that happened. `seq` is its number in the project's log."""

    seq: int
    kind: str = Field(examples=["issue.moved"])
    at: datetime
    actor: PersonOut | None = Field(description="Null for the site itself.")
    text: str = Field(description="The same in words.", examples=["Ana Pires moved WEB-12 from Open to In progress"])
    issue: str | None = Field(description="The key of the issue that it is about.", examples=["WEB-12"])
    message: int | None = Field(description="The id of the message that it is about.")
    file: UUID | None = Field(description="The file that it is about.")
    changes: dict[str, dict[str, Any]] = Field(
        description="By field `from` and `to`, or `added` and `removed`.",
        examples=[{"state": {"from": "Open", "to": "In progress"}}],
    )


class FeedOut(Out):
    """Some events, oldest first."""

    items: list[EventOut]
    seq: int = Field(description="Send it as `after` next time: up to here you know everything that you asked for.")
    last: int = Field(description="The number of the newest event of the project.")
    more: bool = Field(description="There are more already: ask again at once.")


class FeedAsked(In):
    """From where on, and which events."""

    after: int = Field(0, ge=0, le=LATEST, description="The `seq` of the answer before; 0 begins with the first event.")
    limit: int = Field(50, ge=1, le=MOST)
    kinds: str = Field(
        "", max_length=1000, description="Kinds, or their beginnings.", examples=["issue.moved,message."]
    )


class ActivityAsked(Paging):
    """Which part of what happened."""

    group: Annotated[str, OneOf(*ACTIVITY_GROUPS)] | None = None


@routes.get("/projects/{key:key}/events", scope=Scope.EVENTS_READ, answer=FeedOut, guest=True)
def follow_events(request: ApiRequest, key: str, asked: Query[FeedAsked]) -> FeedOut:
    """Follow what happens in a project.

    Numbers rise by one with each event of the project; those that you may not see, or did not ask for, are left out,
    and `seq` passes over them. A client that was away asks from where it stood until `more` is false. For everyone who
    may read the project; who is no member is told of issues, messages and files only.
    """
    project = get_project_or_404(request.user, key)
    # Read before the events: what is committed up to there cannot be missing among them.
    last = seq_of(project)
    found = told_events(project, _beginnings(asked.kinds, access_to(project, request.user)))
    rows = list(found.filter(seq__gt=asked.after, seq__lte=last).order_by("seq")[: asked.limit + 1])
    shown, more = rows[: asked.limit], len(rows) > asked.limit
    seq = shown[-1].seq if more else last
    return FeedOut(items=[_event_out(event, project) for event in shown], seq=seq, last=last, more=more)


@routes.get("/projects/{key:key}/activity", scope=Scope.EVENTS_READ, answer=Listing[EventOut], guest=True)
def list_activity(request: ApiRequest, key: str, asked: Query[ActivityAsked]) -> Listing[EventOut]:
    """List what happened in a project, the newest first.

    As the activity page tells it: conversations are their own record. For everyone who may read the project; who is no
    member is told of issues and files only.
    """
    project = get_project_or_404(request.user, key)
    groups = ACTIVITY_GROUPS if _knows_members(access_to(project, request.user)) else GROUPS_FOR_ALL
    wanted = [name for name in groups if asked.group in {None, name}]
    found = told_events(project, [start for name in wanted for start in ACTIVITY_GROUPS[name]])
    rows, following = page_of(found, asked, ["-seq"], context="activity")
    return Listing(items=[_event_out(event, project) for event in rows], next=following)


def _knows_members(access: Access) -> bool:
    return access.role is not None or access.is_administrator


def _beginnings(kinds: str, access: Access) -> Collection[str]:
    """Return the beginnings of kinds that are asked for and that the reader may be told of."""
    allowed = FOR_MEMBERS if _knows_members(access) else FOR_ALL
    asked = [word.strip() for word in kinds.split(",") if word.strip()]
    for word in asked:
        if word not in FOR_MEMBERS and word not in SENTENCES:
            known = ", ".join([*FOR_MEMBERS, *SENTENCES])
            raise wrong(
                "kinds", _("There is no kind “%(word)s”. There are: %(known)s.") % {"word": word, "known": known}
            )
    return [word for word in asked if word.startswith(allowed)] if asked else allowed


def _event_out(event: Event, project: Project) -> EventOut:
    data: Mapping[str, Any] = event.data
    uuid = data.get("uuid") if event.kind.startswith("file.") else None
    message = data.get("message")
    # By the project's present key: the log keeps the one of then.
    number = str(data.get("key", "")).rpartition("-")[2] if event.kind.startswith(FOR_ALL) else ""
    return EventOut(
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        actor=person_or_none(event.actor),
        text=plain(describe(event)),
        issue=f"{project.key}-{number}" if number else None,
        message=message if isinstance(message, int) else None,
        file=UUID(uuid) if uuid else None,
        changes=_changes(data),
    )


def _changes(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what became another; of a step of the workflow what it needed and needs."""
    changes: dict[str, dict[str, Any]] = dict(data.get("changes", {}))
    before, after = data.get("before") or {}, data.get("after") or {}
    changes |= {name: {"from": before.get(name), "to": value} for name, value in after.items()}
    return changes
