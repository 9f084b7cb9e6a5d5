"""Saying something, changing it, taking it back, reacting, and having read."""

import uuid
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from accounts.models import User
from chat.enums import REACTIONS
from chat.events import MessageEvent, message_subject, room_subject
from chat.mentions import usernames_in
from chat.models import Message, Reaction, Thread
from config import clock
from config.errors import Conflict, DomainError, PermissionRefused
from notifications.enums import Reason
from notifications.history import save_as
from notifications.live.publisher import person_group, publish_on_commit
from notifications.services import record
from notifications.watching import watch_quietly
from projects.access import require
from projects.audience import readers_among
from projects.events import project_stream
from projects.permissions import Perm


@transaction.atomic
def post_message(
    *, actor: User, thread: Thread, body: str, client_id: uuid.UUID, reply_to: Message | None = None
) -> Message:
    """Say something in a thread; one that is not saved yet (a first message) is made.

    Locks the thread, then the stream. A second call with the same `client_id` returns the message of the first and
    writes nothing; DomainError where that said something else. Raises PermissionRefused, or DomainError for a text that
    is empty or too long. Whoever writes on an issue watches it from then on, and has read the thread up to here.
    """
    require(thread.project, actor, Perm.WRITE_MESSAGE)
    body = _checked(thread, body)
    thread = lock_thread(thread)
    if earlier := _sent_before(actor, thread, client_id, body):
        return earlier
    if reply_to is not None and reply_to.thread_id != thread.pk:
        raise DomainError(_("The message that you answer is in another conversation."), code="reply_elsewhere")
    thread.seq += 1
    thread.message_count += 1
    message = Message(
        thread=thread, seq=thread.seq, client_id=client_id, author=actor, body=body, reply_to=reply_to, at=clock.now()
    )
    try:
        save_as(actor, message, moment=message.at)
    except IntegrityError as error:
        raise DomainError(_("This message was sent into another conversation already."), code="key_reused") from error
    thread.save(update_fields=["seq", "message_count"])
    _move_cursor(actor, thread, thread.seq)
    if thread.issue_id:
        watch_quietly([actor.pk], thread.issue_id, Reason.WATCHING)
    mentioned = _mentioned(thread, body)
    if thread.issue_id:
        watch_quietly(mentioned, thread.issue_id, Reason.MENTIONED)
    data = _data(message, thread) | {"mentions": mentioned}
    if reply_to is not None:
        data["reply_to"] = reply_to.author_id
    subject = f"issue:{thread.issue_id}" if thread.issue_id else room_subject(thread.project_id)
    stream = project_stream(thread.project_id)
    record(stream, kind=MessageEvent.POSTED, actor=actor, subject=subject, data=data)
    return message


@transaction.atomic
def edit_message(*, actor: User, message: Message, body: str, version: int | None = None) -> Message:
    """Change the text of one's own message; the history keeps the old one. Locks the thread, then the message.

    Raises PermissionRefused for anyone but the author, DomainError for a deleted one, and Conflict where `version` is
    not the present one: the author changed it elsewhere meanwhile.
    """
    thread = lock_thread(message.thread)
    message = _locked(message)
    _require_author(actor, thread, message)
    body = _checked(thread, body)
    if message.body == body:
        return message
    if version is not None and version != message.version:
        raise Conflict(_("You changed this message elsewhere meanwhile. Reload the page; your text is still here."))
    already = set(_mentioned(thread, message.body))
    message.body, message.edited_at = body, clock.now()
    message.version += 1
    save_as(actor, message, ["body", "edited_at", "version"])
    added = [person for person in _mentioned(thread, body) if person not in already]
    if thread.issue_id:
        watch_quietly(added, thread.issue_id, Reason.MENTIONED)
    _record(actor, thread, message, MessageEvent.EDITED, {"mentions": added})
    return message


@transaction.atomic
def delete_message(*, actor: User, message: Message) -> Message:
    """Take a message back, one's own or as a lead anyone's: a tombstone stays. Deleting it twice changes nothing."""
    thread = lock_thread(message.thread)
    message = _locked(message)
    if message.author_id != actor.pk:
        require(thread.project, actor, Perm.DELETE_MESSAGE)
    else:
        require(thread.project, actor, Perm.WRITE_MESSAGE)
    if message.deleted_at:
        return message
    message.deleted_at, message.deleted_by, message.body = clock.now(), actor, ""
    message.version += 1
    save_as(actor, message, ["deleted_at", "deleted_by", "body", "version"])
    thread.message_count -= 1
    thread.save(update_fields=["message_count"])
    _record(actor, thread, message, MessageEvent.DELETED)
    return message


@transaction.atomic
def react(*, actor: User, message: Message, emoji: str, on: bool | None = None) -> Message:
    """Put a sign under a message or take one's own away; without `on` the other of the two. Locks the thread.

    Raises DomainError for a sign that is not on offer, and for a deleted message.
    """
    require(message.thread.project, actor, Perm.WRITE_MESSAGE)
    if emoji not in REACTIONS:
        raise DomainError(_("“%s” is not one of the reactions.") % emoji[:8], code="reaction")
    thread = lock_thread(message.thread)
    message = _locked(message)
    if message.deleted_at:
        raise DomainError(_("This message was deleted."), code="deleted")
    mine = Reaction.objects.filter(message=message, person=actor, emoji=emoji)
    wanted = not mine.exists() if on is None else on
    if wanted == mine.exists():
        return message
    if wanted:
        Reaction.objects.create(message=message, person=actor, emoji=emoji)
    else:
        mine.delete()
    message.version += 1
    save_as(actor, message, ["version"])
    _record(actor, thread, message, MessageEvent.REACTED, {"emoji": emoji, "on": wanted})
    return message


@transaction.atomic
def mark_read(*, person: User, thread: Thread, seq: int) -> int:
    """Note that the person has read up to `seq`; returns where their cursor stands. Never goes back, nor past the end.

    No event: what a person has read concerns nobody else. Their other open pages are told.
    """
    require(thread.project, person, Perm.READ)
    if thread.is_new:
        return 0
    thread.seq = Thread.objects.values_list("seq", flat=True).get(pk=thread.pk)
    return _move_cursor(person, thread, max(0, min(seq, thread.seq)))


def lock_thread(thread: Thread) -> Thread:
    """Return the thread under its row lock, with project and issue as they were loaded; makes it where it is new.

    The first lock of every change to a conversation, before a column's and the stream's.
    """
    if thread.is_new:
        Thread.objects.bulk_create(
            [Thread(project_id=thread.project_id, issue_id=thread.issue_id)], ignore_conflicts=True
        )
    rows = Thread.objects.select_for_update(of=("self",), no_key=True)
    place = {"project": thread.project_id, "issue": thread.issue_id}
    locked = rows.get(**place)
    locked.project = thread.project
    if thread.issue_id:
        locked.issue = thread.issue
    return locked


def _checked(thread: Thread, body: str) -> str:
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise DomainError(_("Write something first."), code="empty")
    if "\x00" in body:
        raise DomainError(_("The text holds a character that cannot be kept (NUL). Take it out."), code="nul")
    if len(body) > thread.longest:
        message = _(
            "That is %(length)d characters; a message here may have %(longest)d. Shorten it, or send it in two."
        )
        raise DomainError(message % {"length": len(body), "longest": thread.longest}, code="too_long")
    return body


def _sent_before(actor: User, thread: Thread, client_id: uuid.UUID, body: str) -> Message | None:
    """Return the message that a first try has left; the caller holds the thread's lock."""
    found = Message.objects.filter(client_id=client_id).first()
    if found is None:
        return None
    first = found.history.earliest("history_date", "history_id").body
    if (found.author_id, found.thread_id, first) != (actor.pk, thread.pk, body):
        raise DomainError(_("This message was sent already, with another text. Reload the page."), code="key_reused")
    found.thread, found.author = thread, actor
    return found


def _mentioned(thread: Thread, body: str) -> list[int]:
    """Return the ids of the people whom a text mentions and who may read the thread."""
    names = usernames_in(body)
    if not names:
        return []
    rows = User.objects.annotate(upper=Upper("username")).filter(upper__in=[name.upper() for name in names])
    return sorted(readers_among(thread.project_id, list(rows.values_list("pk", flat=True))))


def _locked(message: Message) -> Message:
    row = Message.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=message.pk)
    row.thread = message.thread
    return row


def _require_author(actor: User, thread: Thread, message: Message) -> None:
    require(thread.project, actor, Perm.WRITE_MESSAGE)
    if message.author_id != actor.pk:
        raise PermissionRefused(_("Only %s can change this message; leads may delete it.") % message.author.name)
    if message.deleted_at:
        raise DomainError(_("This message was deleted."), code="deleted")


_MOVE_CURSOR = """
INSERT INTO chat_readcursor AS cursor (person_id, thread_id, seq, at) VALUES (%s, %s, %s, %s)
ON CONFLICT (person_id, thread_id) DO UPDATE SET seq = GREATEST(cursor.seq, EXCLUDED.seq), at = EXCLUDED.at
RETURNING seq
"""


def _move_cursor(person: User, thread: Thread, seq: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_CURSOR, [person.pk, thread.pk, seq, clock.now()])
        now = int(cursor.fetchone()[0])
    news = {"type": "cursor.moved", "thread": thread.pk, "seq": now, "unread": max(0, thread.seq - now)}
    publish_on_commit(person_group(person.pk), news)
    return now


def _data(message: Message, thread: Thread) -> dict[str, Any]:
    """Return what an event keeps of a message: where it is, never its text, which its author may take back."""
    data: dict[str, Any] = {"message": message.pk, "thread": thread.pk, "seq": message.seq}
    if thread.issue is not None:
        data |= {"key": f"{thread.project.key}-{thread.issue.number}", "title": thread.issue.title}
    return data


def _record(
    actor: User, thread: Thread, message: Message, kind: MessageEvent, data: dict[str, Any] | None = None
) -> None:
    stream = project_stream(thread.project_id)
    record(
        stream, kind=kind, actor=actor, subject=message_subject(message.pk), data=_data(message, thread) | (data or {})
    )
