"""Who is told of what is said."""

from collections.abc import Iterable

from chat.access import thread_is_there
from chat.events import MessageEvent
from chat.models import Message
from notifications.enums import NoticeKind, Reason
from notifications.hooks import Notice, audience
from notifications.models import Event
from notifications.watching import Circle, circle_of


@audience(MessageEvent.POSTED)
def told_of_message(event: Event) -> Iterable[Notice]:
    """Whom it mentions, whom it answers, and everyone near: to the issue, or for a room who follows the project."""
    message = _message(event)
    if message is None:
        return []
    circle = _circle(message)
    return circle.heard([*_mentioned(event), *_answered(event), *_near(message, circle)])


@audience(MessageEvent.EDITED)
def told_of_edit(event: Event) -> Iterable[Notice]:
    """Whom it mentions now and did not before; nobody else is told of an edit."""
    return _mentioned(event) if _message(event) else []


def _message(event: Event) -> Message | None:
    """Return the message with its thread and issue; None where it was deleted meanwhile, or its issue."""
    rows = Message.objects.select_related("thread__issue").defer("thread__issue__search")
    found = rows.filter(pk=event.data["message"], deleted_at__isnull=True).first()
    return found if found and thread_is_there(found.thread) else None


def _circle(message: Message) -> Circle:
    return circle_of(message.thread.project_id, message.thread.issue_id)


def _mentioned(event: Event) -> list[Notice]:
    return [Notice(person, NoticeKind.MENTIONED, Reason.MENTIONED) for person in event.data.get("mentions", [])]


def _answered(event: Event) -> list[Notice]:
    author = event.data.get("reply_to")
    return [Notice(author, NoticeKind.REPLIED, Reason.REPLIED)] if author else []


def _near(message: Message, circle: Circle) -> Iterable[Notice]:
    issue = message.thread.issue
    if issue is None:
        return circle.near(NoticeKind.ROOM_MESSAGE)
    return circle.near(NoticeKind.COMMENTED, assignee_id=issue.assignee_id, reporter_id=issue.reporter_id)
