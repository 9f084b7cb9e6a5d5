"""The event log in words: who did what, from what to what. Driven by tables; a kind without an entry shows its name.

Events of issues are told here as well: the log is one, and what they say is data, not code of the app above.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from string import Formatter
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import former
from accounts.enums import Hue, TeamRole
from config.jinja import day
from notifications.models import Event
from projects.enums import Category, Role, Template

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TEXT_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence. `kind` is text, who, what, old or new; `url` leads to the thing where it has a page."""

    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became another: its name, what it was and what it is.

    An empty side is not shown; the name is empty where the sentence has said it.
    """

    name: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """An event in words: the sentence in parts, then the changes that do not fit into it."""

    event: Event
    icon: str
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """How a kind of event reads: its icon, in a list of many things (`full`), and beside the thing itself (`brief`)."""

    icon: str
    full: "StrOrPromise"
    brief: "StrOrPromise" = ""


t = gettext_lazy
SENTENCES: dict[str, Sentence] = {
    "issue.created": Sentence("plus", t("{who} created {what}"), t("{who} created this issue")),
    "issue.changed": Sentence("pencil", t("{who} changed {what}"), t("{who} changed")),
    "issue.moved": Sentence("arrow-right", t("{who} moved {what}"), t("{who} moved this")),
    "issue.ordered": Sentence("arrows-sort", t("{who} placed {what} anew in {state}"), t("{who} placed this anew")),
    "issue.deleted": Sentence("trash", t("{who} put {what} into the trash"), t("{who} put this into the trash")),
    "issue.restored": Sentence("restore", t("{who} restored {what}"), t("{who} restored this")),
    "issue.due_soon": Sentence("calendar-event", t("{what} is due on {due_on}"), t("This is due on {due_on}")),
    "issue.overdue": Sentence("alert-triangle", t("{what} was due on {due_on}"), t("This was due on {due_on}")),
    # Not on the activity page, where they would drown what happens to issues: the conversation is its own record.
    "message.posted": Sentence("message", t("{who} wrote in {talk}"), t("{who} wrote")),
    "message.edited": Sentence("pencil", t("{who} edited a message in {talk}"), t("{who} edited a message")),
    "message.deleted": Sentence("trash", t("{who} deleted a message in {talk}"), t("{who} deleted a message")),
    "message.reacted": Sentence(
        "mood-smile", t("{who} reacted to a message in {talk}"), t("{who} reacted to a message")
    ),
    "message.made_issue": Sentence(
        "sparkles", t("{who} made {made} of a message in {talk}"), t("{who} made {made} of a message")
    ),
    "file.added": Sentence("paperclip", t("{who} added {file} to {place}"), t("{who} added {file}")),
    # The two that tell what a worker found about a file whose message was there before are not on the activity page.
    "file.checked": Sentence("paperclip", t("{file} of {who} is ready")),
    "file.refused": Sentence("alert-triangle", t("{file} of {who} was not accepted")),
    "file.renamed": Sentence("pencil", t("{who} renamed {from} to {file}")),
    "file.removed": Sentence("trash", t("{who} removed {file} from {place}"), t("{who} removed {file}")),
    "file.restored": Sentence("restore", t("{who} restored {file} in {place}"), t("{who} restored {file}")),
    "file.purged": Sentence("trash", t("{who} removed {file} for good")),
    "file.lost": Sentence("alert-triangle", t("{file} is not in the file storage any more")),
    "project.created": Sentence("plus", t("{who} created the project {name}")),
    "project.changed": Sentence("settings", t("{who} changed the settings")),
    "project.archived": Sentence("archive", t("{who} archived the project")),
    "project.unarchived": Sentence("restore", t("{who} brought the project back from the archive")),
    "project.deleted": Sentence("trash", t("{who} deleted the project")),
    "project.restored": Sentence("restore", t("{who} restored the project")),
    "member.added": Sentence("user-plus", t("{who} added {person} as {role}")),
    "member.changed": Sentence("user-check", t("{who} changed the role of {person}")),
    "member.removed": Sentence("user-off", t("{who} removed {person}")),
    "member.left": Sentence("logout", t("{who} left the project")),
    "member.took_over": Sentence("shield", t("{who} took the project over as site administrator: “{reason}”")),
    "team.created": Sentence("plus", t("{who} created the team {name}")),
    "team.joined": Sentence("user-plus", t("{person} joined as {role}")),
    "team.changed": Sentence("pencil", t("{who} renamed the team")),
    "team.role_changed": Sentence("user-check", t("{who} changed the role of {person}")),
    "team.left": Sentence("logout", t("{who} left the team")),
    "team.removed": Sentence("user-off", t("{who} removed {person}")),
    "team.transferred": Sentence("switch-horizontal", t("{who} handed the team over to {person}")),
    "team.deleted": Sentence("trash", t("{who} deleted the team")),
    "team.restored": Sentence("restore", t("{who} restored the team")),
    "team.link_set": Sentence("link", t("{who} {link} the join link")),
    "team.invited": Sentence("mail", t("{who} invited {people} as {role}")),
    "team.invited_again": Sentence("mail", t("{who} sent {people} a new link")),
    "team.invitation_revoked": Sentence("mail-off", t("{who} took back the invitation of {people}")),
    "webhook.created": Sentence("webhook", t("{who} made the webhook {name}")),
    "webhook.changed": Sentence("webhook", t("{who} changed the webhook {name}")),
    "webhook.rotated": Sentence("key", t("{who} changed the secret of the webhook {name}")),
    "webhook.resumed": Sentence("player-play", t("{who} had the webhook {name} send again")),
    "webhook.deleted": Sentence("trash", t("{who} deleted the webhook {name}")),
    "label.created": Sentence("tag", t("{who} created the label {label}")),
    "label.changed": Sentence("tag", t("{who} changed the label {label}")),
    "label.removed": Sentence("tag", t("{who} removed the label {label}")),
    "state.created": Sentence("route", t("{who} added the state {state}")),
    "state.changed": Sentence("route", t("{who} changed the state {state}")),
    "state.removed": Sentence("route", t("{who} removed the state {state}")),
    "states.ordered": Sentence("arrows-sort", t("{who} put the states in this order: {order}")),
    "transition.set": Sentence("route", t("{who} set what the step {from} → {to} needs")),
    "transition.removed": Sentence("ban", t("{who} forbade the step {from} → {to}")),
}
# Events after which the file has no page to lead to.
GONE = {"file.refused", "file.removed", "file.purged", "file.lost"}
# Where there is one change only, these sentences say of what.
SAYS_FIELD = {"issue.changed", "issue.moved", "member.changed", "team.role_changed", "team.changed"}
FIELDS: dict[str, "StrOrPromise"] = {
    "title": t("title"),
    "description": t("description"),
    "kind": t("type"),
    "priority": t("priority"),
    "assignee": t("assignee"),
    "due_on": t("due date"),
    "estimate": t("estimate"),
    "resolution": t("resolution note"),
    "state": t("state"),
    "labels": t("labels"),
    "name": t("name"),
    "key": t("key"),
    "icon": t("icon"),
    "visibility": t("visibility"),
    "developers_move_own": t("developers move only what is assigned to them"),
    "viewers_may_write": t("viewers may comment and write in the chat"),
    "default_role": t("role of the team's members"),
    "owner": t("owner"),
    "role": t("role"),
    "roles": t("who may take it"),
    "hue": t("colour"),
    "category": t("category"),
    "position": t("position"),
    "is_initial": t("issues may start here"),
    "wip_limit": t("limit of work in progress"),
    "wip_is_hard": t("refuse what exceeds the limit"),
    "needs_assignee": t("needs an assignee"),
    "needs_resolution": t("needs a resolution note"),
    "own_only": t("developers only what is assigned to them"),
}
# Fields that hold a person's name, or an address, as text.
NAMES = {"person", "people", "assignee", "owner"}
# Fields of which the log says that they changed, not from what to what.
UNTOLD = {"description", "icon"}
# How the log writes the words of issues/enums.py; this app may not import those.
WORDS: dict[str, dict[Any, "StrOrPromise"]] = {
    "kind": {"bug": t("Bug"), "task": t("Task"), "story": t("Story"), "chore": t("Chore")},
    "priority": {
        "none": t("No priority"),
        "low": t("Low"),
        "medium": t("Medium"),
        "high": t("High"),
        "urgent": t("Urgent"),
    },
    "visibility": {"private": t("Private"), "internal": t("Internal"), "public": t("Public")},
    "role": {**dict(Role.choices), **dict(TeamRole.choices)},
    "link": {"on": t("switched on"), "new": t("renewed"), "off": t("switched off")},
    "default_role": {None: t("None"), **dict(Role.choices)},
    "category": dict(Category.choices),
    "template": dict(Template.choices),
    "hue": {None: t("that of its category"), **dict(Hue.choices)},
    "assignee": {None: t("Nobody")},
    "due_on": {None: t("No date")},
    "estimate": {None: t("None")},
    "wip_limit": {None: t("None")},
}


def describe(event: Event, *, brief: bool = False) -> Description:
    """Return an event in words; `brief` is for the page of the very thing, which need not be named again.

    Reads nothing but the event and its actor, so a list that has selected the actors makes no further query.
    """
    sentence = SENTENCES.get(event.kind, Sentence("activity", f"{{who}}: {event.kind}"))
    changes = tuple(_changes(event.data))
    words = str((brief and sentence.brief) or sentence.full)
    if event.kind == "file.added" and "count" in event.data:
        words = _("{who} added {count} files")
    if event.kind == "issue.changed" and len(changes) == 1:
        words = _("{who} changed {field}") if brief else _("{who} changed {field} of {what}")
    parts = tuple(_parts(words, event, changes))
    if event.kind in SAYS_FIELD and len(changes) == 1:
        changes = (replace(changes[0], name=""),)
    return Description(event, sentence.icon, parts, changes)


@dataclass(frozen=True)
class Day:
    """A day of the reader's calendar, with what happened on it, newest first."""

    day: date
    lines: list[Description]


def by_day(events: Iterable[Event]) -> list[Day]:
    """Describe events and group them by day in the reader's time zone; the events come newest first."""
    groups = groupby(events, key=lambda event: timezone.localdate(event.at))
    return [Day(moment, [describe(event) for event in group]) for moment, group in groups]


def _parts(words: str, event: Event, changes: tuple[Change, ...]) -> Iterable[Part]:
    for text, name, _spec, _conversion in Formatter().parse(words):
        if text:
            yield Part("text", text)
        if name:
            yield _named(name, event, changes)


def _named(name: str, event: Event, changes: tuple[Change, ...]) -> Part:
    if name == "who":
        return Part("who", event.actor.name if event.actor else _("Plumbline"))
    if name == "what":
        return _what(event.data)
    if name == "field":
        return Part("text", changes[0].name)
    if name == "file":
        return _file(event)
    if name in {"talk", "place"}:
        return _talk(event.data) if name == "talk" else _place(event.data)
    value = event.data.get(name, "")
    values = value if isinstance(value, list) else [value]
    return Part("new", ", ".join(_shown(name, item) for item in values))


def _what(data: Mapping[str, Any]) -> Part:
    key = str(data.get("key", ""))
    return Part("what", f"{key} {data.get('title', '')}".strip(), url=f"/{key}/" if key else "")


def _talk(data: Mapping[str, Any]) -> Part:
    """Return where something was said: the issue, or the room with the way to the very message."""
    if "key" in data:
        return _what(data)
    room = str(data.get("room", ""))
    return Part("what", _("the chat"), url=f"/{room}/chat/?at={data.get('seq', 0)}" if room else "")


def _file(event: Event) -> Part:
    """Return a file by the name that it had then, with the way to its page while it has one."""
    data = event.data
    address = f"/{data['project']}/files/{data['uuid']}/view/" if "project" in data and "uuid" in data else ""
    return Part("what", str(data.get("name", "")), url="" if event.kind in GONE else address)


def _place(data: Mapping[str, Any]) -> Part:
    """Return what a file hangs on: its issue, a message in the room, or the project itself."""
    if "key" in data:
        return _what(data)
    base = f"/{data['project']}/" if "project" in data else ""
    if message := data.get("message"):
        return Part("what", _("a message in the chat"), url=f"{base}messages/{message}/" if base else "")
    return Part("what", _("the project"), url=f"{base}files/" if base else "")


def _changes(data: Mapping[str, Any]) -> Iterable[Change]:
    """Return the changes that an event tells: of fields, of labels, or of what a step needs."""
    for field, diff in data.get("changes", {}).items():
        if field == "labels":
            yield from (Change(_("label"), new=name) for name in diff["added"])
            yield from (Change(_("label"), old=name) for name in diff["removed"])
        else:
            yield _change(field, diff["from"], diff["to"])
    if after := data.get("after"):
        before = data.get("before") or {}
        yield from (
            _change(field, before.get(field), value) for field, value in after.items() if _differs(before, field, value)
        )


def _differs(before: Mapping[str, Any], field: str, value: Any) -> bool:
    return before.get(field) != value if before else bool(value)


def _change(field: str, old: Any, new: Any) -> Change:
    name = str(FIELDS.get(field, field))
    if field in UNTOLD:
        return Change(name)
    return Change(name, _shown(field, old), _shown(field, new))


def _shown(field: str, value: Any) -> str:
    """Return a value of the log as people read it."""
    if isinstance(value, list):
        return ", ".join(_shown("role", item) for item in value)
    if value in WORDS.get(field, {}):
        return str(WORDS[field][value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field == "due_on":
        return day(date.fromisoformat(value))
    text = "" if value is None else str(value)
    if field in NAMES:
        text = former.told(text)
    return text if len(text) <= TEXT_SHOWN else text[:TEXT_SHOWN] + "…"
