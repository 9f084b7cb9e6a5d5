"""The outbox of objects that are to go. The rows that named them are gone or purged; here the storage is told."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from config import clock
from config.errors import PermissionRefused
from files import storage
from files.models import ObjectDeletion
from notifications.live.publisher import wake_worker

log = logging.getLogger("plumbline.files")

CLEAN = "files.clean"
BATCH = 200
# Longer than a task may live, as for files that are checked.
LEASE = timedelta(seconds=90)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=6)
# With those pauses about three and a half days.
TRIES = 24
ERROR_LENGTH = 500


def delete_due() -> int:
    """Delete up to BATCH objects that are due; returns how many were claimed. Not from within a transaction.

    What the storage does not delete waits ever longer, and is given up after TRIES. Any number of processes may call it
    at once; an object is deleted twice where one of them died, which does no harm.
    """
    rows = _claim()
    if not rows:
        return 0
    try:
        storage.delete(row.key for row in rows)
    except storage.StorageAway as error:
        _put_off(rows, error)
    except storage.StorageError:
        # One of them is refused. It must not hold up the others.
        _delete_singly(rows)
    else:
        _forget(rows)
    return len(rows)


def retry_deletions(*, actor: User, rows: Iterable[ObjectDeletion]) -> int:
    """Have objects that were given up deleted after all; returns how many. Refuses all but site administrators."""
    if not actor.is_superuser:
        raise PermissionRefused(_("Only site administrators can have an object tried again."))
    ids = [row.pk for row in rows]
    again = {"attempts": 0, "died_at": None, "next_at": clock.now(), "last_error": ""}
    count = ObjectDeletion.objects.filter(pk__in=ids, died_at__isnull=False).update(**again)
    log.info("%s has %d objects tried again", actor.username, count)
    transaction.on_commit(lambda: wake_worker(CLEAN))
    return count


def _delete_singly(rows: list[ObjectDeletion]) -> None:
    for row in rows:
        try:
            storage.delete([row.key])
        except storage.StorageError as error:
            _put_off([row], error)
        else:
            _forget([row])


def _claim() -> list[ObjectDeletion]:
    now = clock.now()
    with transaction.atomic():
        due = ObjectDeletion.objects.filter(died_at=None, next_at__lte=now).order_by("next_at", "pk")
        rows = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        ObjectDeletion.objects.filter(pk__in=[row.pk for row in rows]).update(
            attempts=F("attempts") + 1, next_at=now + LEASE
        )
    for row in rows:
        row.attempts, row.next_at = row.attempts + 1, now + LEASE
    return rows


def _ours(rows: list[ObjectDeletion]) -> Q:
    """Return those that nobody has discarded anew, and no other worker has taken, since they were claimed."""
    return Q(pk__in=[row.pk for row in rows], next_at=rows[0].next_at)


def _forget(rows: list[ObjectDeletion]) -> None:
    ObjectDeletion.objects.filter(_ours(rows)).delete()


def _put_off(rows: list[ObjectDeletion], error: Exception) -> None:
    now, words = clock.now(), str(error)[:ERROR_LENGTH]
    log.warning("%d objects are not deleted yet: %s", len(rows), words)
    for row in rows:
        died_at = now if row.attempts >= TRIES else None
        next_at = now + pause_after(row.attempts)
        ObjectDeletion.objects.filter(_ours([row])).update(next_at=next_at, last_error=words, died_at=died_at)


def pause_after(attempts: int) -> timedelta:
    """Return how long an object waits after so many attempts: FIRST_PAUSE, doubling up to LONGEST_PAUSE."""
    return min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 24)), LONGEST_PAUSE)
