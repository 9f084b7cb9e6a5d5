"""Former members: what the log of events calls people who deleted their account, so that pages need not.

Events are never rewritten, and some hold a name as text. Whoever shows one asks here first.
"""

import time

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User

# Kept as a person's name, so that whatever reads names as they are stored says the same.
NAME = "Former member"
FRESH_SECONDS = 60.0


class _Memory:
    names: frozenset[str] = frozenset()
    until: float = 0.0


def told(name: str) -> str:
    """Return a name of the log as it is shown: "Former member" for one that only people bore who are gone."""
    return _(NAME) if name in _names() else name


def forget() -> None:
    """Read anew at the next call. For the process in which somebody has just gone; others do so within a minute."""
    _Memory.until = 0.0


def _names() -> frozenset[str]:
    """Return all names and addresses of former members that nobody has who is here (mostly no statement)."""
    now = time.monotonic()
    if now >= _Memory.until:
        _Memory.names, _Memory.until = _read(), now + FRESH_SECONDS
    return _Memory.names


def _read() -> frozenset[str]:
    gone = User.objects.filter(left_at__isnull=False).values("pk")
    rows = User.history.filter(id__in=gone).values_list("username", "display_name", "email").distinct()
    names = {name for row in rows for name in row if name}
    if not names:
        return frozenset()
    here = User.objects.filter(Q(username__in=names) | Q(display_name__in=names), left_at=None)
    taken = {name for row in here.values_list("username", "display_name") for name in row}
    return frozenset(names - taken)
