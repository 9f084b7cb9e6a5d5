"""Writing the event log. Nothing else writes it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from config import clock
from notifications import hooks
from notifications.chain import chained_row, digest
from notifications.live.publisher import announce
from notifications.models import Event, EventStream

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, kw_only=True)
class Record:
    """What an event says, before the log gives it a number and a hash."""

    kind: str
    actor: "User | None"
    subject: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def record(stream: str, *, kind: str, actor: "User | None", subject: str = "", data: Mapping[str, Any]) -> Event:
    """Append one event. Call it last in the transaction of the change: it holds the stream's row lock until commit.

    Raises RuntimeError outside a transaction, because an event without its change, or the reverse, must not exist.
    """
    return record_all(stream, [Record(kind=kind, actor=actor, subject=subject, data=data)])[0]


# Written by hand: as three statements of the ORM's these took a third of every write.
_LOCK = "SELECT id, name, seq, head FROM notifications_eventstream WHERE name = %s FOR UPDATE"
_WRITE = """
WITH moved AS (
    UPDATE notifications_eventstream SET seq = %(seq)s, head = %(head)s WHERE id = %(stream)s
), written AS (
    INSERT INTO notifications_event (stream_id, seq, kind, actor_id, subject, data, at, hash)
    SELECT %(stream)s, * FROM unnest(%(seqs)s::bigint[], %(kinds)s::text[], %(actors)s::bigint[], %(subjects)s::text[],
        %(data)s::jsonb[], %(times)s::timestamptz[], %(hashes)s::text[])
    RETURNING id, seq, at
), told AS (
    INSERT INTO notifications_outbox (event_id, attempts, next_at, last_error)
    SELECT id, 0, at, '' FROM written WHERE seq = ANY(%(told)s::bigint[])
)
SELECT seq, id FROM written
"""


def record_all(stream: str, records: Sequence[Record], moments: Sequence[datetime] | None = None) -> list[Event]:
    """Append several events of one stream in their order, with two statements whatever their number.

    `moments` gives each its time (for imports and demo data); otherwise all carry the present one. What happened long
    ago is told to nobody: such events reach neither the outbox nor the pages that are open.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event is recorded in the transaction of its change.")
    head = _lock_stream(stream)
    events = [
        _chained(head, entry, moments[position] if moments else clock.now()) for position, entry in enumerate(records)
    ]
    if not events:
        return []
    told = [] if moments else [event.seq for event in events if event.kind in hooks.audiences]
    _write(head, events, told)
    if not moments:
        announce(stream, events, wake=bool(told))
    return events


def _chained(head: EventStream, entry: Record, moment: datetime) -> Event:
    """Return the stream's next event, and move its head there."""
    data = json.loads(json.dumps(dict(entry.data), cls=DjangoJSONEncoder))
    head.seq += 1
    event = Event(stream=head, seq=head.seq, kind=entry.kind, actor=entry.actor, subject=entry.subject, data=data)
    event.at = moment
    event.hash = head.head = digest(head.head, chained_row(head.name, event))
    return event


def _write(head: EventStream, events: Sequence[Event], told: Sequence[int]) -> None:
    """Write events and their stream's head, and put those of which somebody may have to be `told` into the outbox."""
    values: dict[str, Any] = {
        "stream": head.pk,
        "seq": head.seq,
        "head": head.head,
        "seqs": [event.seq for event in events],
        "kinds": [event.kind for event in events],
        "actors": [event.actor_id for event in events],
        "subjects": [event.subject for event in events],
        "data": [json.dumps(event.data) for event in events],
        "times": [event.at for event in events],
        "hashes": [event.hash for event in events],
        "told": list(told),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        ids = dict(cursor.fetchall())
    for event in events:
        event.pk = ids[event.seq]
        event._state.adding = False  # noqa: SLF001 (as Django marks what it has written)


def _lock_stream(name: str) -> EventStream:
    """Return the stream's row under its lock, made by whoever comes first."""
    found = _locked(name)
    if found is None:
        with transaction.atomic():
            EventStream.objects.bulk_create([EventStream(name=name)], ignore_conflicts=True)
        found = _locked(name)
    if found is None:
        raise RuntimeError(f"The stream {name} has vanished.")
    return found


def _locked(name: str) -> EventStream | None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [name])
        row = cursor.fetchone()
    return EventStream(*row) if row else None
