"""People who use the site while something breaks: each notes what they asked for, when, and what they were told."""

import http.client
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

CSRF = "c" * 32
ACKNOWLEDGED = range(200, 400)
# All browsers of the present test, which its fixture closes.
OPENED: "list[Browser]" = []


@dataclass(frozen=True)
class Call:
    """One request and its answer; status 0 where there was none."""

    what: str
    key: str
    began: float
    seconds: float
    status: int


@dataclass
class Browser:
    """One person's browser: one connection, opened anew after a failure."""

    port: int
    session: str
    timeout: float = 10.0
    calls: list[Call] = field(default_factory=list)
    _connection: http.client.HTTPConnection | None = None

    def __post_init__(self) -> None:
        OPENED.append(self)

    def close(self) -> None:
        """Hang up."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def get(self, path: str) -> int:
        """Ask for a page; return its status, 0 where the connection failed."""
        return self._call("GET", path, None, path)

    def post(self, path: str, key: str = "", **form: Any) -> int:
        """Post a form; `key` is what the oracle will look for."""
        return self._call("POST", path, urlencode(form), key)

    def say(self, text: str, *, issue: int | None = 1, client_id: str = "", tries: int = 1) -> bool:
        """Write a message, with the same key however often it takes; say whether it was acknowledged."""
        form = {"body": text, "client_id": client_id or str(uuid.uuid4())} | ({"issue": issue} if issue else {})
        for attempt in range(tries):
            if self.post("/FAULT/messages/", key=text, **form) in ACKNOWLEDGED:
                return True
            time.sleep(min(2.0, 0.1 * 2**attempt) * random.random())
        return False

    @property
    def acknowledged(self) -> set[str]:
        """The keys of the posts that were answered by success."""
        return {call.key for call in self.calls if call.what == "POST" and call.status in ACKNOWLEDGED}

    def _call(self, method: str, path: str, body: str | None, key: str) -> int:
        began = time.monotonic()
        status = 0
        headers = {"Cookie": f"sid={self.session}; csrf={CSRF}", "X-CSRFToken": CSRF, "HX-Request": "true"}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        try:
            self._connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, self.timeout)
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            self.close()
        self.calls.append(Call(method, key, began, time.monotonic() - began, status))
        return status


@contextmanager
def traffic(browsers: list[Browser], rate: float, act: Callable[[Browser, int], Any]) -> Iterator[None]:
    """Let the browsers act in turn, `rate` times a second in all, until the block ends."""
    stop = threading.Event()

    def use(browser: Browser, first: int) -> None:
        for turn in range(first, 1_000_000, len(browsers)):
            began = time.monotonic()
            act(browser, turn)
            if stop.wait(max(0.0, len(browsers) / rate - (time.monotonic() - began))):
                return

    threads = [threading.Thread(target=use, args=(browser, n), daemon=True) for n, browser in enumerate(browsers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
