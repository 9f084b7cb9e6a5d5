"""Open pages: each keeps a socket, a cursor and the messages it would show, and catches up as static/js/live.js does.

They run in a thread of their own, so that a test can break things meanwhile in plain words.
"""

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.faults.site import wait_until

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
MESSAGE = re.compile(r'data-message="(\d+)"[^>]*data-seq="(\d+)"')
BROKEN = (OSError, websockets.WebSocketException, asyncio.TimeoutError, EOFError)


@dataclass(eq=False)
class Page:
    """One page with a thread on screen. `shown` are its messages, as thread number → id; `seq` is its cursor."""

    port: int
    session: str
    thread: int
    seq: int
    shown: dict[int, int] = field(default_factory=dict)
    twice: int = 0
    connects: int = 0
    catch_ups: list[float] = field(default_factory=list)
    back_at: list[float] = field(default_factory=list)
    arrivals: dict[int, float] = field(default_factory=dict)
    socket: ClientConnection | None = None

    async def live(self) -> None:
        """Stay connected until cancelled."""
        pause = FIRST_PAUSE
        while True:
            with suppress(*BROKEN):
                async with self._connection() as self.socket:
                    self.connects += 1
                    await self._listen(self.socket)
                    pause = FIRST_PAUSE
            self.socket = None
            await asyncio.sleep(pause * random.random())
            pause = min(LONGEST_PAUSE, pause * 2)

    def cut(self) -> None:
        """Lose the connection without a word, as a phone in a tunnel does."""
        if self.socket:
            self.socket.transport.abort()

    def _connection(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/?project=FAULT&view=room&thread={self.thread}",
            origin=websockets.Origin(f"http://127.0.0.1:{self.port}"),
            additional_headers={"Cookie": f"sid={self.session}"},
            compression=None,
            open_timeout=10,
            ping_interval=None,
        )

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame["t"] == "hello":
                self.back_at.append(time.monotonic())
            if frame["t"] == "beat":
                await socket.send('{"t": "beat"}')
            # A beat of a server that cannot know itself carries no number.
            if frame["t"] in {"hello", "beat"} and (frame.get("seq") or 0) > self.seq:
                await self.catch_up()
            if frame["t"] == "changes":
                await self._changes(frame)

    async def _changes(self, frame: dict[str, Any]) -> None:
        if frame["seq"] <= self.seq:
            return
        if frame["from"] > self.seq:
            await self.catch_up()
            return
        self._show(frame["frames"])
        self.seq = frame["seq"]

    async def catch_up(self) -> None:
        """Read over HTTP what the socket has not told, until nothing is missing; give up where the site is away."""
        began = time.monotonic()
        while True:
            body = await self._read(f"/FAULT/live/?after={self.seq}&view=room&thread={self.thread}")
            if body is None:
                return
            answer = json.loads(body)
            if answer.get("reset"):
                await self._read_thread()
            self._show(answer.get("frames", []))
            is_done = answer.get("reset") or answer["seq"] <= self.seq
            self.seq = max(self.seq, answer["seq"])
            if is_done:
                break
        self.catch_ups.append(time.monotonic() - began)

    async def _read_thread(self) -> None:
        """Show the thread afresh: the page was away for too long."""
        after = 0
        while html := await self._read(f"/FAULT/threads/{self.thread}/messages/?after={after}"):
            found = [(int(seq), int(message)) for message, seq in MESSAGE.findall(html.decode())]
            self.shown |= dict(found)
            if not found:
                return
            after = found[-1][0]

    def _show(self, frames: list[dict[str, Any]]) -> None:
        for frame in frames:
            if frame["k"] == "message" and frame["thread"] == self.thread:
                if self.shown.get(frame["seq"], frame["id"]) != frame["id"]:
                    self.twice += 1
                self.shown[frame["seq"]] = frame["id"]
                self.arrivals.setdefault(frame["seq"], time.monotonic())

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
        return all(page.socket is not None and page.back_at for page in self.pages)

    def cut(self, page: Page) -> None:
        """Cut one page's connection."""
        self.loop.call_soon_threadsafe(page.cut)

    def end(self) -> None:
        """Close all of them."""

        async def close() -> None:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(close(), self.loop)
        self.thread.join(20)


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
