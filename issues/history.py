"""The story of one issue, told from the event log: who did what, when, from what to what.

What one person changed in a row is told in one line; every step of it stays readable behind that line. A move is a line
of its own, because it is what people look for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from notifications.models import Event
from notifications.queries import events_about
from projects.activity import Description, describe

STEPS_SHOWN = 100
ROW = timedelta(hours=1)


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
    def changes_description(self) -> bool:
        """Say whether the description was changed, so that there is a difference to look at."""
        return any("description" in step.event.data.get("changes", {}) for step in self.steps)


@dataclass(frozen=True)
class Story:
    """The lines, oldest first. `earlier` counts the steps left out; `moved_at` is when the state last changed."""

    entries: list[Entry]
    earlier: int
    moved_at: datetime | None


def story_of(issue: Issue, *, until: datetime | None = None, whole: bool = False) -> Story:
    """Return an issue's story, or that up to a moment; the latest STEPS_SHOWN steps unless `whole` (two statements).

    Being placed anew within a column is left out.
    """
    events = events_about(issue_subject(issue.pk)).exclude(kind=IssueEvent.ORDERED)
    if until is not None:
        events = events.filter(at__lte=until)
    newest_first = events.order_by("-seq")
    steps = list(newest_first if whole else newest_first[: STEPS_SHOWN + 1])
    earlier = 0
    if not whole and len(steps) > STEPS_SHOWN:
        steps = steps[:STEPS_SHOWN]
        earlier = events.count() - STEPS_SHOWN
    moved_at = next((event.at for event in steps if "state" in event.data.get("changes", {})), None)
    if moved_at is None and earlier:
        moved_at = events.filter(kind=IssueEvent.MOVED).order_by("-seq").values_list("at", flat=True).first()
    return Story([_entry(group) for group in _rows(reversed(steps))], earlier, moved_at)


def _rows(events: Iterable[Event]) -> Iterable[list[Event]]:
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
    is_alike = last.kind == event.kind == IssueEvent.CHANGED and last.actor_id == event.actor_id
    return is_alike and event.at - last.at <= ROW


def _entry(row: list[Event]) -> Entry:
    steps = tuple(describe(event, brief=True) for event in row)
    if len(row) == 1:
        return Entry(steps[0], steps)
    changes: dict[str, Any] = {}
    for event in row:
        for field, diff in event.data.get("changes", {}).items():
            changes[field] = _merged(field, changes.get(field), diff)
    kept = {field: diff for field, diff in changes.items() if _differs(field, diff)}
    last = row[-1]
    told = Event(kind=last.kind, actor=last.actor, data=last.data | {"changes": kept}, at=last.at, seq=last.seq)
    return Entry(describe(told, brief=True), steps)


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
