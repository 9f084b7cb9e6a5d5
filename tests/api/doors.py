"""The three doors to one deed: a page, an operation of the API, and Django's admin where it has that deed.

What went through is told by the event log: every deed writes to it, and nothing else does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

from notifications.models import Event
from tests.api.calling import Script
from tests.api.judging import taken_back
from tests.browsing import CheckedClient

TAG = re.compile(r"<[^>]*>")
RULED = {403, 409, 422}


@dataclass(frozen=True)
class Deed:
    """What is done by a page (address, body), by the API (method, address, body), and in the admin (a function of a
    browser and the words, which returns the text of the page that follows)."""

    name: str
    page: tuple[str, dict[str, str]]
    api: tuple[str, str, Any]
    admin: Callable[[CheckedClient, dict[str, Any]], str] | None = None
    # Who meets its object there: of a deleted project, and of people, only site administrators do.
    admins: tuple[str, ...] = ("lead", "administrator")


@dataclass(frozen=True)
class Verdict:
    """What came of it: 200 where it was done, the status where it was not, and what was said."""

    status: int
    said: str


def newest() -> int:
    """Return where the event log has come to."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def text_of(response: Any) -> str:
    """Return what people read on a page."""
    return " ".join(unescape(TAG.sub(" ", response.content.decode())).split())


def by_page(browser: CheckedClient, deed: Deed, words: dict[str, Any]) -> Verdict:
    """Send the page's form. A refusal may be told on the page that it leads to; its status is then 0."""
    path, body = deed.page[0].format(**words), filled(deed.page[1], words)
    with taken_back():
        before = newest()
        response = browser.post(path, body)
        if newest() > before:
            return Verdict(200, "")
        if response.status_code != 302:
            return Verdict(response.status_code, text_of(response))
        if response.headers["Location"].startswith("/accounts/login/"):
            return Verdict(401, "")
        return Verdict(0, text_of(browser.get(response.headers["Location"])))


def by_api(script: Script, deed: Deed, words: dict[str, Any]) -> Verdict:
    """Send the operation's request; what is said are the sentence and those about fields."""
    method, path, body = deed.api
    with taken_back():
        before = newest()
        response = script.send(method, path.format(**words), filled(body, words))
        error = response.json()["error"]
        if error is None:
            assert newest() > before, f"{deed.name} left no event"
            return Verdict(200, "")
        assert newest() == before, f"{deed.name} was refused, and left an event"
        told = [sentence for sentences in error["fields"].values() for sentence in sentences]
        return Verdict(response.status_code, " ".join((told[0] if told else error["message"]).split()))


def by_admin(browser: CheckedClient, deed: Deed, words: dict[str, Any]) -> Verdict:
    """Do it in the admin, as somebody who may open it."""
    assert deed.admin is not None
    with taken_back():
        before = newest()
        said = " ".join(deed.admin(browser, words).split())
        return Verdict(200, "") if newest() > before else Verdict(0, said)


def filled(value: Any, words: dict[str, Any]) -> Any:
    """Return a body with its {…} filled in; one that is nothing else keeps its type."""
    if isinstance(value, dict):
        return {name: filled(part, words) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, words) for part in value]
    if isinstance(value, str) and value[:1] == "{" and value[1:-1] in words:
        return words[value[1:-1]]
    return value


def differences(persona: str, one: Verdict, other: Verdict) -> list[str]:
    """Compare what a page or the admin did with what the API did; 0 is a refusal whose sentence tells which."""
    if one.status not in {other.status, 0} or (one.status == 0) > (other.status != 200):
        return [f"{persona}: {one.status} here, {other.status} by the API ({other.said}) – {one.said[:400]}"]
    if other.status in RULED and other.said not in one.said:
        return [f"{persona}: “{other.said}” is not said here: {one.said[:600]}"]
    return []
