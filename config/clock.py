"""The time that services write. One place, so that demo data and tests can be told in the past through the services."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """Return the aware time in UTC: the real one, or the one that `at` set for the current context."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let services called inside believe that it is `moment`. For seeding and tests only; never in a request."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
