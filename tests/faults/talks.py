"""A conversation on an open page, kept as static/js/chat-live.js keeps it: one change after the other, without gaps."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

MESSAGE = re.compile(r'data-message="(\d+)"[^>]*data-seq="(\d+)"')
Read = Callable[[str], Awaitable[bytes | None]]


@dataclass(eq=False)
class Talk:
    """`shown` are its messages, as thread number → id; `seq` is the event up to which it shows what it was told."""

    thread: int
    shown: dict[int, int]
    seq: int
    twice: int = 0
    arrivals: dict[int, float] = field(default_factory=dict)
    news: "asyncio.Queue[tuple[int, list[dict[str, Any]] | None]]" = field(default_factory=asyncio.Queue)

    def tell(self, seq: int, frames: list[dict[str, Any]] | None) -> None:
        """Note frames that lead up to the event `seq`, or by None that too much was missed to be told."""
        self.news.put_nowait((seq, frames))

    async def follow(self, read: Read, in_step: Callable[[], None]) -> None:
        """Show what comes, in turn, until cancelled; call `in_step` whenever `seq` has moved."""
        while True:
            seq, frames = await self.news.get()
            if await (self._apply(frames, read) if frames is not None else self._catch_up(read)):
                self.seq = max(self.seq, seq)
                in_step()

    async def _apply(self, frames: list[dict[str, Any]], read: Read) -> bool:
        is_whole = True
        for frame in frames:
            if frame["k"] != "message" or frame["thread"] != self.thread:
                continue
            if frame["seq"] <= self._last + 1:
                self._add(frame["seq"], frame["id"])
            else:
                is_whole = await self._catch_up(read)
        return is_whole

    async def _catch_up(self, read: Read) -> bool:
        """Read what came after the last that is known, page by page; say whether that could be read to the end."""
        while (html := await read(f"/FAULT/threads/{self.thread}/messages/?after={self._last}")) is not None:
            found = MESSAGE.findall(html.decode())
            for message, seq in found:
                self._add(int(seq), int(message))
            if b"data-newer" not in html:
                return True
        return False

    def _add(self, seq: int, message: int) -> None:
        if self.shown.setdefault(seq, message) != message:
            self.twice += 1
        self.arrivals.setdefault(seq, time.monotonic())

    @property
    def _last(self) -> int:
        return max(self.shown, default=0)
