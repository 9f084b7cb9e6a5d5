"""Work that one process of a worker does at a time, so that the others stay free for the rest."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(family: int, worker: str) -> Iterator[bool]:
    """Say whether no other process of this worker is inside; PostgreSQL forgets one that dies.

    `family` is the number that the advisory locks of one kind of work begin with. Not from within a transaction.
    """
    place = [family, zlib.crc32(worker.encode()) - 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", place)
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s::int, %s::int)", place)
