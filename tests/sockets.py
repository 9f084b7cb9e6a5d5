"""Pages without a browser: clients of the site's socket that note every frame with the time at which it came.

They live in one event loop in a thread of its own, so that a test stays plain code and a fault suite can have hundreds.
"""

import asyncio
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from notifications.live import publisher
from tests.e2e.servers import start_server, wait_until_healthy

PATIENCE = 10.0
REFUSED = -1


def session_of(person: Any) -> str:
    """Log a person in as Django would, and return the key of the session."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return session.session_key


@dataclass
class Tab:
    """One page's socket. `frames` holds (moment, message) for each message; `code` is how it was closed, or None."""

    loop: asyncio.AbstractEventLoop
    answers: bool = True
    frames: list[tuple[float, dict]] = field(default_factory=list)
    code: int | None = None
    closed_at: float = 0.0
    connection: ClientConnection | None = None
    news: threading.Condition = field(default_factory=threading.Condition)

    def said(self, kind: str) -> list[dict]:
        """Return the messages of one kind so far, oldest first."""
        return [message for _moment, message in list(self.frames) if message["t"] == kind]

    def text(self) -> str:
        """Return everything that was ever said to this page."""
        return json.dumps([message for _moment, message in list(self.frames)])

    @property
    def seq(self) -> int:
        """How far the frames have come."""
        return max([message["seq"] or 0 for kind in ("hello", "changes") for message in self.said(kind)], default=0)

    def until(self, is_right: Callable[["Tab"], Any], seconds: float = PATIENCE) -> Any:
        """Wait until the condition holds and return its value; fail with all that was said where it does not."""
        with self.news:
            found = self.news.wait_for(lambda: is_right(self), seconds)
        assert found, f"not within {seconds} s; closed: {self.code}; said: {self.text()[:2000]}"
        return found

    def get(self, kind: str, seconds: float = PATIENCE) -> dict:
        """Wait for a message of this kind and return the first."""
        return self.until(lambda tab: tab.said(kind), seconds)[0]

    def ended(self, seconds: float = PATIENCE) -> int:
        """Wait until the socket is closed and return the code."""
        self.until(lambda tab: tab.code is not None, seconds)
        return self.code or 0

    def say(self, message: Any) -> None:
        """Send a message: an object as JSON, text and bytes as they are."""
        data = message if isinstance(message, str | bytes) else json.dumps(message)
        asyncio.run_coroutine_threadsafe(self._say(data), self.loop).result(PATIENCE)

    def close(self) -> None:
        """Hang up."""
        if self.connection is not None and self.code is None:
            asyncio.run_coroutine_threadsafe(self.connection.close(), self.loop).result(PATIENCE)

    async def run(self, url: str, origin: str | None, headers: dict[str, str]) -> None:
        """Be the page until the socket ends."""
        try:
            async with connect(
                url, origin=origin, additional_headers=headers, compression=None, ping_interval=None, proxy=None,
                max_size=None, open_timeout=60,
            ) as self.connection:  # fmt: skip
                self._tell()
                async for text in self.connection:
                    self._take(json.loads(text))
                    if self.answers and self.frames[-1][1]["t"] == "beat":
                        await self.connection.send('{"t":"beat"}')
        except (InvalidStatus, OSError):
            self._end(REFUSED)
        except ConnectionClosed:
            pass
        finally:
            if self.connection is not None and self.code is None:
                self._end(self.connection.close_code or 1006)

    async def _say(self, data: str | bytes) -> None:
        assert self.connection is not None
        try:
            await self.connection.send(data)
        except ConnectionClosed:
            return

    def _take(self, message: dict) -> None:
        self.frames.append((time.monotonic(), message))
        self._tell()

    def _end(self, code: int) -> None:
        self.code, self.closed_at = code, time.monotonic()
        self._tell()

    def _tell(self) -> None:
        with self.news:
            self.news.notify_all()


class Crowd:
    """Opens tabs at one site, for whomever."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.loop = asyncio.new_event_loop()
        self.tabs: list[Tab] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def open(
        self,
        person: Any = None,
        *,
        session: str | None = None,
        origin: str | None = "own",
        path: str = "/ws/",
        answers: bool = True,
        **query: Any,
    ) -> Tab:
        """Open a tab of a person (or with a session key, or nobody); returns once it is open, refused or closed."""
        key = session_of(person) if person is not None and session is None else session
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"} if key else {}
        url = f"ws{self.url.removeprefix('http')}{path}?{urlencode(query)}"
        tab = Tab(self.loop, answers)
        self.tabs.append(tab)
        asyncio.run_coroutine_threadsafe(tab.run(url, self.url if origin == "own" else origin, headers), self.loop)
        tab.until(lambda one: one.connection is not None or one.code is not None, 60)
        return tab

    def join(self, person: Any, project: str, **options: Any) -> Tab:
        """Open a tab on a project's page and wait until it has been greeted."""
        tab = self.open(person, project=project, **options)
        tab.get("hello")
        return tab

    def leave(self) -> None:
        """Hang up everywhere."""
        for tab in self.tabs:
            tab.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()


@contextmanager
def crowd_at(url: str) -> Iterator[Crowd]:
    """Give a crowd for a site, and send it home in the end."""
    crowd = Crowd(url)
    try:
        yield crowd
    finally:
        crowd.leave()


def start_site(**variables: str) -> tuple[str, "subprocess.Popen[bytes]"]:
    """Start the web server on the test's own database; return its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        process = start_server(port, connection.settings_dict["NAME"])
    wait_until_healthy(port, process)
    return f"http://127.0.0.1:{port}", process


@pytest.fixture(scope="session")
def live_site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of a web server on the test database, whose beats and rechecks come every second or two."""
    with django_db_blocker.unblock():
        url, process = start_site(LIVE_BEAT_SECONDS="1", LIVE_RECHECK_SECONDS="2")
    yield url
    process.terminate()
    process.wait(10)


@pytest.fixture
def crowd(live_site: str, transactional_db: None) -> Iterator[Crowd]:
    """People with pages of that server. Needs real transactions, because the server must see what a test writes.

    The next test's world has the same numbers, so nothing that this one announced may still be on its way then.
    """
    with crowd_at(live_site) as found:
        yield found
    publisher.flush(PATIENCE)
