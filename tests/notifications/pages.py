"""Sockets without a server: the site's own ASGI application, called in the test's event loop."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self
from urllib.parse import urlencode

from django.conf import settings
from django.db.backends.signals import connection_created

from config.asgi import application
from notifications.live.hub import Hub, hub_here
from tests.parallel import in_own_loop
from tests.sockets import session_of

PATIENCE = 10.0


class Page:
    """One socket. While `takes` is not set, it takes nothing that is sent to it."""

    def __init__(self, session: str, **query: Any) -> None:
        self.said: list[dict] = []
        self.code: int | None = None
        self.takes = asyncio.Event()
        self.takes.set()
        self._inbox: asyncio.Queue[dict] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
        self._scope = {
            "type": "websocket",
            "path": "/ws/",
            "query_string": urlencode(query).encode(),
            "headers": [(b"origin", settings.SITE_URL.encode()), (b"cookie", cookie)],
        }
        self.task = asyncio.create_task(application(self._scope, self._inbox.get, self._take))

    def of(self, kind: str) -> list[dict]:
        """Return what was said of one kind."""
        return [message for message in self.said if message["t"] == kind]

    async def until(self, is_right: Callable[["Page"], Any]) -> Any:
        """Wait until the condition holds; return its value."""
        async with asyncio.timeout(PATIENCE):
            while not (found := is_right(self)):  # noqa: ASYNC110 (what is awaited is the test's own condition)
                await asyncio.sleep(0.01)
        return found

    async def say(self, message: dict) -> None:
        """Send a message."""
        self._inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def close(self) -> None:
        """Hang up, and wait until the server has noticed."""
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, PATIENCE)

    async def _take(self, message: dict) -> None:
        await self.takes.wait()
        if message["type"] == "websocket.close":
            self.code = message["code"]
        elif message["type"] == "websocket.send":
            self.said.append(json.loads(message["text"]))


def run(test: Callable[[Hub], Awaitable[None]]) -> None:
    """Run a test's coroutine with the hub of its own event loop, and take leave of the hub."""

    async def inside() -> None:
        hub = hub_here()
        try:
            await test(hub)
        finally:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            hub.stop()

    in_own_loop(inside())


async def open_pages(sessions: list[str], **query: Any) -> list[Page]:
    """Open a page for each session, and wait until all are greeted."""
    found = [Page(session, **query) for session in sessions]
    for page in found:
        await page.until(lambda one: one.of("hello"))
    return found


def sessions_of(person: Any, count: int) -> list[str]:
    """Return as many sessions as that many pages of a person need, one for each page."""
    return [session_of(person) for _number in range(count)]


class Statements:
    """Notes every statement of the hub's threads while it is active."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __enter__(self) -> Self:
        connection_created.connect(self._listen)
        return self

    def __exit__(self, *details: object) -> None:
        connection_created.disconnect(self._listen)

    def _listen(self, connection: Any, **details: Any) -> None:
        connection.execute_wrappers = [self._note]

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.seen.append(sql)
        return execute(sql, params, many, context)
