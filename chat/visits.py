"""Who comes by a socket, what of, and what they then ask of the database. All of it runs in the hub's threads."""

import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from django.conf import settings
from django.http import Http404

from accounts.limits import SOCKET, TooMany, spend
from accounts.models import User
from accounts.standing import needs_factor
from chat.access import get_thread_or_404
from chat.services.reading import mark_read
from config.errors import DomainError
from notifications.live.frames import VIEWS
from notifications.live.sessions import Bearer, bearer_of
from notifications.live.sockets import Close, Look, Place
from projects.access import get_project_or_404
from projects.models.projects import KEY_PATTERN
from projects.permissions import Perm
from projects.standing import place_of

DIGITS = 18
KEY = re.compile(KEY_PATTERN)
# What no project is called; whoever asks for nonsense hears the same as for any project that is not theirs.
NO_KEY = "-"
# As Django makes them; anything else is not worth a question to the database.
SESSION_KEY = re.compile(r"[a-z0-9]{20,64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page says about itself when it opens its socket: `/ws/?project=BUG&view=board&thread=5`."""

    project: str
    view: str
    thread: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A page whose socket may open, or `code`, why it may not."""

    bearer: Bearer | None = None
    place: Place | None = None
    look: Look | None = None
    code: int = 0


def wanted_by(query: bytes) -> Wanted:
    """Read the query of the handshake; what makes no sense counts as not said."""
    try:
        values = {name: found[0] for name, found in parse_qs(query.decode("latin-1"), max_num_fields=10).items()}
    except ValueError:
        values = {}
    key = values.get("project", "")
    view, thread = values.get("view", ""), values.get("thread", "")
    return Wanted(
        key if not key or KEY.fullmatch(key) else NO_KEY,
        view if view in VIEWS else "",
        int(thread) if thread.isascii() and thread.isdecimal() and len(thread) <= DIGITS else 0,
    )


def session_key_in(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the key of the session cookie of a handshake; an empty text where there is none that could be one."""
    for name, value in headers:
        if name.lower() == b"cookie":
            try:
                jar = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                continue
            if settings.SESSION_COOKIE_NAME in jar:
                key = jar[settings.SESSION_COOKIE_NAME].value
                return key if SESSION_KEY.fullmatch(key) else ""
    return ""


def visit(session_key: str, wanted: Wanted) -> Visit:
    """Decide whether a page may open its socket, and for what. A foreign project and an unknown one look the same."""
    bearer = bearer_of(session_key)
    if bearer is None:
        return Visit(code=Close.LOG_IN)
    if needs_factor(bearer.person):
        return Visit(code=Close.RIGHTS)
    try:
        spend(SOCKET, f"person:{bearer.person.pk}")
    except TooMany:
        return Visit(code=Close.TOO_MANY)
    if not wanted.project:
        return Visit(bearer, None, Look(wanted.view))
    try:
        place = place_of(get_project_or_404(bearer.person, wanted.project), bearer.person)
    except Http404:
        return Visit(code=Close.RIGHTS)
    return Visit(bearer, place, look_at(bearer.person, place, wanted.view, wanted.thread))


def look_at(person: User, place: Place | None, view: str, thread: int) -> Look:
    """Return what a page shows; a conversation that its person may not read, or not any more, counts as none."""
    if place is None or not thread:
        return Look(view)
    try:
        found = get_thread_or_404(person, place.key, thread)
    except Http404:
        return Look(view)
    return Look(view, found.pk, found.is_room)


def may_write(person: User, place: Place, thread: int) -> bool:
    """Say whether the person may write in this conversation of the project now."""
    try:
        get_thread_or_404(person, place.key, thread, Perm.WRITE_MESSAGE)
    except (Http404, DomainError):
        return False
    return True


def note_read(person: User, place: Place, thread: int, seq: int) -> None:
    """Move the person's read cursor, where they may read the conversation; the layer tells their other pages."""
    try:
        mark_read(person=person, thread=get_thread_or_404(person, place.key, thread), seq=seq)
    except (Http404, DomainError):
        return
