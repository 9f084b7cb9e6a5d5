"""What the tests of issue pages share: asking as htmx does from a certain place, and what a page shows."""

from typing import Any

from tests.projects.pages import soup

BODY = {"HX-Target": "issue-body"}
PANEL = {"HX-Target": "panel"}
# A form that changes the issue. Watching is for every reader, and the signs under messages share a form.
FORM = "form[method=post]:not([action$='/watch/'], #talk-act)"


def in_place(browser: Any, path: str, data: dict[str, Any], **more: str) -> Any:
    """Post as the page does that shows the issue; `panel="1"` as the panel does."""
    return browser.post(path, data | more, htmx=True, headers=BODY)


def properties(response: Any) -> dict[str, str]:
    """Return the properties that an issue's page shows, by their names, without the keys beside them."""
    shown = {}
    for term in soup(response).select(".props dt"):
        value = term.find_next_sibling("dd")
        for quiet in value.select(".hush, kbd, .avatar"):
            quiet.decompose()
        shown[term.get_text()] = " ".join(value.get_text(" ").split())
    return shown


def story(response: Any) -> list[str]:
    """Return the changes in the stream in words, without when they happened."""
    lines = []
    for line in soup(response).select(".stream > .change > div"):
        for extra in line.select("time, details"):
            extra.decompose()
        lines.append(" ".join(line.get_text(" ").split()).removesuffix("·").strip())
    return lines


def swap_equals_fresh(browser: Any, swapped: Any, path: str, page: Any = None) -> bool:
    """Say whether what was swapped in, the body and what changes with it, is what a fresh load shows, apart from tokens
    and ageing words."""
    fresh, part = soup(page or browser.get(path)), soup(swapped)
    for tree in (fresh, part):
        for token in tree.select("[name=csrfmiddlewaretoken]"):
            token.decompose()
        for moment in tree.select("time[datetime]"):
            moment.string = moment["datetime"]
        for asked in tree.select("input[type=datetime-local]"):
            asked.attrs = {"name": asked.get("name")}
    for other in part.select("[hx-swap-oob]"):
        other.attrs.pop("hx-swap-oob")
    names = ("#issue-body", "#issue-bar", "#issue-stream", "#discussion-count")
    return all(str(fresh.select_one(name)) == str(part.select_one(name)) for name in names)


def trigger(response: Any) -> str:
    """Return what the answer tells the page."""
    return str(response.headers.get("HX-Trigger", ""))
