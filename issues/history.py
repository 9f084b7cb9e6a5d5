"""The story of one issue, told from the event log: who said and did what, when, from what to what.

What one person changed in a row is told in one line; every step of it stays readable behind that line. A move is a line
of its own, because it is what people look for, and so is every message: changes before and after it are not folded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from chat.events import MessageEvent
from files.events import FileEvent
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from notifications.models import Event
from notifications.queries import events_about
from projects.activity import Description, describe

STEPS_SHOWN = 100
ROW = timedelta(hours=1)
# Being placed anew within a column is no story. Of messages, being sent is; what became of one, and whether its files
# were accepted, shows in its place.
UNTOLD = Q(kind__in=[IssueEvent.ORDERED, FileEvent.CHECKED, FileEvent.REFUSED]) | (
    Q(kind__startswith="message.") & ~Q(kind=MessageEvent.POSTED)
)
# What one person does so in a row is told in one line.
FOLDED = {IssueEvent.CHANGED, FileEvent.ADDED}


class Show(StrEnum):
    """What of the story is wanted."""

    ALL = "all"
    MESSAGES = "messages"
    CHANGES = "changes"


@dataclass(frozen=True)
class Entry:
    """One line of the story. `steps` are the events behind it, oldest first; one for a line that folds nothing."""

    line: Description
    steps: tuple[Description, ...]

    @property
    def actor(self) -> User | None:
        """Who did it; None for the instance itself."""
        return self.line.event.actor

    @property
    def at(self) -> datetime:
        """When its last step happened."""
        return self.steps[-1].event.at

    @property
    def first_seq(self) -> int:
        """The number of its first step in the project's log."""
        return self.steps[0].event.seq

    @property
    def last_seq(self) -> int:
        """The number of its last step in the project's log."""
        return self.steps[-1].event.seq

    @property
    def origin(self) -> dict[str, Any]:
        """Of which message the issue was made, in the line that tells of its creation; empty in all others."""
        event = self.line.event
        return dict(event.data.get("from", {})) if event.kind == IssueEvent.CREATED else {}

    @property
    def changes_description(self) -> bool:
        """Say whether the description was changed, so that there is a difference to look at."""
        return any("description" in step.event.data.get("changes", {}) for step in self.steps)


@dataclass(frozen=True)
class Said:
    """One message in the story. Its text is not in the log."""

    event: Event

    @property
    def message_id(self) -> int:
        """The message's id."""
        return int(self.event.data["message"])


@dataclass(frozen=True)
class Story:
    """What was said and done, oldest first. `earlier` counts the steps left out before the step `first_seq`; `is_old`
    says that newer ones are left out as well; `moved_at` is when the state last changed."""

    entries: list[Entry | Said]
    earlier: int
    moved_at: datetime | None
    first_seq: int = 0
    is_old: bool = False

    @property
    def message_ids(self) -> list[int]:
        """The ids of the messages in it, oldest first."""
        return [entry.message_id for entry in self.entries if isinstance(entry, Said)]


def story_of(
    issue: Issue,
    *,
    until: datetime | None = None,
    before: int | None = None,
    around: int | None = None,
    show: Show = Show.ALL,
) -> Story:
    """Return an issue's story, or that up to a moment: its latest STEPS_SHOWN steps (at most three statements).

    `before` wants those before a number of the project's log, `around` those among which the message with that number
    in its thread is (one statement more).
    """
    everything = events_about(issue_subject(issue.pk)).exclude(UNTOLD)
    if until is not None:
        everything = everything.filter(at__lte=until)
    events = _wanted(everything, show)
    if around is not None:
        before = _end_around(events, around)
    page = events.order_by("-seq") if before is None else events.filter(seq__lt=before).order_by("-seq")
    steps = list(page[: STEPS_SHOWN + 1])
    has_more, steps = len(steps) > STEPS_SHOWN, steps[:STEPS_SHOWN]
    first_seq = steps[-1].seq if steps else 0
    earlier = events.filter(seq__lt=first_seq).count() if has_more else 0
    is_whole = before is None and show != Show.MESSAGES and not has_more
    moved_at = next((event.at for event in steps if before is None and "state" in event.data.get("changes", {})), None)
    if moved_at is None and not is_whole:
        moved_at = everything.filter(kind=IssueEvent.MOVED).order_by("-seq").values_list("at", flat=True).first()
    entries = [_entry(group) for group in _rows(reversed(steps))]
    return Story(entries, earlier, moved_at, first_seq, is_old=before is not None)


def _wanted(events: QuerySet[Event], show: Show) -> QuerySet[Event]:
    if show == Show.MESSAGES:
        return events.filter(kind=MessageEvent.POSTED)
    if show == Show.CHANGES:
        # The message before a change keeps it apart from those before that message, also where it is not shown.
        said = events.filter(kind=MessageEvent.POSTED, seq__lt=OuterRef("seq")).order_by("-seq").values("seq")
        return events.exclude(kind=MessageEvent.POSTED).annotate(said=Subquery(said[:1]))
    return events


def _end_around(events: QuerySet[Event], number: int) -> int | None:
    """Return the step before which a page with the message in its midst ends; None where that is the newest page."""
    named = events.filter(kind=MessageEvent.POSTED, data__seq=number).values("seq")[:1]
    later = events.filter(seq__gt=Subquery(named)).order_by("seq").values_list("seq", flat=True)
    found = list(later[:STEPS_SHOWN])
    return found[STEPS_SHOWN // 2] if len(found) == STEPS_SHOWN else None


def _rows(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Group what one person changed in a row."""
    row: list[Event] = []
    for event in events:
        if row and not _belongs(row, event):
            yield row
            row = []
        row.append(event)
    if row:
        yield row


def _belongs(row: list[Event], event: Event) -> bool:
    last = row[-1]
    is_alike = last.kind == event.kind and event.kind in FOLDED and last.actor_id == event.actor_id
    is_parted = getattr(last, "said", None) != getattr(event, "said", None)
    return is_alike and not is_parted and event.at - last.at <= ROW


def _entry(row: list[Event]) -> Entry | Said:
    if row[0].kind == MessageEvent.POSTED:
        return Said(row[0])
    steps = tuple(describe(event, brief=True) for event in row)
    if len(row) == 1:
        return Entry(steps[0], steps)
    if row[0].kind == FileEvent.ADDED:
        return Entry(describe(_told(row[-1], count=len(row)), brief=True), steps)
    changes: dict[str, Any] = {}
    for event in row:
        for field, diff in event.data.get("changes", {}).items():
            changes[field] = _merged(field, changes.get(field), diff)
    kept = {field: diff for field, diff in changes.items() if _differs(field, diff)}
    return Entry(describe(_told(row[-1], changes=kept), brief=True), steps)


def _told(last: Event, **more: Any) -> Event:
    """Return the last event of a row as one that tells of all of them."""
    return Event(kind=last.kind, actor=last.actor, data=last.data | more, at=last.at, seq=last.seq)


def _merged(field: str, earlier: Any, later: Any) -> Any:
    """Return two changes of one field as one: from what the first found to what the second left."""
    if earlier is None:
        return later
    if field != "labels":
        return {"from": earlier["from"], "to": later["to"]}
    added = [name for name in earlier["added"] if name not in later["removed"]]
    removed = [name for name in earlier["removed"] if name not in later["added"]]
    return {
        "added": added + [name for name in later["added"] if name not in earlier["removed"]],
        "removed": removed + [name for name in later["removed"] if name not in earlier["added"]],
    }


def _differs(field: str, diff: Any) -> bool:
    if field == "labels":
        return bool(diff["added"] or diff["removed"])
    return field == "description" or diff["from"] != diff["to"]
