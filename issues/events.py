"""Kinds of events of the issues app; all of them go into the project's stream."""

from enum import StrEnum


class IssueEvent(StrEnum):
    """What happens to an issue."""

    CREATED = "issue.created"
    CHANGED = "issue.changed"
    MOVED = "issue.moved"
    ORDERED = "issue.ordered"
    DELETED = "issue.deleted"
    RESTORED = "issue.restored"
    DUE_SOON = "issue.due_soon"
    OVERDUE = "issue.overdue"


def issue_subject(issue_id: int) -> str:
    """Return how events name an issue."""
    return f"issue:{issue_id}"
