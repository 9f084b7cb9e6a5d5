"""Conversations: the room of a project and the discussion of an issue are the same thing at two addresses."""

import uuid

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.enums import Scope
from accounts.limits import CHAT, COMMENT
from chat.access import get_message_or_404, get_place_or_404
from chat.api.shapes import ConversationOut, MessageIn, MessageOut, ReadIn, ReadOut, messages_out
from chat.forms import MOST
from chat.models import Thread
from chat.queries import PAGE, Page, cursor_of, message_again, page_after, page_around, page_before
from chat.services.messages import post_message
from chat.services.reading import mark_read
from config.api.operations import ApiRequest, Operations
from config.api.pages import MOST as MOST_AT_ONCE
from config.api.shapes import In
from config.errors import DomainError

routes = Operations(tags=["Conversations"])
DISCUSSION = "/projects/{key:key}/issues/{int:number}/messages"
DISCUSSION = "/projects/{key:key}/issues/{int:number}/messages"


class PlaceAsked(In):
    """Which part of a conversation: the newest messages, or those before, after or around a number."""

    before: int | None = Field(None, ge=0, le=MOST, description="Messages before this number.")
    after: int | None = Field(None, ge=0, le=MOST, description="Messages after this number; 0 begins at the first.")
    around: int | None = Field(None, ge=0, le=MOST, description="Messages around this number.")
    limit: int = Field(PAGE, ge=1, le=MOST_AT_ONCE)


@routes.get("/projects/{key:key}/messages", scope=Scope.MESSAGES_READ, answer=ConversationOut, guest=True)
def list_room_messages(request: ApiRequest, key: str, asked: Query[PlaceAsked]) -> ConversationOut:
    """Read a project's room.

    The newest messages, or by `before`, `after` or `around` those beside a number (one of the three). For everyone who
    may read the project.
    """
    return _conversation(request, get_place_or_404(request.user, key, thread=None, issue=None), asked)


@routes.get(DISCUSSION, scope=Scope.MESSAGES_READ, answer=ConversationOut, guest=True)
def list_issue_messages(request: ApiRequest, key: str, number: int, asked: Query[PlaceAsked]) -> ConversationOut:
    """Read the discussion of an issue.

    As the room of a project; for everyone who may read the project.
    """
    return _conversation(request, get_place_or_404(request.user, key, thread=None, issue=number), asked)


@routes.post(
    "/projects/{key:key}/messages", scope=Scope.MESSAGES_WRITE, answer=MessageOut, status=201, limit=CHAT,
    errors=(404, 409, 422),
)  # fmt: skip
def post_room_message(request: ApiRequest, key: str, message: MessageIn) -> MessageOut:
    """Say something in a project's room.

    For members who may write. A second try with the same `client_id` returns the first message.
    """
    return _post(request, get_place_or_404(request.user, key, thread=None, issue=None), key, message)


@routes.post(
    DISCUSSION, scope=Scope.MESSAGES_WRITE, answer=MessageOut, status=201,
    limit=COMMENT, errors=(404, 409, 422),
)  # fmt: skip
def post_issue_message(request: ApiRequest, key: str, number: int, message: MessageIn) -> MessageOut:
    """Say something about an issue.

    For members who may write; whoever writes watches the issue from then on.
    """
    return _post(request, get_place_or_404(request.user, key, thread=None, issue=number), key, message)


@routes.put("/projects/{key:key}/read", scope=Scope.MESSAGES_WRITE, answer=ReadOut)
def mark_room_read(request: ApiRequest, key: str, read: ReadIn) -> ReadOut:
    """Mark a project's room as read up to a message.

    It never goes back. For everyone who may read the project.
    """
    return _mark(request, get_place_or_404(request.user, key, thread=None, issue=None), read)


@routes.put("/projects/{key:key}/issues/{int:number}/read", scope=Scope.MESSAGES_WRITE, answer=ReadOut)
def mark_issue_read(request: ApiRequest, key: str, number: int, read: ReadIn) -> ReadOut:
    """Mark the discussion of an issue as read up to a message.

    It never goes back. For everyone who may read the project.
    """
    return _mark(request, get_place_or_404(request.user, key, thread=None, issue=number), read)


def _conversation(request: ApiRequest, thread: Thread, asked: PlaceAsked) -> ConversationOut:
    page = _page(thread, asked)
    numbers = [message.seq for message in page.messages]
    return ConversationOut(
        items=messages_out(thread, page.messages),
        older=numbers[0] if numbers and page.older else None,
        newer=numbers[-1] if numbers and page.newer else None,
        read=cursor_of(thread, request.user),
        seq=thread.seq,
    )


def _page(thread: Thread, asked: PlaceAsked) -> Page:
    if sum(value is not None for value in (asked.before, asked.after, asked.around)) > 1:
        raise DomainError(_("Ask for messages before, after or around a number; not for two of them."), code="invalid")
    if asked.around is not None:
        return page_around(thread, asked.around, asked.limit)
    if asked.after is not None:
        return page_after(thread, asked.after, asked.limit)
    return page_before(thread, asked.before, asked.limit)


def _post(request: ApiRequest, thread: Thread, key: str, sent: MessageIn) -> MessageOut:
    reply = get_message_or_404(request.user, key, sent.reply_to) if sent.reply_to else None
    message = post_message(
        actor=request.user,
        thread=thread,
        body=sent.body,
        client_id=sent.client_id or uuid.uuid4(),
        reply_to=reply,
        files=list(dict.fromkeys(sent.files)),
    )
    return messages_out(message.thread, [message_again(message)])[0]


def _mark(request: ApiRequest, thread: Thread, read: ReadIn) -> ReadOut:
    return ReadOut(read=mark_read(person=request.user, thread=thread, seq=read.seq))
