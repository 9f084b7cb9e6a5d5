"""Whether a person's quiet hours hold their mail back right now, for the inbox to say so."""

from typing import TYPE_CHECKING

from config import clock
from notifications.preferences import mail_settings_of
from notifications.schedule import mail_moment, zone_of
from notifications.sentences import clock_time

if TYPE_CHECKING:
    from accounts.models import User


def quiet_until(person: "User") -> str:
    """Return the time at which mail may reach the person again; empty where it may now (one statement)."""
    now = clock.now()
    free = mail_moment(mail_settings_of([person.pk])[person.pk], zone_of(person.time_zone), now)
    return clock_time(free) if free > now else ""
