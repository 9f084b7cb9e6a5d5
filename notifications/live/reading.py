"""What the hub reads: one statement for each question, whatever the number of streams, people and sockets that wait.

Runs in the hub's own few threads, never in the event loop; each job gives its connection back to the pool.
"""

from collections.abc import Callable, Collection
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections
from psycopg_pool import PoolTimeout

from notifications import queries
from notifications.models import Event, EventStream

Params = ParamSpec("Params")
Result = TypeVar("Result")
# What a database that is away, full or busy raises; whoever asked tries again.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)


# What hello and a beat tell of an inbox is what its pages count.
unread_counts = queries.unread_counts


def in_a_thread(function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs) -> Result:
    """Run a job of the hub and give its database connection back."""
    try:
        return function(*args, **kwargs)
    finally:
        connections.close_all()


def events_after(stream: str, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events of a stream that follow `after`, in order, with their actors (one statement)."""
    events = Event.objects.filter(stream__name=stream, seq__gt=after).select_related("actor")
    return list(events.order_by("seq")[:limit])


def heads_of(streams: Collection[str]) -> dict[str, int]:
    """Return where streams stand, by name; one that nothing was written to yet is left out (one statement)."""
    if not streams:
        return {}
    return dict(EventStream.objects.filter(name__in=streams).values_list("name", "seq"))


def heads_and_unread(streams: Collection[str], person_ids: Collection[int]) -> tuple[dict[str, int], dict[int, int]]:
    """Return both: all that a beat tells (two statements)."""
    return heads_of(streams), unread_counts(person_ids)
