"""What all changes to a conversation share: its lock, the checks under it, who is mentioned, and the event."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from chat.events import MessageEvent, message_subject
from chat.mentions import usernames_in
from chat.models import Message, Thread
from chat.queries import mentionable
from config.errors import DomainError
from notifications.services import record
from projects.access import require, with_access
from projects.events import project_stream
from projects.models import Project
from projects.permissions import Perm


def lock_thread(thread: Thread, actor: User, perm: Perm) -> Thread:
    """Return the thread under its row lock, with its project as it is now; makes it where it is new.

    The first lock of every change to a conversation, before a column's and the stream's. What the actor may is read
    once the lock is there, because all of it may change while one waits (one statement, two for a discussion). Raises
    DomainError where the project was archived or deleted, or the issue put into the trash, and PermissionRefused.
    """
    if thread.is_new:
        Thread.objects.bulk_create(
            [Thread(project_id=thread.project_id, issue_id=thread.issue_id)], ignore_conflicts=True
        )
    rows = Thread.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.get(project=thread.project_id, issue=thread.issue_id)
    project = with_access(actor, pk=thread.project_id)
    locked.project = _require_open(project or thread.project, thread)
    require(locked.project, actor, perm)
    if thread.issue is not None:
        locked.issue = thread.issue
    return locked


def _require_open(project: Project, thread: Thread) -> Project:
    """Return the project; DomainError where it, or the thread's issue, was ended."""
    if project.deleted_at or project.archived_at:
        message = _("%s was archived or deleted meanwhile, so nothing can be written in it. A lead can bring it back.")
        raise DomainError(message % project.key, code="closed")
    issue = thread.issue
    if issue is not None and type(issue).objects.filter(pk=issue.pk, deleted_at__isnull=False).exists():
        message = _("%(key)s was put into the trash meanwhile. Restore it to go on with its discussion.")
        raise DomainError(message % {"key": f"{project.key}-{issue.number}"}, code="closed")
    return project


def lock_message(thread: Thread, message: Message) -> Message:
    """Return a message of the thread as it is now under its row lock; the caller holds that of the thread."""
    row = Message.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=message.pk)
    row.thread = thread
    return row


def checked_text(thread: Thread, body: str, *, may_be_empty: bool = False) -> str:
    """Return a text as it is kept; DomainError where it is empty, too long for the thread, or cannot be kept."""
    body = body.replace("\r\n", "\n").strip()
    if not body and not may_be_empty:
        raise DomainError(_("Write something first."), code="empty")
    if "\x00" in body:
        raise DomainError(_("The text holds a character that cannot be kept (NUL). Take it out."), code="nul")
    if len(body) > thread.longest:
        message = _(
            "That is %(length)d characters; a message here may have %(longest)d. Shorten it, or send it in two."
        )
        raise DomainError(message % {"length": len(body), "longest": thread.longest}, code="too_long")
    return body


def mentioned_in(thread: Thread, body: str) -> list[int]:
    """Return the ids of the people whom a text mentions and who may read the thread (one statement at most)."""
    return sorted(person.pk for person in mentionable(thread.project, usernames_in(body)))


def message_data(message: Message, thread: Thread) -> dict[str, Any]:
    """Return what an event keeps of a message: where it is, never its text, which its author may take back."""
    data: dict[str, Any] = {"message": message.pk, "thread": thread.pk, "seq": message.seq}
    if thread.issue is None:
        return data | {"room": thread.project.key}
    key = f"{thread.project.key}-{thread.issue.number}"
    return data | {"issue": thread.issue_id, "key": key, "title": thread.issue.title}


def record_change(
    actor: User, thread: Thread, message: Message, kind: MessageEvent, data: dict[str, Any] | None = None
) -> None:
    """Append the event of a change to a message. Call it last: it holds the stream's lock until commit."""
    said = message_data(message, thread) | (data or {})
    record(project_stream(thread.project_id), kind=kind, actor=actor, subject=message_subject(message.pk), data=said)
