"""Reading the event log."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import QuerySet

from config import clock
from notifications import hooks
from notifications.chain import chained_row, digest
from notifications.models import GENESIS, Event, EventStream

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class BrokenLink:
    """The first place where a stream's chain does not hold."""

    stream: str
    seq: int
    problem: str


def events_of(stream: str) -> QuerySet[Event]:
    """Return a stream's events, newest first, with their actors."""
    return Event.objects.filter(stream__name=stream).select_related("actor").order_by("-seq")


def events_about(subject: str) -> QuerySet[Event]:
    """Return the events of one thing, such as `issue:12`, oldest first, with their actors."""
    return Event.objects.filter(subject=subject).select_related("actor").order_by("seq")


def head_of(stream: str) -> int:
    """Return the number of a stream's newest event; 0 where there is none."""
    return EventStream.objects.filter(name=stream).values_list("seq", flat=True).first() or 0


def verify(stream: EventStream) -> BrokenLink | None:
    """Walk one stream and return its first broken link: a missing, forged or reordered row, or a cut tail.

    Rows and head must come from one snapshot: the caller opens a REPEATABLE READ transaction where others may write.
    """
    return _walk(stream, stream.events.all())


def _walk(stream: EventStream, events: QuerySet[Event]) -> BrokenLink | None:
    previous, expected = GENESIS, 1
    for event in events.order_by("seq").iterator(chunk_size=2000):
        if event.seq != expected:
            return BrokenLink(stream.name, expected, f"event {expected} is missing")
        if event.hash != digest(previous, chained_row(stream.name, event)):
            return BrokenLink(stream.name, event.seq, "its hash does not match its content and the event before it")
        previous, expected = event.hash, expected + 1
    if stream.seq != expected - 1 or stream.head != previous:
        return BrokenLink(stream.name, expected, f"the log ends at {expected - 1}, its counter says {stream.seq}")
    return None


def verify_up_to_now(name: str) -> BrokenLink | None:
    """Verify one stream up to the number at which its counter stands, without a snapshot: later events do not matter.

    Whatever was recorded behind the counter's back is found by `verify_all`.
    """
    stream = EventStream.objects.filter(name=name).first()
    return _walk(stream, stream.events.filter(seq__lte=stream.seq)) if stream else None


def verify_all() -> Iterator[tuple[EventStream, BrokenLink | None]]:
    """Verify every stream in the order of its name; one transaction's snapshot is the caller's to open."""
    for stream in EventStream.objects.order_by("name"):
        yield stream, verify(stream)


# The entries that people may see now, for statements written by hand: none of a project that they lost, but for the
# one that says so, and none of an issue in the trash. {readable} is the rule that projects lends; {reached} narrows
# them to the projects that a token reaches.
_ENTRIES = """
FROM notifications_entry AS entry
LEFT JOIN projects_project AS project ON project.id = entry.project_id
LEFT JOIN issues_issue AS issue ON issue.id = entry.issue_id
WHERE {whose} AND issue.deleted_at IS NULL
    AND (entry.project_id IS NULL OR entry.kind = 'project_removed' OR ({readable})){reached}
"""
_REACHED = " AND (%(reached)s::bigint[] IS NULL OR entry.project_id = ANY(%(reached)s::bigint[]))"
# What is counted and listed: things, not entries. Ten changes of one issue are one thing.
THING = "entry.issue_id, CASE WHEN entry.issue_id IS NULL THEN entry.project_id END"
IN_INBOX = (
    "entry.in_inbox AND entry.done_at IS NULL AND (entry.snoozed_until IS NULL OR entry.snoozed_until <= %(now)s)"
)


def visible_entries() -> str:
    """Return FROM and WHERE of the entries that a person may see, whose `reader_values` go with it: all, also those put
    away."""
    return _ENTRIES.format(whose="entry.person_id = %(person)s", readable=hooks.lent.readable, reached=_REACHED)


def reader_values(person: "User") -> dict[str, Any]:
    """Return the values of `visible_entries` for a person: who they are, and which projects their token reaches."""
    reached = person.credential.projects if person.credential else None
    return {"person": person.pk, "reached": None if reached is None else sorted(reached)}


def unread_things(person: "User") -> int:
    """Return the same as `unread_count`, of what the person's token reaches."""
    query = f"SELECT COUNT(DISTINCT ({THING})) {visible_entries()} AND {IN_INBOX} AND entry.read_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(query, reader_values(person) | {"now": clock.now()})
        return int(cursor.fetchone()[0])


def unread_count(person_id: int) -> int:
    """Return how many things (issues; projects for what is about no issue) in the inbox have something unread."""
    return unread_counts([person_id])[person_id]


def unread_counts(person_ids: Collection[int]) -> dict[int, int]:
    """Return the same of several people: all that ever counts, in pages and over sockets (one statement)."""
    if not person_ids:
        return {}
    readable = hooks.lent.readable.replace("%(person)s", "entry.person_id")
    visible = _ENTRIES.format(whose="entry.person_id = ANY(%(people)s)", readable=readable, reached="")
    query = f"""
        SELECT entry.person_id, COUNT(DISTINCT ({THING})) {visible} AND {IN_INBOX} AND entry.read_at IS NULL
        GROUP BY entry.person_id
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"people": list(person_ids), "now": clock.now()})
        found = dict(cursor.fetchall())
    return {person_id: found.get(person_id, 0) for person_id in person_ids}
