"""One thing of an inbox, opened: its messages and changes, why the reader was told of each, and by which ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import Http404

from config import clock
from notifications import hooks, sentences
from notifications.listing import name_of, past_names, shelf_of, with_all
from notifications.models import Delivery, Entry, Watch
from notifications.queries import reader_values, visible_entries
from notifications.things import MOST, Seen, Tab, Thing

if TYPE_CHECKING:
    from accounts.models import User
    from issues.models import Issue

OPENED = MOST


@dataclass(frozen=True)
class Happening:
    """One entry of an opened thing: its message or its change, why it was told, and by which ways."""

    entry: Entry
    told: hooks.Told | None
    line: Any
    deliveries: list[Delivery]

    @property
    def deed(self) -> str:
        """What happened."""
        return sentences.deed(self.entry)

    @property
    def why(self) -> str:
        """Why the reader was told."""
        return sentences.why(self.entry.reasons)

    @property
    def sent(self) -> str:
        """By which ways they were."""
        return sentences.sent(self.entry, self.deliveries)


@dataclass(frozen=True)
class Opened:
    """A thing as it is read: newest first. `watching` is `on`, `muted` or `off`; empty for what cannot be watched."""

    thing: Thing
    name: str
    is_lost: bool
    watching: str
    lines: list[Happening]
    # Which entries it shows, or stands for: reading it goes to these.
    upto: Seen

    @property
    def newest(self) -> Entry:
        """The newest entry."""
        return self.lines[0].entry

    @property
    def shown(self) -> list[Happening]:
        """What stands in the inbox; the others are only in the table of what was sent."""
        return [line for line in self.lines if line.entry.in_inbox]

    @property
    def address(self) -> str:
        """Where it is: the newest message in its conversation, else the issue or the project; empty for a lost one."""
        entry = self.newest
        seq = entry.event.data.get("seq") if entry.event.kind.startswith("message.") else None
        if self.is_lost or entry.project is None:
            return ""
        if entry.issue is not None:
            return f"/{entry.issue.key}/?message={seq}" if seq else f"/{entry.issue.key}/"
        return f"/{entry.project.key}/chat/?at={seq}" if seq else entry.project.url

    @property
    def is_done(self) -> bool:
        """Say whether nothing of it stands in the inbox any more."""
        return all(line.entry.done_at for line in self.shown)

    @property
    def unread(self) -> int:
        """The number of entries that were not read, without those that wait and come back as unread."""
        now = clock.now()
        entries = [line.entry for line in self.shown if line.entry.read_at is None and line.entry.done_at is None]
        return sum(1 for entry in entries if entry.snoozed_until is None or entry.snoozed_until <= now)

    @property
    def until(self) -> datetime | None:
        """The moment for which it waits, if any."""
        moments = [line.entry.snoozed_until for line in self.shown if not line.entry.done_at]
        return next((moment for moment in moments if moment and moment > clock.now()), None)


def open_thing(person: "User", thing: Thing, tab: Tab = Tab.ALL) -> Opened:
    """Return what happened to a thing: what the tab holds of it, otherwise all. Http404 where the reader has none."""
    ids = _ids_of(person, thing, tab)
    if not ids:
        raise Http404("nothing of it in this inbox")
    found = with_all(list(ids)[:OPENED])
    entries = [found[pk] for pk in list(ids)[:OPENED]]
    told = hooks.lent.tell([entry.event for entry in entries], person, marked=True)
    mails = _deliveries([entry.pk for entry in entries])
    lost = [entry for entry in entries if not ids[entry.pk]]
    lines = [_happening(entry, told, mails) for entry in entries]
    name, watching = name_of(entries[0], past_names(lost)), _watching(person, thing)
    return Opened(thing, name, bool(lost), watching, lines, Seen.of(ids))


def _happening(entry: Entry, told: Any, mails: dict[int, list[Delivery]]) -> Happening:
    line = hooks.lent.describe(entry.event, brief=entry.issue_id is not None)
    return Happening(entry, told.get(entry.event_id), line, mails.get(entry.pk, []))


def _ids_of(person: "User", thing: Thing, tab: Tab) -> dict[int, bool]:
    """Return the newest entries of a thing that the reader may see, and whether they may still read its project."""
    shelf = shelf_of(tab).replace("entry.in_inbox AND ", "")
    place = "entry.issue_id = %(thing)s"
    if thing.kind != "issue":
        place = "entry.issue_id IS NULL AND COALESCE(entry.project_id, 0) = %(thing)s"
    query = f"""
        SELECT entry.id, project.id IS NULL OR ({hooks.lent.readable}), ({shelf}) AS fits
        {visible_entries()} AND {place}
        ORDER BY fits DESC, entry.at DESC, entry.id DESC LIMIT %(limit)s
    """
    values = reader_values(person) | {"now": clock.now(), "thing": thing.pk, "limit": OPENED + 1}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    fitting = [row for row in rows if row[2]] or rows
    return {pk: readable for pk, readable, _fits in fitting}


def _deliveries(entry_ids: Sequence[int]) -> dict[int, list[Delivery]]:
    links = Delivery.entries.through.objects.filter(entry__in=entry_ids).select_related("delivery").order_by("pk")
    found: dict[int, list[Delivery]] = {}
    for link in links:
        found.setdefault(link.entry_id, []).append(link.delivery)
    return found


def _watching(person: "User", thing: Thing) -> str:
    if thing.kind != "issue":
        return ""
    is_muted = Watch.objects.filter(person=person, issue=thing.pk).values_list("is_muted", flat=True).first()
    return "off" if is_muted is None else "muted" if is_muted else "on"


def get_thing_or_404(person: "User", text: str) -> Thing:
    """Return the thing that an address names, or raise Http404 where the person may see no entry of it."""
    thing = Thing.read(text)
    if thing is None or not _ids_of(person, thing, Tab.ALL):
        raise Http404("nothing of it in this inbox")
    return thing


def get_watched_or_404(person: "User", text: str) -> "Issue":
    """Return the issue of such a thing, for watching it, or raise Http404, also where the thing is no issue."""
    opened = open_thing(person, get_thing_or_404(person, text))
    if opened.newest.issue is None:
        raise Http404("no issue")
    return opened.newest.issue
