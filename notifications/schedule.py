"""When mail may reach a person: outside of their quiet hours, on their working days, and at the hour of their digest.

All times are of the person's own zone. Where the clock jumps forward over a time, the moment of the jump stands for it;
where an hour comes twice, its first pass does unless that is over.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings as config

from notifications.enums import DigestRhythm
from notifications.models import MailSettings

# Changes to one issue within this time make one mail.
COALESCE = timedelta(seconds=config.MAIL_GATHER_SECONDS)
MIDNIGHT = time(0)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of this name; UTC where the zone database has lost it."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return ZoneInfo("UTC")


def mail_moment(settings: MailSettings, zone: ZoneInfo, earliest: datetime) -> datetime:
    """Return the first moment from `earliest` on, in UTC, at which a mail may reach the person."""
    moment = earliest.astimezone(UTC)
    # Each turn either ends or goes forward to the end of a quiet stretch or of a day off; two weeks hold no more.
    for _turn in range(30):
        local = moment.astimezone(zone)
        if local.weekday() not in (settings.working_days or range(7)):
            moment = _at(local.date() + DAY, MIDNIGHT, zone, moment)
        elif is_quiet(settings, local.time()):
            moment = _end_of_quiet(settings, zone, moment)
        else:
            break
    return moment


def digest_moment(settings: MailSettings, zone: ZoneInfo, after: datetime) -> datetime | None:
    """Return when the next digest after `after` is sent, in UTC; None for a person who wants none.

    A daily one is sent on working days, a weekly one on its day. Where its hour is quiet, or its day is off, it waits
    like any other mail.
    """
    if settings.digest == DigestRhythm.OFF:
        return None
    today = after.astimezone(zone).date()
    for ahead in range(9):
        day = today + ahead * DAY
        if not _has_digest(settings, day):
            continue
        moment = _instant(day, settings.digest_at, zone)
        if moment > after:
            return mail_moment(settings, zone, moment)
    return mail_moment(settings, zone, after + DAY)


def is_quiet(settings: MailSettings, at: time) -> bool:
    """Say whether a time of day lies in the quiet hours; their end does not. They may go over midnight."""
    if settings.quiet_from is None or settings.quiet_until is None:
        return False
    if settings.quiet_from < settings.quiet_until:
        return settings.quiet_from <= at < settings.quiet_until
    return at >= settings.quiet_from or at < settings.quiet_until


def _has_digest(settings: MailSettings, day: date) -> bool:
    if settings.digest == DigestRhythm.WEEKLY:
        return day.weekday() == settings.digest_day
    return day.weekday() in (settings.working_days or range(7))


def _end_of_quiet(settings: MailSettings, zone: ZoneInfo, moment: datetime) -> datetime:
    assert settings.quiet_until is not None
    local = moment.astimezone(zone)
    ends_today = local.time() < settings.quiet_until
    return _at(local.date() if ends_today else local.date() + DAY, settings.quiet_until, zone, moment)


def _at(day: date, clock: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment after `after` that the wall clock calls so; the second pass of an hour counts too."""
    first = _instant(day, clock, zone)
    return first if first > after else datetime.combine(day, clock, zone).replace(fold=1).astimezone(UTC)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the first moment that the wall clock calls so, or the one at which it jumps over that time."""
    wanted = datetime.combine(day, clock)
    moment = wanted.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wanted:
        return moment
    moment = moment.replace(second=0, microsecond=0)
    while (moment - MINUTE).astimezone(zone).replace(tzinfo=None) >= wanted:
        moment -= MINUTE
    return moment
