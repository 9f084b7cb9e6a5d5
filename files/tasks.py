"""Background work of the files app. PostgreSQL holds what is to be done; each task may run twice, be lost, or die."""

import logging
import time
from typing import Any

from celery import shared_task
from django.conf import settings

from config import clock
from files import storage
from files.services import sweeping
from files.services.checking import check_next, is_any_due
from files.services.deleting import delete_due
from notifications import slots
from notifications.solo import alone

log = logging.getLogger("plumbline.files")

# Together with one file that takes every timeout, below a task's soft limit (settings.CELERY_TASK_SOFT_TIME_LIMIT).
CHECKING_SECONDS = 15.0
# The advisory locks of looking at files begin with it.
CHECKERS = 7_212
# Well below the same limit: a batch of deletions, or a page of a listing, may take every timeout as well.
CLEANING_SECONDS = 15.0


@shared_task(name="files.check", bind=True)
def check(self: Any) -> int:
    """Look at the files that have arrived; returns how many. One process of a worker does so at a time.

    Whoever finds another one inside goes away, so that files hold up nothing else; that one looks again before it ends.
    """
    ends, count = time.monotonic() + CHECKING_SECONDS, 0
    while time.monotonic() < ends and is_any_due():
        with alone(CHECKERS, self.request.hostname or "") as is_alone:
            if not is_alone:
                break
            while time.monotonic() < ends and check_next():
                count += 1
    return count


@shared_task(name="files.clean")
def clean() -> int:
    """Have the storage delete what is due; returns how many objects. Several processes may do so at a time."""
    ends, count = time.monotonic() + CLEANING_SECONDS, 0
    while time.monotonic() < ends and (done := delete_due()):
        count += done
    return count


@shared_task(name="files.sweep")
def sweep() -> int:
    """Forget what was abandoned and purge what was removed long ago, every hour; returns how many files."""
    ends = time.monotonic() + CLEANING_SECONDS
    sweeping.remove_folders()
    sweeps = (sweeping.forget_abandoned, sweeping.purge_removed, sweeping.purge_deleted_projects)
    return sum(sweep_them(ends) for sweep_them in sweeps)


@shared_task(name="files.sweep_incoming")
def sweep_incoming() -> int:
    """Once a day, have deleted what lies in `incoming/` and nobody waits for; returns how many objects.

    Where the storage is away just then, the next day's run does it all.
    """
    if not settings.S3_BUCKET or not slots.take("files.sweep_incoming", clock.now().date().isoformat()):
        return 0
    try:
        return sweeping.discard_stray(time.monotonic() + CLEANING_SECONDS)
    except storage.StorageError as error:
        log.warning("incoming was not swept: %s", error)
        return 0
