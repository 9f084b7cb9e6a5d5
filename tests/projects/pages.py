"""What the tests of project pages share: how they send a form, and what a page says."""

from typing import Any

from bs4 import BeautifulSoup


def soup(response: Any) -> BeautifulSoup:
    """Return an answer's markup."""
    return BeautifulSoup(response.content, "html.parser")


def words(response: Any, selector: str = "body") -> str:
    """Return the words inside the first match, each run of white space as one space; empty where nothing matches."""
    found = soup(response).select_one(selector)
    return " ".join(found.get_text(" ").split()) if found else ""


def fresh_equals_swap(browser: Any, swapped: Any, address: str, selector: str = "#settings") -> bool:
    """Say whether a swapped body is what a fresh load of the page shows, apart from the form's token."""
    fresh = soup(browser.get(address)).select_one(selector)
    swap = soup(swapped).select_one(selector)
    for field in [*fresh.select("[name=csrfmiddlewaretoken]"), *swap.select("[name=csrfmiddlewaretoken]")]:
        field.decompose()
    return str(fresh) == str(swap)
