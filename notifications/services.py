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
from notifications.models import Event, EventStream, Outbox

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


def record_all(stream: str, records: Sequence[Record], moments: Sequence[datetime] | None = None) -> list[Event]:
    """Append several events of one stream in their order, with four statements whatever their number.

    `moments` gives each its time (for imports and demo data); otherwise all carry the present one. What happened long
    ago is told to nobody: such events reach neither the outbox nor the pages that are open.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event is recorded in the transaction of its change.")
    head = _lock_stream(stream)
    events = []
    for position, entry in enumerate(records):
        data = json.loads(json.dumps(dict(entry.data), cls=DjangoJSONEncoder))
        event = Event(stream=head, kind=entry.kind, actor=entry.actor, subject=entry.subject, data=data)
        event.at = moments[position] if moments else clock.now()
        head.seq += 1
        event.seq = head.seq
        event.hash = head.head = digest(head.head, chained_row(stream, event))
        events.append(event)
    Event.objects.bulk_create(events, batch_size=1000)
    if events:
        head.save(update_fields=["seq", "head"])
    if events and not moments:
        _send_on(stream, events)
    return events


def _send_on(stream: str, events: Sequence[Event]) -> None:
    """Put what somebody may have to be told of into the outbox, and wake whoever waits for it after the commit."""
    told = [Outbox(event=event, next_at=event.at) for event in events if event.kind in hooks.audiences]
    if told:
        Outbox.objects.bulk_create(told)
    announce(stream, events, wake=bool(told))


def _lock_stream(name: str) -> EventStream:
    """Return the stream's row under its lock, made by whoever comes first."""
    locked = EventStream.objects.select_for_update(of=("self",))
    found = locked.filter(name=name).first()
    if found is None:
        with transaction.atomic():
            EventStream.objects.bulk_create([EventStream(name=name)], ignore_conflicts=True)
        found = locked.get(name=name)
    return found
