"""Open pages: each keeps a socket and a cursor and does on every news and every loss what static/js/live.js does.

They run in a thread of their own, so that a test can break things meanwhile in plain words.
"""

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.faults.site import wait_until
from tests.faults.talks import Talk

FIRST_PAUSE, LONGEST_PAUSE, SILENCE, POLL = 0.5, 30.0, 45.0, 5.0
LOST, LOG_IN, RIGHTS, TOO_MANY = 1006, 4401, 4403, 4429
BROKEN = (OSError, websockets.WebSocketException, asyncio.TimeoutError, EOFError)


@dataclass(eq=False)
class Page:
    """One page with a conversation on screen; `seq` is its cursor, `known` where the server is known to be.

    `catch_ups` are the seconds from each hello that told of something missed until it was on screen, however many
    requests, failures and further cuts lay between. `behind` are those that have not come to an end: when, and what.
    """

    port: int
    session: str
    talk: Talk
    seq: int
    known: int = 0
    greeted: bool = False
    tries: int = 0
    failed: int = 0
    asks: int = 0
    catch_ups: list[float] = field(default_factory=list)
    back_at: list[float] = field(default_factory=list)
    behind: list[tuple[float, int]] = field(default_factory=list)
    socket: ClientConnection | None = None
    asking: asyncio.Task[None] | None = None
    polling: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """Stay connected until cancelled, or until the session has ended."""
        async with asyncio.TaskGroup() as self.tasks:
            following = self.tasks.create_task(self.talk.follow(self._read, self._in_step))
            code = LOST
            while code != LOG_IN:
                code = await self._connected()
                await asyncio.sleep(self._pause_after(code))
            following.cancel()

    def cut(self) -> None:
        """Lose the connection without a word, as a phone in a tunnel does."""
        if self.socket:
            self.socket.transport.abort()

    def waits(self) -> list[float]:
        """Return the seconds of all catching up, with what has lasted until now where it has not ended."""
        return [*self.catch_ups, *(time.monotonic() - began for began, _seq in self.behind)]

    async def _connected(self) -> int:
        """Listen on a connection of one's own until it ends; return the code of its end."""
        code = LOST
        with suppress(*BROKEN):
            async with self._connection() as self.socket:
                try:
                    while True:
                        self._take(json.loads(await asyncio.wait_for(self.socket.recv(), SILENCE)))
                except TimeoutError:
                    self.cut()
                except websockets.ConnectionClosed as closed:
                    code = closed.rcvd.code if closed.rcvd else LOST
        self.socket = None
        return code

    def _pause_after(self, code: int) -> float:
        was, self.greeted = self.greeted, False
        self.failed = 0 if was else self.failed + 1
        if self.failed > 1 and self.polling is None:
            self.polling = self.tasks.create_task(self._poll())
        self.tries = 3 if was and code != RIGHTS else self.tries + (6 if code == TOO_MANY else 1)
        return random.random() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.tries)

    async def _poll(self) -> None:
        while True:
            self._catch_up()
            await asyncio.sleep(POLL)

    def _connection(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/?project=FAULT&view=room&thread={self.talk.thread}",
            origin=websockets.Origin(f"http://127.0.0.1:{self.port}"),
            additional_headers={"Cookie": f"sid={self.session}"},
            compression=None,
            open_timeout=10,
            ping_interval=None,
        )

    def _take(self, frame: dict[str, Any]) -> None:
        """Deal with a frame at once: whatever has to be asked for is asked for beside the socket."""
        # A beat of a server that cannot know itself carries no number.
        kind, seq = frame["t"], frame.get("seq") or 0
        if kind not in {"hello", "beat", "changes"}:
            return
        if kind == "hello":
            self._greet(seq)
        if kind == "beat" and self.socket:
            self.tasks.create_task(self._beat(self.socket))
        if kind == "changes" and frame["from"] <= self.seq < seq:
            self._arrived(seq, frame["frames"])
        if seq > self.seq:
            self._catch_up(seq)

    def _greet(self, seq: int) -> None:
        self.greeted = True
        self.tries = self.failed = 0
        self.back_at.append(time.monotonic())
        if self.polling:
            self.polling.cancel()
            self.polling = None
        if seq > self.talk.seq:
            self.behind.append((time.monotonic(), seq))

    async def _beat(self, socket: ClientConnection) -> None:
        with suppress(*BROKEN):
            await socket.send('{"t": "beat"}')

    def _arrived(self, seq: int, frames: list[dict[str, Any]] | None) -> None:
        self.seq = seq
        self.talk.tell(seq, frames)

    def _in_step(self) -> None:
        now, behind = time.monotonic(), self.behind
        self.catch_ups += [now - began for began, seq in behind if seq <= self.talk.seq]
        self.behind = [(began, seq) for began, seq in behind if seq > self.talk.seq]

    def _catch_up(self, upto: int = 0) -> None:
        """Have what was missed read over HTTP: by one reading at a time, which goes on until all that is known of."""
        self.known = max(self.known, upto)
        if self.asking is None:
            self.asking = self.tasks.create_task(self._ask_all())

    async def _ask_all(self) -> None:
        while True:
            before = self.seq
            # An answer that brings nothing, though more was known of, is from a database that was set back.
            if not await self._ask() or not before < self.seq < self.known:
                break
        self.known = self.seq
        self.asking = None

    async def _ask(self) -> bool:
        self.asks += 1
        body = await self._read(f"/FAULT/live/?after={self.seq}&view=room&thread={self.talk.thread}")
        if body is None:
            return False
        answer = json.loads(body)
        if answer["seq"] > self.seq:
            self._arrived(answer["seq"], None if answer.get("reset") else answer["frames"])
        return True

    async def _read(self, path: str) -> bytes | None:
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port), 10)
        except BROKEN:
            return None
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: sid={self.session}\r\n"
                "HX-Request: true\r\nConnection: close\r\n\r\n".encode()
            )
            answer = await asyncio.wait_for(reader.read(), 10)
        except BROKEN:
            return None
        finally:
            writer.close()
        head, _gap, body = answer.partition(b"\r\n\r\n")
        return body if b" 200 " in head.split(b"\r\n", 1)[0] else None


class Pages:
    """Many pages at once."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.tasks = [self.loop.create_task(page.live()) for page in self.pages]
        self.loop.run_forever()
        self.loop.run_until_complete(asyncio.sleep(0.1))
        self.loop.close()

    def are_open(self) -> bool:
        """Say whether every page has its socket."""
        return all(page.greeted for page in self.pages)

    def cut(self, page: Page) -> None:
        """Cut one page's connection."""
        self.loop.call_soon_threadsafe(page.cut)

    def end(self) -> None:
        """Close all of them. Raises what went wrong in one of them."""

        async def close() -> list[BaseException | None]:
            for task in self.tasks:
                task.cancel()
            return await asyncio.gather(*self.tasks, return_exceptions=True)

        ended = asyncio.run_coroutine_threadsafe(close(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        if wrong := [error for error in ended if error and not isinstance(error, asyncio.CancelledError)]:
            raise wrong[0]


@contextmanager
def open_pages(pages: list[Page]) -> Iterator[Pages]:
    """Open pages and wait until each has its socket."""
    opened = Pages(pages)
    opened.thread.start()
    try:
        wait_until(opened.are_open, 60, what="opening the sockets")
        yield opened
    finally:
        opened.end()


@contextmanager
def random_cuts(pages: Pages, shortest: float = 0.5, longest: float = 3.0) -> Iterator[None]:
    """Cut each page's connection again and again, at random moments, until the block ends."""
    stop = threading.Event()

    def run() -> None:
        due = {page: time.monotonic() + random.uniform(shortest, longest) for page in pages.pages}
        while not stop.wait(0.05):
            for page, moment in due.items():
                if time.monotonic() > moment:
                    pages.cut(page)
                    due[page] = time.monotonic() + random.uniform(shortest, longest)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
