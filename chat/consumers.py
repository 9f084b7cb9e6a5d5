"""The socket of a page: who may open it, and what a page may say over it.

Nothing is written over a socket but read cursors, and nobody is told anything but that somebody writes. Everything
outward is the hub's.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from chat.visits import Visit, look_at, may_write, note_read, session_key_in, visit, wanted_by
from config.origins import is_own_page
from notifications.live.frames import VIEWS
from notifications.live.hub import Hub, hub_here
from notifications.live.publisher import publish, stream_group
from notifications.live.reading import UNAVAILABLE
from notifications.live.sessions import digest_of
from notifications.live.sockets import Close, Send, Socket

log = logging.getLogger("plumbline.live")
LARGEST = 64 * 1024
RATE, BURST = 20.0, 40.0
# Of one session, in one process: what a person has open in a browser, and one to spare.
SOCKETS_A_SESSION = 5
TYPING_EVERY = 2.0
MOST_READ = 8
READ_EVERY = 1.0
LARGEST_NUMBER = 2**63 - 1

Receive = Callable[[], Awaitable[dict[str, Any]]]


async def live_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve one socket from its handshake to its end.

    A foreign page is refused before the socket opens. Everyone else is let in and then told by a close code why they
    may not stay, because a browser tells a page nothing about a handshake that failed.
    """
    await receive()
    if not is_own_page(scope["headers"]):
        await send({"type": "websocket.close", "code": Close.WRONG})
        return
    await send({"type": "websocket.accept"})
    hub, key = hub_here(), session_key_in(scope["headers"])
    digest = digest_of(key)
    if hub.sessions[digest] >= SOCKETS_A_SESSION:
        await send({"type": "websocket.close", "code": Close.TOO_MANY})
        return
    hub.sessions[digest] += 1
    try:
        await _serve(hub, await _visit(hub, key, scope), receive, send)
    finally:
        hub.sessions[digest] -= 1
        if not hub.sessions[digest]:
            del hub.sessions[digest]


async def _visit(hub: Hub, key: str, scope: dict[str, Any]) -> Visit:
    try:
        return await hub.work(visit, key, wanted_by(scope["query_string"]))
    except UNAVAILABLE:
        return Visit(code=Close.TOO_SLOW)


async def _serve(hub: Hub, found: Visit, receive: Receive, send: Send) -> None:
    if found.bearer is None or found.look is None:
        await send({"type": "websocket.close", "code": found.code})
        return
    socket = Socket(found.bearer, found.place, found.look, {}, send)
    page = Page(hub, socket, receive)
    try:
        await hub.open(socket)
    except UNAVAILABLE:
        socket.close(Close.TOO_SLOW)
    try:
        await socket.run(page.hear)
    finally:
        hub.leave(socket)


@dataclass(eq=False, slots=True)
class Page:
    """What comes in by a socket. One message is dealt with after the other; a page waits for its own."""

    hub: Hub
    socket: Socket
    receive: Receive
    left: float = BURST
    counted: float = field(default_factory=time.monotonic)
    typed: float = -TYPING_EVERY
    read: dict[int, int] = field(default_factory=dict)
    reading: asyncio.Task[None] | None = None

    async def hear(self) -> None:
        """Take messages until the page hangs up or breaks a rule."""
        while not self.socket.code:
            message = await self.receive()
            if message["type"] != "websocket.receive":
                return
            if code := self._refusal(message.get("text")):
                self.socket.close(code)
                return
            asked = understood(str(message["text"]))
            if asked is None:
                self.socket.close(Close.WRONG)
                return
            self.socket.heard = time.monotonic()
            try:
                await self._do(asked)
            except UNAVAILABLE:
                log.warning("a page's %s was dropped: the database is away", asked["t"])

    def _refusal(self, text: str | None) -> int:
        """Return the code that a message is refused with, 0 for none. The server itself would take 64 MiB."""
        if text is None:
            return Close.WRONG
        if len(text) > LARGEST or len(text.encode()) > LARGEST:
            return Close.TOO_BIG
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.counted) * RATE) - 1
        self.counted = now
        return Close.TOO_MANY if self.left < 0 else 0

    async def _do(self, asked: dict[str, Any]) -> None:
        if asked["t"] == "look":
            await self._look(asked["view"], asked["thread"] or 0)
        elif asked["t"] == "typing":
            await self._typing(asked["thread"])
        elif asked["t"] == "read" and self.socket.place:
            self.read[asked["thread"]] = asked["seq"]
            if len(self.read) > MOST_READ:
                # No page shows so many conversations at once; they are noted even after it has hung up.
                self.read.pop(next(iter(self.read)))
            if self.reading is None or self.reading.done():
                self.reading = asyncio.create_task(self._note_read())

    async def _look(self, view: str, thread: int) -> None:
        before, socket = self.socket.look, self.socket
        socket.look = await self.hub.work(look_at, self._person, socket.place, view, thread)
        if before.thread != socket.look.thread:
            self.hub.looked(socket, before.thread if before.is_room else 0)

    async def _typing(self, thread: int) -> None:
        now, place = time.monotonic(), self.socket.place
        if place is None or now - self.typed < TYPING_EVERY:
            return
        self.typed = now
        if await self.hub.work(may_write, self._person, place, thread):
            person = {"username": self._person.username, "name": self._person.name}
            publish(stream_group(place.stream), {"type": "typing", "thread": thread, "person": person})

    async def _note_read(self) -> None:
        """Note what was read, the latest of each conversation, and then nothing for a moment."""
        place = self.socket.place
        while self.read and place:
            thread, seq = self.read.popitem()
            try:
                await self.hub.work(note_read, self._person, place, thread, seq)
            except UNAVAILABLE:
                log.warning("a read cursor was not moved: the database is away")
            await asyncio.sleep(READ_EVERY)

    @property
    def _person(self) -> User:
        return self.socket.bearer.person


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value <= LARGEST_NUMBER


RULES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "beat": {},
    "look": {"thread": lambda value: value is None or _is_number(value), "view": lambda value: value in VIEWS},
    "typing": {"thread": _is_number},
    "read": {"thread": _is_number, "seq": _is_number},
}


def understood(text: str) -> dict[str, Any] | None:
    """Return what a page says, or None for anything but the few things that a page may say, to the letter."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("t"), str) or said["t"] not in RULES:
        return None
    rules = RULES[said["t"]]
    if said.keys() != {"t", *rules} or not all(is_right(said[name]) for name, is_right in rules.items()):
        return None
    return said
