"""Kinds of events of conversations; all of them go into the project's stream."""

from enum import StrEnum


class MessageEvent(StrEnum):
    """What happens to a message."""

    POSTED = "message.posted"
    EDITED = "message.edited"
    DELETED = "message.deleted"
    REACTED = "message.reacted"
    MADE_ISSUE = "message.made_issue"


def message_subject(message_id: int) -> str:
    """Return how events name a message."""
    return f"message:{message_id}"


def room_subject(project_id: int) -> str:
    """Return how events name what is said in a project's room."""
    return f"room:{project_id}"
