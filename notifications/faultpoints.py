"""Places at which the fault tests let a worker die. Nothing happens at them unless PLUMBLINE_FAULT names one.

`mail.after_claim` dies whenever a process comes there, `mail.after_claim:3` when it comes there for the third time, so
that a pool whose children are replaced gets on. The names are `dispatch.` or `mail.` with one of POINTS, or `files.`
with `after_claim`, `before_mark` (all is stored, nothing written) or `after_mark`. Production refuses to start with the
variable set (config/checks.py).
"""

import os
import signal
from collections import Counter

from django.conf import settings

POINTS = ("before_claim", "after_claim", "mid_effect", "after_smtp", "before_mark", "after_mark")
_passed: Counter[str] = Counter()


def reach(point: str) -> None:
    """Pass a point, or die there by SIGKILL, as a lack of memory or power would have it: no clean-up runs."""
    if not settings.FAULT:
        return
    wanted, _colon, times = settings.FAULT.partition(":")
    if wanted == point:
        _passed[point] += 1
        if _passed[point] >= int(times or 1):
            os.kill(os.getpid(), signal.SIGKILL)
