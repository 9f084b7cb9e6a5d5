"""A thousand pages in one process of their own: bare websocket clients that note when each change reaches them.

Run by bench.fanout, which tells it by lines on its input what to do and reads its answers as lines of JSON:
`open N` connects that many pages and answers when all were greeted; `settle SEQ` waits until all know of SEQ;
`report` answers with what came when. A page that is cut off comes back as static/js/live.js does.
"""

import asyncio
import base64
import json
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

CHANGES = re.compile(rb'"t":"changes".{0,60}?"from":(\d+),"seq":(\d+)')
GREETING = re.compile(rb'"seq":(\d+)')
BEAT_ANSWER = b'{"t":"beat"}'
FIRST, LONGEST = 0.5, 30.0
TEXT = 1


def masked(payload: bytes) -> bytes:
    """Return a short text message as a client sends it (RFC 6455, section 5.2)."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes([0x80 | TEXT, 0x80 | len(payload)]) + mask + body


class Page(asyncio.Protocol):
    """One client. `came` holds (first number it lacked, number it knows, moment) of each change."""

    def __init__(self, crowd: "Crowd", path: str, cookie: str) -> None:
        self.crowd, self.path, self.cookie = crowd, path, cookie
        self.buffer = bytearray()
        self.is_open = False
        self.seq = self.gaps = self.tries = 0
        self.greeted = 0.0
        self.came: list[tuple[int, float]] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Ask for a socket."""
        self.transport, self.is_open, self.buffer = transport, False, bytearray()
        key = base64.b64encode(os.urandom(16)).decode()
        host = f"127.0.0.1:{self.crowd.port}"
        lines = [
            f"GET {self.path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            f"Origin: http://{host}", f"Cookie: {self.cookie}",
        ]  # fmt: skip
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """Take what came, in whole messages."""
        self.buffer += data
        if not self.is_open:
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.transport.close()
                return
            self.is_open, self.buffer = True, bytearray(rest)
        for payload in self._messages():
            self._take(payload)

    def connection_lost(self, reason: Exception | None) -> None:
        """Come back, a little later each time."""
        self.greeted = 0.0
        self.tries = 3 if self.is_open else self.tries + 1
        self.is_open = False
        pause = random.random() * min(LONGEST, FIRST * 2**self.tries)  # noqa: S311 (no secret)
        self.crowd.loop.call_later(pause, self.crowd.connect, self)

    def _messages(self) -> Iterator[bytes]:
        while len(self.buffer) > 1:
            size, begin = self.buffer[1] & 0x7F, 2
            if size >= 126:  # noqa: PLR2004 (the two longer forms of a length)
                begin = 4 if size == 126 else 10  # noqa: PLR2004
                if len(self.buffer) < begin:
                    return
                size = int.from_bytes(self.buffer[2:begin])
            if len(self.buffer) < begin + size:
                return
            kind, payload = self.buffer[0] & 0x0F, bytes(self.buffer[begin : begin + size])
            del self.buffer[: begin + size]
            if kind == TEXT:
                yield payload
            else:
                self.transport.close()

    def _take(self, payload: bytes) -> None:
        now = time.monotonic()
        if payload.startswith(b'{"t":"beat"'):
            self.transport.write(masked(BEAT_ANSWER))
        elif found := CHANGES.search(payload, 0, 200):
            begin, end = int(found[1]), int(found[2])
            self.gaps += begin > self.seq
            self.seq = end
            self.came.append((end, now))
        elif payload.startswith(b'{"t":"hello"') and (said := GREETING.search(payload)):
            self.seq, self.greeted, self.tries = int(said[1]), now, 0


class Crowd:
    """All pages of the process."""

    def __init__(self, port: int, wanted: list[list[str]]) -> None:
        self.port = port
        self.loop = asyncio.get_running_loop()
        self.pages = [Page(self, path, cookie) for path, cookie in wanted]
        self.tasks: set[asyncio.Task[Any]] = set()

    def connect(self, page: Page) -> None:
        """Begin to connect a page."""
        task = self.loop.create_task(self._connect(page))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _connect(self, page: Page) -> None:
        try:
            await self.loop.create_connection(lambda: page, "127.0.0.1", self.port)
        except OSError:
            page.is_open = False
            page.connection_lost(None)

    async def open(self) -> None:
        """Connect all, not all at once, and wait until all are greeted."""
        for place, page in enumerate(self.pages):
            self.connect(page)
            if place % 20 == 0:
                await asyncio.sleep(0.02)
        await self.all_greeted()

    async def all_greeted(self) -> dict[str, float]:
        """Wait until every page has a socket; tell when the first and the last were greeted."""
        while not all(page.greeted for page in self.pages):  # noqa: ASYNC110 (a thousand events instead of one sleep)
            await asyncio.sleep(0.02)
        moments = sorted(page.greeted for page in self.pages)
        busiest = max(sum(begin <= moment < begin + 1 for moment in moments) for begin in moments)
        return {"first": moments[0], "last": moments[-1], "most_a_second": busiest}

    async def settle(self, seq: int, seconds: float = 30) -> None:
        """Wait until every page knows of a number, or for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(page.seq < seq for page in self.pages):  # noqa: ASYNC110 (the same)
            await asyncio.sleep(0.05)

    def report(self, commits: dict[str, float]) -> dict[str, Any]:
        """Return the delay of each change at each page, what is missing, and gaps."""
        delays, missing = [], 0
        for page in self.pages:
            came = iter([*page.came, (1 << 62, -1.0)])
            known, moment = next(came)
            for seq, committed in sorted((int(number), at) for number, at in commits.items()):
                while known < seq:
                    known, moment = next(came)
                if moment < 0:
                    missing += 1
                else:
                    delays.append(1000 * (moment - committed))
        delays.sort()
        at = [
            delays[min(len(delays) - 1, int(len(delays) * share))] if delays else -1 for share in (0.5, 0.95, 0.99, 1)
        ]
        names = ("p50_ms", "p95_ms", "p99_ms", "max_ms")
        figures = {name: round(value, 1) for name, value in zip(names, at, strict=True)}
        return figures | {"missing": missing, "gaps": sum(page.gaps for page in self.pages)}


async def serve() -> None:
    """Do what the lines of the input say."""
    loop = asyncio.get_running_loop()
    crowd: Crowd | None = None
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        answer: Any = None
        if order["do"] == "open":
            crowd = Crowd(order["port"], order["pages"])
            await crowd.open()
        elif crowd is None:
            break
        elif order["do"] == "settle":
            await crowd.settle(order["seq"])
        elif order["do"] == "greeted":
            answer = await crowd.all_greeted()
        elif order["do"] == "report":
            answer = crowd.report(order["commits"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
