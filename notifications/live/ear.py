"""What a hub hears of the channel layer: one channel, joined to the groups that its sockets need.

The layer is lossy and Redis may be restarted, emptied or frozen. The ear therefore calls itself every few seconds;
while the call does not come back it is deaf, says so, and makes its subscriptions anew until it hears again.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

from notifications.live.publisher import EVERYONE

log = logging.getLogger("plumbline.live")
# The layer writes a traceback each second while Redis is away; the ear says it in a line.
logging.getLogger("channels_redis.pubsub").setLevel(logging.CRITICAL)
CALL_EVERY = 5.0
ANSWER_WITHIN = 2.0
JOIN_WITHIN = 1.0


class Ear:
    """Of one hub and its event loop. `take` gets each message; `changed` is called when it goes deaf or hears."""

    def __init__(self, take: Callable[[dict[str, Any]], None], changed: Callable[[], None]) -> None:
        self.name = secrets.token_hex(8)
        self.is_deaf = False
        self._take, self._changed = take, changed
        self._own = f"hub.{self.name}"
        self._wanted: Counter[str] = Counter()
        self._joined: set[str] = set()
        self._layer: Any = None
        self._channel = ""
        self._listening: asyncio.Task[None] | None = None
        self._echo = asyncio.Event()
        self._called = 0
        self._joining = asyncio.Lock()

    async def run(self) -> None:
        """Listen for ever."""
        self._layer = get_channel_layer()
        while True:
            if not await self._hears():
                self._say(is_deaf=True)
                await self._renew()
                if not await self._hears():
                    await asyncio.sleep(ANSWER_WITHIN)
                    continue
            self._say(is_deaf=False)
            await asyncio.sleep(CALL_EVERY)
            with suppress(Exception):
                await asyncio.wait_for(self._leave(), ANSWER_WITHIN)

    async def join(self, group: str) -> None:
        """Hear a group from now on; returns when it is joined, or after a moment in which the layer did not answer.

        Where it did not, the group is joined as soon as the layer answers again. Each call needs its own `leave`.
        """
        self._wanted[group] += 1
        if group not in self._joined:
            with suppress(Exception):
                await asyncio.wait_for(self._catch_up(), JOIN_WITHIN)

    def leave(self, group: str) -> None:
        """Give up one wish for a group; it is left a little later, because a page that reloads is back at once."""
        self._wanted[group] -= 1

    async def _hears(self) -> bool:
        """Call through the layer, and say whether the call came back in time."""
        self._echo.clear()
        self._called += 1
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._catch_up()
                await self._layer.group_send(self._own, {"type": "echo", "number": self._called})
                await self._echo.wait()
        except Exception:  # noqa: BLE001 (whatever Redis does: it is deaf, and tries again)
            return False
        return True

    def _say(self, *, is_deaf: bool) -> None:
        if is_deaf == self.is_deaf:
            return
        self.is_deaf = is_deaf
        log.warning("Redis does not pass anything on" if is_deaf else "Redis passes on again")
        self._changed()

    async def _renew(self) -> None:
        """Throw the layer's connections and subscriptions away; the next call makes them anew."""
        self._joined.clear()
        if self._listening:
            with suppress(Exception):
                # Emptied first, so that the cancelled listener has nothing to unsubscribe from a Redis that is away.
                await asyncio.wait_for(self._layer.flush(), ANSWER_WITHIN)
            self._listening.cancel()
            self._listening = None

    async def _catch_up(self) -> None:
        """Join what is wanted and not joined; one at a time, in the order of their wishes."""
        async with self._joining:
            if self._listening is None or self._listening.done():
                self._joined.clear()
                self._channel = await self._layer.new_channel()
                self._listening = asyncio.create_task(self._listen(self._channel))
            for group in [self._own, EVERYONE, *(name for name, count in self._wanted.items() if count > 0)]:
                if group not in self._joined:
                    await self._layer.group_add(group, self._channel)
                    self._joined.add(group)

    async def _leave(self) -> None:
        async with self._joining:
            for group in [name for name, count in self._wanted.items() if count <= 0]:
                del self._wanted[group]
                if group in self._joined:
                    self._joined.discard(group)
                    await self._layer.group_discard(group, self._channel)

    async def _listen(self, channel: str) -> None:
        while True:
            message = await self._layer.receive(channel)
            if message.get("type") == "echo":
                if message.get("number") == self._called:
                    self._echo.set()
                continue
            try:
                self._take(message)
            except Exception:
                log.exception("a message of the layer was not understood")
