"""Turns of scheduled jobs. Whoever inserts the row runs the job: two beats, or two workers, make one run."""

from collections.abc import Collection

from django.db import connection

from config import clock

_TAKE = """
INSERT INTO notifications_slot (job, slot, at)
SELECT %s, slot, %s FROM unnest(%s::text[]) AS wanted (slot) ORDER BY slot
ON CONFLICT (job, slot) DO NOTHING
RETURNING slot
"""


def take(job: str, slot: str) -> bool:
    """Take a job's turn; False where it was taken before. Within a transaction it is given back by a rollback.

    Another who wants the same turn meanwhile waits for that transaction to end.
    """
    return bool(take_all(job, [slot]))


def take_all(job: str, slots: Collection[str]) -> set[str]:
    """Take several turns of a job at once and return those that nobody had taken."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [job, clock.now(), sorted(set(slots))])
        return {slot for (slot,) in cursor.fetchall()}
