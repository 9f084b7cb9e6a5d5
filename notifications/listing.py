"""Reading a person's inbox: the things in it, grouped.

Whatever the reader may not read any more is left out, by the rule that projects lends: entries of a project that they
lost, but for the one that says so, and of an issue in the trash.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db import connection

from config import clock
from notifications import hooks, sentences
from notifications.enums import Reason
from notifications.models import Entry
from notifications.queries import IN_INBOX, THING, reader_values, visible_entries
from notifications.quiet import quiet_until
from notifications.things import MOST, Seen, Tab, Thing

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.opened import Opened

PAGE = 25
REASONS: dict[Tab, list[str]] = {
    Tab.MENTIONS: [Reason.MENTIONED, Reason.REPLIED],
    Tab.ASSIGNED: [Reason.ASSIGNED, Reason.UNASSIGNED],
    Tab.WATCHING: [Reason.WATCHING, Reason.REPORTED, Reason.FOLLOWING],
}
_SHELVES = {
    Tab.LATER: "entry.in_inbox AND entry.done_at IS NULL AND entry.snoozed_until > %(now)s",
    Tab.DONE: "entry.in_inbox AND entry.done_at IS NOT NULL",
}
# By what each tab is ordered: expressions, and whether they fall. The newest entry comes last: no two things share it.
_NEWEST = ("MAX(entry.id)", True)
_ORDERS = {
    Tab.LATER: (("MIN(entry.snoozed_until)", False), _NEWEST),
    Tab.DONE: (("MAX(entry.done_at)", True), _NEWEST),
}
_UNREAD_FIRST = (
    ("(COUNT(*) FILTER (WHERE entry.read_at IS NULL) = 0)", False),
    ("MAX(GREATEST(entry.at, entry.snoozed_until))", True),
    _NEWEST,
)


def shelf_of(tab: Tab) -> str:
    """Return the condition that an entry stands in a tab: in the inbox, put away for later, or done."""
    return _SHELVES.get(tab, IN_INBOX)


@dataclass(frozen=True, slots=True)
class Group:
    """A thing as the list shows it. `name` is an issue's title or a project's name; `upto` the entries it shows."""

    thing: Thing
    newest: Entry
    name: str
    words: str
    count: int
    unread: int
    reasons: list[str]
    at: datetime
    until: datetime | None
    upto: str
    is_lost: bool
    # What stands in each place of the tab's order.
    place: tuple[Any, ...]

    @property
    def why(self) -> str:
        """Why the reader was told."""
        return sentences.why(self.reasons)

    @property
    def why_icon(self) -> str:
        """The icon of the strongest reason."""
        return sentences.why_icon(self.reasons)

    @property
    def age(self) -> str:
        """How long ago it was, in few signs; for what waits, until when it does."""
        return sentences.clock_time(self.until) if self.until else sentences.short_age(self.at)


class _Things:
    """The groups of a tab as a sequence that Django's Paginator slices: one statement for the count, four a page."""

    def __init__(self, person: "User", tab: Tab) -> None:
        self.person, self.order = person, _ORDERS.get(tab, _UNREAD_FIRST)
        self.values = reader_values(person) | {"now": clock.now(), "reasons": REASONS.get(tab, [])}
        wanted = "BOOL_OR(entry.reasons && %(reasons)s::varchar[])" if tab in REASONS else "TRUE"
        self.groups = f"{visible_entries()} AND {shelf_of(tab)} GROUP BY {THING} HAVING {wanted}"

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 {self.groups}) AS things", self.values)  # noqa: S608
            return int(cursor.fetchone()[0])

    def __getitem__(self, part: slice) -> list[Group]:
        start = part.start or 0
        return self._read("LIMIT %(limit)s OFFSET %(offset)s", limit=part.stop - start, offset=start)

    def after(self, place: Sequence[Any], limit: int) -> list[Group]:
        """Return up to `limit` groups that come after a place of the order; the first ones for an empty one."""
        names = [f"place_{number}" for number in range(len(place))]
        beyond = _beyond(self.order, names) if names else "TRUE"
        return self._read("LIMIT %(limit)s", beyond, limit=limit, **dict(zip(names, place, strict=True)))

    def _read(self, limits: str, beyond: str = "TRUE", **values: Any) -> list[Group]:
        readable = f"project.id IS NULL OR ({hooks.lent.readable})"
        places = ", ".join(expression for expression, _falls in self.order)
        order = ", ".join(f"{expression} {'DESC' if falls else 'ASC'}" for expression, falls in self.order)
        query = f"""
            SELECT {THING}, COUNT(*), COUNT(*) FILTER (WHERE entry.read_at IS NULL), MAX(entry.at),
                MIN(entry.snoozed_until) FILTER (WHERE entry.snoozed_until > %(now)s),
                (ARRAY_AGG(entry.id ORDER BY entry.at DESC, entry.id DESC))[1],
                STRING_AGG(ARRAY_TO_STRING(entry.reasons, ' '), ' '), BOOL_AND({readable}),
                (ARRAY_AGG(entry.id ORDER BY entry.id DESC))[:{MOST + 1}], {places}
            {self.groups} AND ({beyond}) ORDER BY {order} {limits}
        """
        with connection.cursor() as cursor:
            cursor.execute(query, self.values | values)
            return _groups(self.person, cursor.fetchall())


def _beyond(order: Sequence[tuple[str, bool]], names: Sequence[str]) -> str:
    """Return the condition that a group comes after the place whose values have these names."""
    (expression, falls), *others = order
    here = f"{expression} {'<' if falls else '>'} %({names[0]})s"
    if not others:
        return here
    return f"{here} OR ({expression} = %({names[0]})s AND ({_beyond(others, names[1:])}))"


def _groups(person: "User", rows: Sequence[Any]) -> list[Group]:
    newest = with_all(row[6] for row in rows)
    told = hooks.lent.tell([entry.event for entry in newest.values()], person)
    names = past_names([newest[row[6]] for row in rows if not row[8]])
    return [
        Group(
            thing=Thing.of(issue, project),
            newest=newest[pk],
            name=name_of(newest[pk], names),
            words=sentences.newest_line(newest[pk], told.get(newest[pk].event_id)),
            count=count,
            unread=unread,
            reasons=reasons.split(),
            at=at,
            until=until,
            upto=str(Seen.of(seen)),
            is_lost=not readable,
            place=tuple(place),
        )
        for issue, project, count, unread, at, until, pk, reasons, readable, seen, *place in rows
    ]


def with_all(pks: Iterable[int]) -> dict[int, Entry]:
    """Return entries by id, with all that a line of a page needs (one statement)."""
    rows = Entry.objects.filter(pk__in=list(pks))
    return rows.select_related("event__actor", "issue__state", "issue__project", "project").in_bulk()


def past_names(lost: Sequence[Entry]) -> dict[int, str]:
    """Return what the projects that the reader has lost were called when they lost them: not what they are since."""
    return hooks.lent.names_then({entry.project_id: entry.event.at for entry in lost if entry.project_id})


def name_of(entry: Entry, names: dict[int, str]) -> str:
    """Return what the thing of an entry is called: an issue's title, a project's name."""
    if entry.issue is not None:
        return entry.issue.title
    if entry.project is not None:
        return names.get(entry.project.pk, entry.project.name)
    return sentences.deed(entry)


def things_after(person: "User", tab: Tab, place: Sequence[Any], limit: int) -> list[Group]:
    """Return up to `limit` things of a tab that come after a place of its order, which `place` of a group names."""
    return _Things(person, tab).after(place, limit)


def kinds_of_place(tab: Tab) -> list[type]:
    """Return of what type each value of a place in a tab's order is."""
    return [bool, datetime, int] if tab not in _ORDERS else [datetime, int]


@dataclass
class Inbox:
    """One request's view of an inbox. Each part is read when a template asks for it: a fragment reads only its own."""

    person: "User"
    tab: Tab
    number: str
    opened: "Opened | None" = None

    @cached_property
    def page(self) -> Page[Any]:
        """The groups of the tab."""
        return Paginator(_Things(self.person, self.tab), PAGE).get_page(self.number)  # type: ignore[arg-type]

    @cached_property
    def upto(self) -> str:
        """Which entries marking all as read goes to: those that stand there now. To be read before the page is."""
        unread = Entry.objects.filter(person=self.person, in_inbox=True, read_at=None, done_at=None)
        return str(Seen.of(unread.order_by("-pk").values_list("pk", flat=True)[: MOST + 1]))

    @property
    def quiet_until(self) -> str:
        """The time until which quiet hours keep mail back; empty where they do not."""
        return quiet_until(self.person)

    @property
    def here(self) -> str:
        """The number of the page where it is not the first; empty otherwise."""
        return str(self.page.number) if self.number and self.page.number > 1 else ""

    def address(self, **changes: Any) -> str:
        """Return the address of the same place with other values of tab, page or open."""
        place = {"tab": self.tab, "page": self.here, "open": str(self.opened.thing) if self.opened else ""}
        query = "&".join(f"{name}={value}" for name, value in {**place, **changes}.items() if value)
        return f"/inbox/?{query}" if query else "/inbox/"
