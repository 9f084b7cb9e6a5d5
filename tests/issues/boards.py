"""What the tests of the board share: reading columns and cards off a page, and moving as its script does."""

import json
from typing import Any

from bs4 import BeautifulSoup

from tests.projects.pages import soup


def columns(response: Any) -> dict[str, list[str]]:
    """Return the keys of the cards in each column, by the column's slug."""
    return {
        column["data-state"]: [card["data-issue"] for card in column.select(".card")]
        for column in soup(response).select("[data-state]")
    }


def heads(response: Any) -> dict[str, str]:
    """Return what stands in each column's head: its name and its count or limit."""
    found = {}
    for head in soup(response).select("header[id^=head-]"):
        for extra in head.select(".menu, .hush, .btn"):
            extra.decompose()
        found[head["id"].removeprefix("head-")] = " ".join(head.get_text(" ").split())
    return found


def move(browser: Any, key: str, to: str, query: str = "", **more: str) -> Any:
    """Move as the board's script does."""
    return browser.post(f"/{key}/move/{query}", {"to": to, "view": "board"} | more, htmx=True)


def events(response: Any) -> dict[str, Any]:
    """Return the events that an answer sets off in the page, whenever it does."""
    found: dict[str, Any] = {}
    for name in ("HX-Trigger", "HX-Trigger-After-Swap"):
        found |= json.loads(response.headers.get(name, "{}"))
    return found


def untokened(part: BeautifulSoup) -> str:
    """Return a part of a page without what differs in every answer."""
    for token in part.select("[name=csrfmiddlewaretoken]"):
        token.decompose()
    del part["hx-swap-oob"]
    return " ".join(str(part).split())


def swap_equals_fresh(swapped: Any, fresh: Any) -> list[str]:
    """Return the ids of the parts in an answer, all of which must be as a fresh load shows them."""
    page, names = soup(fresh), []
    for part in soup(swapped).select("[id^=issue-card-], header[id^=head-]"):
        names.append(part["id"])
        assert untokened(part) == untokened(page.find(id=part["id"]))
    return names
