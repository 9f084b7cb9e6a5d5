"""What the tests of conversations share: how something is said, and what it left behind."""

import uuid
from typing import Any

from chat.models import Message, Thread
from chat.queries import discussion_of, room_of
from chat.services.messages import post_message
from issues.models import Issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.models import Project


def thread_of(place: Project | Issue) -> Thread:
    """Return the room of a project or the discussion of an issue, as the database has it."""
    return discussion_of(place) if isinstance(place, Issue) else room_of(place)


def say(actor: Any, place: Project | Issue | Thread, body: str = "Said in passing", **values: Any) -> Message:
    """Say something in a thread, a room or on an issue."""
    thread = place if isinstance(place, Thread) else thread_of(place)
    return post_message(actor=actor, thread=thread, body=body, **({"client_id": uuid.uuid4()} | values))


def head(project: Project) -> int:
    """Return the number of the newest event of a project."""
    return head_of(project_stream(project.pk))


def past_of(message: Message) -> list[tuple[int, str, Any, str]]:
    """Return (version, text, who, what kind of change) of a message's history, oldest first."""
    rows = Message.history.filter(id=message.pk).order_by("history_id")
    return [(row.version, row.body, row.history_user, row.history_type) for row in rows]


def again(message: Message) -> Message:
    """Return the message as the database has it."""
    return Message.objects.select_related("thread", "thread__project", "thread__issue", "author").get(pk=message.pk)
