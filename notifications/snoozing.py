"""For how long a thing can be put away: an hour, this evening, tomorrow morning, next Monday, in the reader's zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from config import clock

MORNING, EVENING = time(9), time(18)
# An evening that begins within the hour is no later than an hour.
LAST_EVENING = time(17)
MONDAY = 7


@dataclass(frozen=True, slots=True)
class Wait:
    """One choice of the menu: its name in the form, in words, and when the thing comes back."""

    value: str
    label: str
    until: datetime

    @property
    def hint(self) -> str:
        """The moment in words."""
        return formats.date_format(timezone.localtime(self.until), "D H:i")


def waits() -> list[Wait]:
    """Return what the menu offers now."""
    now = timezone.localtime(clock.now())
    found = [Wait("hour", _("In an hour"), (now + timedelta(hours=1)).replace(second=0, microsecond=0))]
    if now.time() < LAST_EVENING:
        found.append(Wait("evening", _("This evening"), _on(now, 0, EVENING)))
    found.append(Wait("morning", _("Tomorrow morning"), _on(now, 1, MORNING)))
    found.append(Wait("monday", _("Next Monday"), _on(now, MONDAY - now.weekday(), MORNING)))
    return found


def moment_of(value: str) -> datetime | None:
    """Return when a choice of the menu ends; None for what it does not offer now."""
    return next((wait.until for wait in waits() if wait.value == value), None)


def _on(now: datetime, days: int, at: time) -> datetime:
    return datetime.combine(now.date() + timedelta(days=days), at, timezone.get_current_timezone())
