"""One open socket: who and what it belongs to, and its way out, bounded so that a stalled page costs little."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from notifications.live.sessions import Bearer, digest_of

Send = Callable[[dict[str, Any]], Awaitable[None]]
MOST_FRAMES = 256
MOST_CHARACTERS = 1_000_000
# How long a last frame that is on its way, and then the close, may take before the connection is dropped.
PATIENCE = 0.5


class Close(IntEnum):
    """Why a socket is closed: the codes of RFC 6455, and ours above 4000."""

    WRONG = 1008
    TOO_BIG = 1009
    RESTART = 1012
    TOO_SLOW = 1013
    LOG_IN = 4401
    RIGHTS = 4403
    TOO_MANY = 4429


@dataclass(frozen=True, slots=True)
class Place:
    """The project of a socket as its person may see it; `standing` is equal as long as nothing about that changed."""

    project_id: int
    key: str
    standing: Any
    is_member: bool
    may_select: bool

    @property
    def stream(self) -> str:
        """The event stream of the project."""
        return f"project:{self.project_id}"


@dataclass(slots=True)
class Look:
    """What a page shows: its view, and the conversation on screen (0 for none), which may be a project's room."""

    view: str = ""
    thread: int = 0
    is_room: bool = False


@dataclass(eq=False, slots=True)
class Socket:
    """An accepted socket. `rooms` are the projects of its person, by id, of whose rooms it hears that they grew."""

    bearer: Bearer
    place: Place | None
    look: Look
    rooms: Mapping[int, str]
    send: Send
    digest: str = ""
    heard: float = field(default_factory=time.monotonic)
    code: int = 0
    waiting: deque[str] = field(default_factory=deque)
    size: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.digest = digest_of(self.bearer.key)

    @property
    def person_id(self) -> int:
        """Whose socket it is."""
        return self.bearer.person.pk

    @property
    def stream(self) -> str:
        """The stream whose frames it gets; empty for a page of no project."""
        return self.place.stream if self.place else ""

    def push(self, text: str) -> None:
        """Queue a frame; a socket that does not take them is closed, and its page catches up by the feed."""
        if self.code:
            return
        self.waiting.append(text)
        self.size += len(text)
        self.wake.set()
        if len(self.waiting) > MOST_FRAMES or self.size > MOST_CHARACTERS:
            self.close(Close.TOO_SLOW)

    def close(self, code: int) -> None:
        """Let no further frame out, and end the socket; the first reason stands."""
        if self.code:
            return
        self.code = code
        self.waiting.clear()
        self.wake.set()

    async def run(self, hear: Callable[[], Awaitable[None]]) -> None:
        """Send what is queued while `hear` takes what comes in, until either side ends it; then close."""
        writer = asyncio.create_task(self._write())
        listener = asyncio.ensure_future(hear())
        await asyncio.wait({writer, listener}, return_when=asyncio.FIRST_COMPLETED)
        listener.cancel()
        with suppress(asyncio.CancelledError, OSError, RuntimeError):
            await listener
        hung_up = not self.code
        self.close(Close.RESTART)
        await asyncio.wait({writer}, timeout=PATIENCE)
        if not writer.done():
            # The peer takes nothing. Ending while the server still holds the writing half makes it drop the
            # connection; the frame on its way is given up just after.
            asyncio.get_running_loop().call_later(PATIENCE, writer.cancel)
        elif not hung_up:
            await _quietly(asyncio.wait_for(self.send({"type": "websocket.close", "code": self.code}), PATIENCE))

    async def _write(self) -> None:
        while not self.code:
            await self.wake.wait()
            self.wake.clear()
            while self.waiting and not self.code:
                text = self.waiting.popleft()
                self.size -= len(text)
                if not await _quietly(self.send({"type": "websocket.send", "text": text})):
                    return


async def _quietly(sending: Awaitable[None]) -> bool:
    """Say whether it was sent. A connection that went away meanwhile is no error of ours."""
    try:
        await sending
    except (OSError, RuntimeError, TimeoutError):
        return False
    return True
