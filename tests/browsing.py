"""The test client: Django's, which reads every page that it gets and lets no GET write."""

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler

from tests.guards import GuardError, reading_only

HANDLER = re.compile(r"on[a-z]+|hx-on.*")
DATA_TYPES = {"application/json", "application/ld+json"}
UNRENDERED = re.compile(r"\{\{|\{%")
READING = {"GET", "HEAD", "OPTIONS"}
# Where an identity provider sends people back (RFC 6749, 4.1.2): by GET, once, with a state of their session.
LANDING = "/login/callback/"


class PageReader(HTMLParser):
    """Collects what our Content-Security-Policy or our house style forbids in a page."""

    def __init__(self, *, is_admin: bool) -> None:
        super().__init__()
        self.is_admin = is_admin
        self.problems: list[str] = []
        self.ids: set[str] = set()
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        place = f"<{tag}> in line {self.getpos()[0]}"
        self.problems += [f"inline handler {name} at {place}" for name in given if HANDLER.fullmatch(name)]
        self.problems += [f"javascript: address at {place}" for value in given.values() if _is_script(value)]
        if tag == "script" and given.get("type") not in DATA_TYPES:
            self._check_script(given, place)
        if not self.is_admin:
            self._check_ours(tag, given, place)
        if tag in {"script", "style", "pre", "code", "textarea"}:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and UNRENDERED.search(data):
            self.problems.append(f"unrendered template text {data.strip()[:60]!r} in line {self.getpos()[0]}")

    def _check_script(self, given: dict[str, str | None], place: str) -> None:
        if "src" not in given and not given.get("nonce"):
            self.problems.append(f"inline script without a nonce at {place}")
        if not self.is_admin and not given.get("nonce"):
            self.problems.append(f"script without a nonce, which the policy refuses, at {place}")

    def _check_ours(self, tag: str, given: dict[str, str | None], place: str) -> None:
        if "style" in given or tag == "style":
            self.problems.append(f"inline style at {place}")
        name = given.get("id")
        if name in self.ids:
            self.problems.append(f"id {name!r} twice at {place}")
        if name:
            self.ids.add(name)


def _is_script(value: str | None) -> bool:
    return (value or "").strip().lower().startswith("javascript:")


def read_page(html: str, *, is_admin: bool = False) -> list[str]:
    """Return what is wrong with a page."""
    reader = PageReader(is_admin=is_admin)
    reader.feed(html)
    reader.close()
    return reader.problems


@cache
def _handler(*, is_strict: bool) -> ClientHandler:
    """Return the one handler of this process: making it looks at every static file, longer than most tests take."""
    return ClientHandler(is_strict)


class CheckedClient(Client):
    """`client.get(…, htmx=True)` and `client.post(…, htmx=True)` speak as htmx does.

    Every HTML answer is read by `read_page`. Set `checks_pages = False` where a test wants braces in a page.
    """

    checks_pages = True

    def __init__(self, *, enforce_csrf_checks: bool = False, **defaults: Any) -> None:
        super().__init__(enforce_csrf_checks=enforce_csrf_checks, **defaults)
        self.handler = _handler(is_strict=enforce_csrf_checks)

    def generic(self, method: str, path: str, *args: Any, htmx: bool = False, **extra: Any) -> Any:
        if htmx:
            extra["headers"] = {"HX-Request": "true", **(extra.get("headers") or {})}
        if method.upper() in READING and LANDING not in path:
            with reading_only():
                response = super().generic(method, path, *args, **extra)
        else:
            response = super().generic(method, path, *args, **extra)
        self._check(path, response)
        return response

    def get(self, path: str, data: Any = None, *args: Any, htmx: bool = False, **extra: Any) -> Any:
        return super().get(path, data, *args, **self._as_htmx(extra, htmx=htmx))

    def post(self, path: str, data: Any = None, *args: Any, htmx: bool = False, **extra: Any) -> Any:
        return super().post(path, data, *args, **self._as_htmx(extra, htmx=htmx))

    @staticmethod
    def _as_htmx(extra: dict[str, Any], *, htmx: bool) -> dict[str, Any]:
        if htmx:
            extra["headers"] = {"HX-Request": "true", **(extra.get("headers") or {})}
        return extra

    def _check(self, path: str, response: HttpResponseBase) -> None:
        is_html = response.headers.get("Content-Type", "").startswith("text/html")
        if not self.checks_pages or not is_html or getattr(response, "streaming", False):
            return
        problems = read_page(response.content.decode(), is_admin=path.startswith("/admin/"))
        if problems:
            raise GuardError(f"{path}: " + "; ".join(problems))
