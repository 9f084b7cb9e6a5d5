"""Saying something, changing it, and taking it back."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.events import MessageEvent, room_subject
from chat.models import Message, Thread
from chat.services.reading import move_past_own
from chat.services.threads import (
    checked_text,
    lock_message,
    lock_thread,
    mentioned_in,
    message_data,
    record_change,
)
from config import clock
from config.errors import Conflict, DomainError, PermissionRefused
from notifications.enums import Reason
from notifications.history import save_as
from notifications.services import record
from notifications.watching import watch_quietly
from projects.access import require
from projects.events import project_stream
from projects.permissions import Perm


@transaction.atomic
def post_message(
    *, actor: User, thread: Thread, body: str, client_id: uuid.UUID, reply_to: Message | None = None
) -> Message:
    """Say something in a thread; one that is not saved yet (a first message) is made.

    Locks the thread, then the stream. A second call with the same `client_id` returns the message of the first and
    writes nothing; DomainError where that said something else. Raises PermissionRefused, or DomainError for a text that
    is empty or too long, and for an answer to a message that was deleted or is elsewhere. Whoever writes on an issue
    watches it from then on, and has read their own message if they had read all before it.
    """
    require(thread.project, actor, Perm.WRITE_MESSAGE)
    body = checked_text(thread, body)
    mentioned = mentioned_in(thread, body)
    thread = lock_thread(thread, actor, Perm.WRITE_MESSAGE)
    if earlier := _sent_before(actor, thread, client_id, body):
        return earlier
    answered = _answered(thread, reply_to)
    message = _append(actor, thread, Message(client_id=client_id, body=body, reply_to=answered))
    move_past_own(actor, thread)
    if thread.issue_id:
        watch_quietly([actor.pk], thread.issue_id, Reason.WATCHING)
        watch_quietly(mentioned, thread.issue_id, Reason.MENTIONED)
    _record_posted(actor, thread, message, mentioned)
    return message


@transaction.atomic
def edit_message(*, actor: User, message: Message, body: str, version: int | None = None) -> Message:
    """Change the text of one's own message; the history keeps the old one. Locks the thread, then the message.

    Raises PermissionRefused for anyone but the author, DomainError for a deleted one, and Conflict where the text is
    not the one of `version`: the author changed it elsewhere meanwhile. A reaction since then is no conflict.
    """
    require_author(actor, message)
    body = checked_text(message.thread, body)
    thread = lock_thread(message.thread, actor, Perm.WRITE_MESSAGE)
    message = lock_message(thread, message)
    require_author(actor, message)
    if message.body == body:
        return message
    if version is not None and _changed_since(message, version):
        raise Conflict(_("You changed this message elsewhere meanwhile. Compare both; your text is still here."))
    already = set(mentioned_in(thread, message.body))
    message.body, message.edited_at = body, clock.now()
    message.version += 1
    save_as(actor, message, ["body", "edited_at", "version"])
    added = [person for person in mentioned_in(thread, body) if person not in already]
    if thread.issue_id:
        watch_quietly(added, thread.issue_id, Reason.MENTIONED)
    record_change(actor, thread, message, MessageEvent.EDITED, {"mentions": added})
    return message


@transaction.atomic
def delete_message(*, actor: User, message: Message) -> Message:
    """Take a message back, one's own or as a lead anyone's: a tombstone stays. Deleting it twice changes nothing.

    Locks the thread, then the message. Raises PermissionRefused.
    """
    perm = Perm.WRITE_MESSAGE if message.author_id == actor.pk else Perm.DELETE_MESSAGE
    require(message.thread.project, actor, perm)
    thread = lock_thread(message.thread, actor, perm)
    message = lock_message(thread, message)
    if message.deleted_at:
        return message
    message.deleted_at, message.deleted_by, message.body = clock.now(), actor, ""
    message.version += 1
    save_as(actor, message, ["deleted_at", "deleted_by", "body", "version"])
    thread.message_count -= 1
    thread.save(update_fields=["message_count"])
    record_change(actor, thread, message, MessageEvent.DELETED)
    return message


def require_author(actor: User, message: Message) -> None:
    """Raise PermissionRefused unless the person may edit the message, DomainError where it was deleted."""
    require(message.thread.project, actor, Perm.WRITE_MESSAGE)
    if message.author_id != actor.pk:
        raise PermissionRefused(_("Only %s can change this message; leads may delete it.") % message.author.name)
    if message.deleted_at:
        raise DomainError(_("This message was deleted."), code="deleted")


def _sent_before(actor: User, thread: Thread, client_id: uuid.UUID, body: str) -> Message | None:
    """Return the message that a first try has left; the caller holds the thread's lock."""
    found = Message.objects.filter(client_id=client_id).first()
    if found is None:
        return None
    first = found.history.earliest("history_date", "history_id").body
    if (found.author_id, found.thread_id, first) != (actor.pk, thread.pk, body):
        raise DomainError(_key_reused(), code="key_reused")
    found.thread, found.author = thread, actor
    return found


def _key_reused() -> str:
    return _("This form has sent another message already. Your text is still here: send it again.")


def _answered(thread: Thread, message: Message | None) -> Message | None:
    """Return the message that is answered as it is now, if it can be."""
    if message is None:
        return None
    now = Message.objects.filter(pk=message.pk, thread=thread).first()
    if now is None:
        raise DomainError(_("The message that you answer is in another conversation."), code="reply_elsewhere")
    if now.deleted_at:
        raise DomainError(_("The message that you answer was deleted. Send yours without it."), code="reply_deleted")
    return now


def _append(actor: User, thread: Thread, message: Message) -> Message:
    """Give a new message the next number of its thread, which is locked, and save both."""
    thread.seq += 1
    thread.message_count += 1
    message.thread, message.seq, message.author, message.at = thread, thread.seq, actor, clock.now()
    try:
        save_as(actor, message, moment=message.at)
    except IntegrityError as error:
        raise DomainError(_key_reused(), code="key_reused") from error
    thread.save(update_fields=["seq", "message_count"])
    return message


def _changed_since(message: Message, version: int) -> bool:
    """Say whether the text is another than that of an earlier version; one that never was counts as another."""
    was = message.history.filter(version=version).order_by("history_id").values_list("body", flat=True).first()
    return bool(was != message.body)


def _record_posted(actor: User, thread: Thread, message: Message, mentioned: list[int]) -> None:
    data: dict[str, Any] = message_data(message, thread) | {"mentions": mentioned}
    if message.reply_to is not None:
        data["reply_to"] = message.reply_to.author_id
    subject = f"issue:{thread.issue_id}" if thread.issue_id else room_subject(thread.project_id)
    record(project_stream(thread.project_id), kind=MessageEvent.POSTED, actor=actor, subject=subject, data=data)
