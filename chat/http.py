"""What all views of conversations have in common."""

from typing import cast

from django.http import HttpRequest

from chat.access import get_message_or_404, get_thread_or_404
from chat.models import Message, Thread
from chat.queries import message_to_answer
from chat.talk import Place
from projects.http import ProjectRequest
from projects.permissions import Perm

DIGITS = 9


def open_thread(request: HttpRequest, key: str, pk: int, perm: Perm = Perm.READ) -> Thread:
    """Return the thread by its access function and note its project as the one that the rail shows open."""
    thread = get_thread_or_404(request.user, key, pk, perm)
    cast(ProjectRequest, request).project = thread.project
    return thread


def open_message(request: HttpRequest, key: str, pk: int, perm: Perm = Perm.READ) -> Message:
    """Return the message by its access function and note its project as the one that the rail shows open."""
    message = get_message_or_404(request.user, key, pk, perm)
    cast(ProjectRequest, request).project = message.thread.project
    return message


def place_in(request: HttpRequest, at: str = "at") -> Place:
    """Return which part of a conversation the address asks for; what is no number counts as not asked."""
    return Place(before=_number(request, "before"), after=_number(request, "after"), at=_number(request, at))


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) <= DIGITS else None


def reply_in(request: HttpRequest, thread: Thread) -> Message | None:
    """Return the message of the thread that the address wants answered (`?reply=`), where there is one to answer."""
    pk = _number(request, "reply")
    return None if pk is None else message_to_answer(thread, pk)
