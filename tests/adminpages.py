"""What tests of the admin share: filling in its forms as a browser would, and reading what it wrote."""

from typing import Any

from bs4 import BeautifulSoup
from django.urls import reverse

from notifications.models import Event


def address(thing: Any, page: str = "change") -> str:
    """Return the address of a page about an object, or of `add` and `changelist` of a model."""
    name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_{page}"
    return reverse(name) if page in {"add", "changelist"} else reverse(name, args=[thing.pk])


def filled(html: str) -> dict[str, Any]:
    """Return what a browser would send for the page's form as it stands."""
    form = BeautifulSoup(html, "html.parser").select_one("#content form")
    data: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        kind = field.get("type", "")
        if kind in {"submit", "button"} or (kind in {"checkbox", "radio"} and not field.has_attr("checked")):
            continue
        for value in _values(field):
            data.setdefault(field["name"], []).append(value)
    return data


def _values(field: Any) -> list[str]:
    if field.name == "textarea":
        # A browser drops the first line end of a textarea, and sends the others as CR LF.
        return [field.text.removeprefix("\n").replace("\n", "\r\n")]
    if field.name == "select":
        return [option.get("value", option.text) for option in field.select("option[selected]")]
    return [field.get("value", "on" if field.get("type") == "checkbox" else "")]


def save(browser: Any, path: str, **changes: Any) -> Any:
    """Open a form, change some inputs (None leaves one out), send it, and return the answer."""
    data = filled(browser.get(path).content.decode()) | changes
    return browser.post(path, {name: value for name, value in data.items() if value is not None})


def act(browser: Any, model: Any, action: str, *rows: Any, query: str = "") -> str:
    """Run a list's action on rows, and return the text of the page that follows."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = browser.post(address(model, "changelist") + query, data, follow=True)
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def errors(response: Any) -> str:
    """Return the form's errors as one text."""
    lists = BeautifulSoup(response.content, "html.parser").select(".errorlist")
    return " ".join(found.get_text(" ", strip=True) for found in lists)


def events_since(event: Event | None) -> list[tuple[str, Any]]:
    """Return kind and actor of every event after one."""
    return list(Event.objects.filter(pk__gt=event.pk if event else 0).order_by("pk").values_list("kind", "actor"))


def newest_event() -> Event:
    """Return the last event that was recorded."""
    return Event.objects.latest("pk")
