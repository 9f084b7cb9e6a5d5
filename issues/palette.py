"""What the command palette offers: what can be done here, and places to go. Every word typed must fit, in any order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Command:
    """One line. It leads to `url`, or presses the button on the page that has `key`. `group` is its heading."""

    text: str
    group: str
    glyph: str
    url: str = ""
    key: str = ""
    also: str = ""
    order: int = 0

    def matches(self, text: str) -> bool:
        """Say whether every word of the text occurs in the line, its heading or its other names."""
        whole = f"{self.text} {self.group} {self.also}".casefold()
        return all(word in whole for word in text.casefold().split())


Row = tuple["StrOrPromise", str, str, "StrOrPromise"]
# Each presses a button of the page (data-key), so it is offered where that button is. Words, icon, key, other names.
ON_ISSUE: tuple[Row, ...] = (
    (t("Change the state"), "arrows-move", "s", t("move status column")),
    (t("Assign"), "user", "a", t("assignee person owner")),
    (t("Set the priority"), "flag", "p", t("urgent high medium low")),
    (t("Change labels"), "tag", "l", t("tags")),
    (t("Set the due date"), "calendar", "d", t("deadline")),
    (t("Edit the title"), "pencil", "r", t("rename")),
    (t("Edit the description"), "file-text", "e", t("text")),
    (t("Copy the link"), "link", "y", t("url address")),
)
IN_PROJECT: tuple[Row, ...] = (
    (t("Board"), "layout-kanban", "", t("columns kanban")),
    (t("Issues"), "list", "issues/", t("list table")),
    (t("New issue"), "plus", "issues/new/", t("create add")),
    (t("Activity"), "activity", "activity/", t("log history feed")),
    (t("Members"), "users", "settings/members/", t("people roles")),
    (t("Labels"), "tag", "settings/labels/", t("tags")),
    (t("Workflow"), "route", "settings/workflow/", t("states steps rules")),
    (t("Settings"), "settings", "settings/", t("project")),
)
ANYWHERE: tuple[Row, ...] = (
    (t("My issues"), "list-check", "/my/", t("assigned to me")),
    (t("All projects"), "list", "/projects/", t("list")),
    (t("New project"), "plus", "/projects/new/", t("create add")),
    (t("People"), "users", "/people/", t("directory")),
    (t("Search"), "search", "/search/", t("find")),
    (t("Your profile"), "user-circle", "/me/", t("account time zone language")),
)


def commands(
    text: str, *, project: tuple[str, str] | None, on_issue: str | None, may_create: bool
) -> list[tuple[str, list[Command]]]:
    """Return the commands that fit the text under their headings, those of the page first.

    `project` is (key, name) of the page's project, `on_issue` the key of its issue.
    """
    everything = _all(project, on_issue, may_create)
    fitting = [replace(command, order=place) for place, command in enumerate(everything) if command.matches(text)]
    return [(group, list(entries)) for group, entries in groupby(fitting, key=lambda command: command.group)]


def _all(project: tuple[str, str] | None, on_issue: str | None, may_create: bool) -> Iterable[Command]:  # noqa: FBT001
    if on_issue:
        yield from (
            Command(str(words), on_issue, glyph, key=key, also=str(also)) for words, glyph, key, also in ON_ISSUE
        )
    if project:
        key, name = project
        for words, glyph, path, also in IN_PROJECT:
            if may_create or path != "issues/new/":
                yield Command(str(words), name, glyph, f"/{key}/{path}", also=f"{key} {also}")
    for words, glyph, url, also in ANYWHERE:
        yield Command(str(words), _("Go to"), glyph, url, also=str(also))
    yield Command(_("Keys and help"), _("Help"), "help-circle", key="?", also=_("shortcuts"))
