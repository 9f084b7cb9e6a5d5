"""The settings of this installation as every request reads them: from memory, at most a second old."""

import time
from dataclasses import dataclass

from accounts.enums import Registration
from accounts.models import InstanceSettings

FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Instance:
    """A copy of the one row of InstanceSettings; before an administrator saved any, its defaults."""

    registration: Registration = Registration.OPEN
    allowed_domains: tuple[str, ...] = ()
    require_two_factors: bool = False
    require_login: bool = False
    session_days: int = 14


class _Memory:
    known: Instance | None = None
    until: float = 0.0


def current() -> Instance:
    """Return the settings; one statement at most once a second in each process."""
    now = time.monotonic()
    if _Memory.known is None or now >= _Memory.until:
        _Memory.known, _Memory.until = _read(), now + FRESH_SECONDS
    return _Memory.known


def session_seconds() -> float:
    """Return how long a log-in lasts at most."""
    return current().session_days * 86_400.0


def forget() -> None:
    """Read anew at the next call. For the process that has just changed them."""
    _Memory.known = None


def _read() -> Instance:
    row = InstanceSettings.objects.first()
    if row is None:
        return Instance()
    return Instance(
        Registration(row.registration),
        tuple(row.allowed_domains),
        row.require_two_factors,
        row.require_login,
        row.session_days,
    )
