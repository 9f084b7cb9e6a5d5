"""Background work of the files app. PostgreSQL holds what is to be done; each task may run twice, be lost, or die."""

import time
from typing import Any

from celery import shared_task

from files.services.checking import check_next, is_any_due
from notifications.solo import alone

# Together with one file that takes every timeout, below a task's soft limit (settings.CELERY_TASK_SOFT_TIME_LIMIT).
CHECKING_SECONDS = 15.0
# The advisory locks of looking at files begin with it.
CHECKERS = 7_212


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
