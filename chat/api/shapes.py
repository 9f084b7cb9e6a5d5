"""Conversations as the API tells them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from accounts.api.shapes import PersonOut
from chat.enums import DISCUSSION_LENGTH, REACTIONS
from chat.forms import MOST
from chat.models import Message, Thread
from chat.refs import Who
from chat.rendering import Shown, files_of, shown_messages
from config.api.shapes import In, Out
from files.cards import Card
from files.services.hanging import MOST_NAMED

SIGNS = " ".join(REACTIONS)


class MessageFileOut(Out):
    """A file that was sent with a message."""

    uuid: UUID
    name: str
    size: int = Field(description="In bytes.")
    type: str
    state: str = Field(description="`ready` once its bytes can be fetched.", examples=["ready"])
    url: str


class ReactionOut(Out):
    """A sign under a message, and who gave it."""

    emoji: str = Field(examples=["👍"])
    people: list[str] = Field(description="Usernames.", examples=[["ana"]])


class ReplyOut(Out):
    """The message that another one answers."""

    id: int
    seq: int
    author: PersonOut


class MessageOut(Out):
    """What one person said. Of a deleted message its place and its author remain."""

    id: int
    seq: int = Field(description="Its number in its conversation; without gaps, never given twice.")
    issue: str | None = Field(description="The key of the issue that is discussed; null in a project's room.")
    author: PersonOut
    body: str = Field(description="Markdown; empty where it was deleted, or where files alone were sent.")
    at: datetime
    version: int
    is_edited: bool
    deleted_by: PersonOut | None
    reply_to: ReplyOut | None
    reactions: list[ReactionOut]
    mentions: list[str] = Field(description="Usernames of those whom the text mentions and who may read it.")
    made_issue: str | None = Field(description="The key of the issue that was made of it.")
    files: list[MessageFileOut]
    url: str


class ConversationOut(Out):
    """Some messages of a conversation, oldest first."""

    items: list[MessageOut]
    older: int | None = Field(description="Send it as `before` for the messages before these; null: there are none.")
    newer: int | None = Field(description="Send it as `after` for the messages after these; null: there are none.")
    read: int = Field(description="Up to which number you have read.")
    seq: int = Field(description="The number of its newest message.")


class ReadOut(Out):
    """How far you have read."""

    read: int


class VersionOut(Out):
    """A text that a message had from a moment on."""

    at: datetime
    body: str


class MessageIn(In):
    """Something to say: a text, files, or both."""

    body: str = Field("", max_length=DISCUSSION_LENGTH * 2, description="Markdown.", examples=["It happens *again*."])
    reply_to: int | None = Field(None, ge=1, le=2**63 - 1, description="The id of the message that it answers.")
    files: list[UUID] = Field(
        default_factory=list, max_length=MOST_NAMED, description="Finished uploads of yours, by their uuid."
    )
    client_id: UUID | None = Field(
        None,
        description="Made by you: a second try with the same one returns the first message, said once.",
    )


class MessageEditIn(In):
    """A new text, and the version over which it was written (or the header If-Match)."""

    body: str = Field(max_length=DISCUSSION_LENGTH * 2)
    version: int | None = Field(None, ge=1, le=MOST)


class ReactionIn(In):
    """A sign to put under a message, or to take away."""

    emoji: str = Field(max_length=16, description=f"One of {SIGNS}.", examples=["👍"])
    on: bool = Field(default=True, description="False takes your sign away.")


class ReadIn(In):
    """Up to which message you have read."""

    seq: int = Field(ge=0, le=MOST)


def messages_out(thread: Thread, messages: Sequence[Message]) -> list[MessageOut]:
    """Return messages of one thread, which come from `chat.queries.messages` (at most two statements more)."""
    shown = shown_messages(thread, messages)
    return [_message_out(each, files_of(thread, message)) for each, message in zip(shown, messages, strict=True)]


def _message_out(shown: Shown, files: Sequence[Card]) -> MessageOut:
    reply, made = shown.reply, shown.made
    return MessageOut(
        id=shown.pk,
        seq=shown.seq,
        issue=shown.issue or None,
        author=_who_out(shown.author),
        body=shown.body,
        at=shown.at,
        version=shown.version,
        is_edited=shown.is_edited,
        deleted_by=_who_out(shown.deleted_by) if shown.deleted_by else None,
        reply_to=ReplyOut(id=reply.pk, seq=reply.seq, author=_who_out(reply.author)) if reply else None,
        reactions=[ReactionOut(emoji=sign.emoji, people=[who.username for who in sign.people]) for sign in shown.signs],
        mentions=[who.username for who in shown.people],
        made_issue=made.key if made else None,
        files=[_file_out(file) for file in files],
        url=shown.url,
    )


def _who_out(who: Who) -> PersonOut:
    return PersonOut(username=who.username, name=who.display_name, picture=who.picture)


def _file_out(file: Card) -> MessageFileOut:
    return MessageFileOut(
        uuid=file.uuid, name=file.name, size=file.size, type=file.type, state=file.state, url=file.path
    )
