"""What a change made of the description of an issue."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from config.differences import Piece, differences
from issues.events import issue_subject
from issues.models import Issue
from notifications.queries import events_about


@dataclass(frozen=True)
class TextChange:
    """What a change, or a row of them, made of an issue's description."""

    actor: User | None
    at: datetime
    pieces: list[Piece]


def change_of(issue: Issue, first: int, last: int) -> TextChange | None:
    """Return what the events from `first` to `last` of the project's log made of the description of an issue.

    None where one of them is not about this issue, or the description is the same.
    """
    events = {event.seq: event for event in events_about(issue_subject(issue.pk)).filter(seq__in=[first, last])}
    if set(events) != {first, last} or first > last:
        return None
    states = Issue.history.filter(id=issue.pk).order_by("-history_date", "-history_id")
    after = states.filter(history_date__lte=events[last].at).only("description").first()
    begun = states.filter(history_date__lte=events[first].at).only("history_date", "version").first()
    before = states.filter(version__lt=begun.version).only("description").first() if begun else None
    if after is None or before is None or after.description == before.description:
        return None
    return TextChange(events[last].actor, events[last].at, differences(before.description, after.description))
