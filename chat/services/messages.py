"""Saying something, changing it, and taking it back."""

import uuid
from collections.abc import Sequence
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
from files.models import File
from files.services.hanging import hang_on_message, lock_drafts, named_in, remove_with_message
from notifications.enums import Reason
from notifications.history import save_as
from notifications.services import record
from notifications.watching import watch_quietly
from projects.access import require
from projects.events import project_stream
from projects.permissions import Perm


@transaction.atomic
def post_message(
    *,
    actor: User,
    thread: Thread,
    body: str,
    client_id: uuid.UUID,
    reply_to: Message | None = None,
    files: Sequence[uuid.UUID] = (),
) -> Message:
    """Say something in a thread; one that is not saved yet (a first message) is made.

    `files` are drafts of the actor that go with it, besides those that its text names; with files it needs no text.
    Locks the thread, then the files, then the stream. A second call with the same `client_id` returns the message of
    the first and writes nothing; DomainError where that said something else. Raises PermissionRefused, or DomainError
    for a text that is empty or too long, for files that cannot go with it, and for an answer to a message that was
    deleted or is elsewhere. Whoever writes on an issue watches it from then on, and has read their own message if they
    had read all before it.
    """
    require(thread.project, actor, Perm.WRITE_MESSAGE)
    body = checked_text(thread, body, may_be_empty=bool(files))
    mentioned = mentioned_in(thread, body)
    thread = lock_thread(thread, actor, Perm.WRITE_MESSAGE)
    if earlier := _sent_before(actor, thread, client_id, body, files):
        return earlier
    answered = _answered(thread, reply_to)
    sent = lock_drafts(actor, thread.project, files, body)
    message = Message(client_id=client_id, body=body, reply_to=answered, file_count=len(sent))
    message = _append(actor, thread, message)
    hang_on_message(actor, message, sent)
    move_past_own(actor, thread)
    if thread.issue_id:
        watch_quietly([actor.pk], thread.issue_id, Reason.WATCHING)
        watch_quietly(mentioned, thread.issue_id, Reason.MENTIONED)
    _record_posted(actor, thread, message, mentioned, sent)
    return message


@transaction.atomic
def edit_message(*, actor: User, message: Message, body: str, version: int | None = None) -> Message:
    """Change the text of one's own message; the history keeps the old one. Locks the thread, the message, the files.

    Drafts that the new text names go with the message from then on. Raises PermissionRefused for anyone but the author,
    DomainError for a deleted one, and Conflict where the text is not the one of `version`: the author changed it
    elsewhere meanwhile. A reaction since then is no conflict.
    """
    require_author(actor, message)
    body = checked_text(message.thread, body, may_be_empty=message.file_count > 0)
    thread = lock_thread(message.thread, actor, Perm.WRITE_MESSAGE)
    message = lock_message(thread, message)
    require_author(actor, message)
    _refuse_saying_nothing(message, body)
    if message.body == body:
        return message
    if version is not None and _changed_since(message, version):
        raise Conflict(_("You changed this message elsewhere meanwhile. Compare both; your text is still here."))
    already = set(mentioned_in(thread, message.body))
    sent = lock_drafts(actor, thread.project, [], body, besides=_standing_files(message))
    message.body, message.edited_at = body, clock.now()
    message.version += 1
    message.file_count += len(sent)
    save_as(actor, message, ["body", "edited_at", "version", "file_count"])
    hang_on_message(actor, message, sent)
    added = [person for person in mentioned_in(thread, body) if person not in already]
    if thread.issue_id:
        watch_quietly(added, thread.issue_id, Reason.MENTIONED)
    record_change(actor, thread, message, MessageEvent.EDITED, {"mentions": added} | _told_of(sent))
    return message


@transaction.atomic
def delete_message(*, actor: User, message: Message) -> Message:
    """Take a message back, one's own or as a lead anyone's: a tombstone stays. Deleting it twice changes nothing.

    Its files go with it. Locks the thread, the message, the files. Raises PermissionRefused.
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
    files = remove_with_message(actor, message)
    thread.message_count -= 1
    thread.save(update_fields=["message_count"])
    record_change(actor, thread, message, MessageEvent.DELETED, _told_of(files))
    return message


def require_author(actor: User, message: Message) -> None:
    """Raise PermissionRefused unless the person may edit the message, DomainError where it was deleted."""
    require(message.thread.project, actor, Perm.WRITE_MESSAGE)
    if message.author_id != actor.pk:
        raise PermissionRefused(_("Only %s can change this message; leads may delete it.") % message.author.name)
    if message.deleted_at:
        raise DomainError(_("This message was deleted."), code="deleted")


def _sent_before(
    actor: User, thread: Thread, client_id: uuid.UUID, body: str, files: Sequence[uuid.UUID]
) -> Message | None:
    """Return the message that a first try has left; the caller holds the thread's lock."""
    found = Message.objects.filter(client_id=client_id).first()
    if found is None:
        return None
    first = found.history.earliest("history_date", "history_id")
    is_same = (found.author_id, found.thread_id, first.body) == (actor.pk, thread.pk, body)
    if not is_same or not _same_files(thread, found, files, body, first.file_count):
        raise DomainError(_key_reused(), code="key_reused")
    found.thread, found.author = thread, actor
    return found


def _same_files(thread: Thread, message: Message, files: Sequence[uuid.UUID], body: str, count: int) -> bool:
    """Say whether a message was first sent with these files, `count` with those that its text names."""
    if not files and not count:
        return True
    now = set(message.files.values_list("uuid", flat=True))
    sent = set(files) | (now & set(named_in(thread.project, body)))
    return sent <= now and len(sent) == count


def _standing_files(message: Message) -> int:
    """Return how many files hang on a message now; `file_count` is of those that ever did. Its lock is held."""
    return message.files.filter(removed_at__isnull=True).count() if message.file_count else 0


def _refuse_saying_nothing(message: Message, body: str) -> None:
    """Raise DomainError where a message would be left without a text and without a file. Its lock is held."""
    if not body and not _standing_files(message):
        raise DomainError(_("Write something first."), code="empty")


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


def _told_of(files: Sequence[File]) -> dict[str, Any]:
    """Return what an event keeps of the files that a message brought, or took along; {} where there are none."""
    return {"files": [file.pk for file in files]} if files else {}


def _record_posted(actor: User, thread: Thread, message: Message, mentioned: list[int], files: Sequence[File]) -> None:
    data: dict[str, Any] = message_data(message, thread) | {"mentions": mentioned} | _told_of(files)
    if message.reply_to is not None:
        data["reply_to"] = message.reply_to.author_id
    subject = f"issue:{thread.issue_id}" if thread.issue_id else room_subject(thread.project_id)
    record(project_stream(thread.project_id), kind=MessageEvent.POSTED, actor=actor, subject=subject, data=data)
