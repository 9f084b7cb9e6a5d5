"""When mail may reach a person: zones, clocks that jump, quiet hours over midnight, days off, digests."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.enums import DigestRhythm
from notifications.models import MailSettings
from notifications.schedule import COALESCE, digest_moment, is_quiet, mail_moment, zone_of

BERLIN, KOLKATA, APIA = "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"
WEEK = [0, 1, 2, 3, 4]
# Clocks that jump by an hour, by half an hour, at midnight, over a whole day, and never.
ZONES = [
    *("UTC", BERLIN, KOLKATA, APIA, "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"),
    *("America/Sao_Paulo", "Pacific/Chatham", "Africa/Casablanca"),
]


def rules(quiet=None, days=(0, 1, 2, 3, 4, 5, 6), **fields):
    quiet_from, quiet_until = (time.fromisoformat(word) for word in quiet.split("–")) if quiet else (None, None)
    return MailSettings(quiet_from=quiet_from, quiet_until=quiet_until, working_days=list(days), **fields)


def local(zone, text):
    """Return the moment of a time on the wall, such as 2026-03-27 23:00; a final * is its second pass."""
    fold = int(text.endswith("*"))
    return datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("zone", "quiet", "days", "earliest", "expected"),
    [
        ("UTC", None, range(7), "2026-03-27 23:00", "2026-03-27 23:00"),
        (BERLIN, "22:00–07:00", range(7), "2026-11-20 21:59", "2026-11-20 21:59"),
        (BERLIN, "22:00–07:00", range(7), "2026-11-20 22:00", "2026-11-21 07:00"),
        (BERLIN, "22:00–07:00", range(7), "2026-11-21 00:30", "2026-11-21 07:00"),
        (BERLIN, "22:00–07:00", range(7), "2026-11-21 07:00", "2026-11-21 07:00"),
        (BERLIN, "12:00–13:00", range(7), "2026-11-20 12:15", "2026-11-20 13:00"),
        (BERLIN, None, WEEK, "2026-11-21 10:00", "2026-11-23 00:00"),
        (BERLIN, "22:00–07:00", WEEK, "2026-11-20 23:00", "2026-11-23 07:00"),
        (BERLIN, "22:00–07:00", WEEK, "2026-11-22 12:00", "2026-11-23 07:00"),
        (BERLIN, "00:00–23:59", [0], "2026-11-24 12:00", "2026-11-30 23:59"),
        # The clock jumps from 02:00 to 03:00: quiet hours until 02:30 end with the jump.
        (BERLIN, "22:00–02:30", range(7), "2026-03-29 01:00", "2026-03-29 03:00"),
        (BERLIN, "22:00–07:00", range(7), "2026-03-28 23:00", "2026-03-29 07:00"),
        # It goes back from 03:00 to 02:00: the first 02:30 ends them, and the second pass of 02:10 is quiet again.
        (BERLIN, "22:00–02:30", range(7), "2026-10-25 01:00", "2026-10-25 02:30"),
        (BERLIN, "22:00–02:30", range(7), "2026-10-25 02:10*", "2026-10-25 02:30*"),
        # Midnight that does not exist (Beirut jumps at 00:00), and a Friday that did not (Apia, 2011).
        ("Asia/Beirut", None, [6], "2026-03-28 12:00", "2026-03-29 01:00"),
        (APIA, None, [5], "2011-12-29 12:00", "2011-12-31 00:00"),
    ],
)
def test_mail_moment(zone, quiet, days, earliest, expected):
    found = mail_moment(rules(quiet, days), ZoneInfo(zone), local(zone, earliest))

    assert found == local(zone, expected).astimezone(UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "fields", "after", "expected"),
    [
        (BERLIN, {}, "2026-11-20 07:59", "2026-11-20 08:00"),
        (BERLIN, {}, "2026-11-20 08:00", "2026-11-21 08:00"),
        (BERLIN, {"days": WEEK}, "2026-11-20 09:00", "2026-11-23 08:00"),
        (BERLIN, {"digest": DigestRhythm.WEEKLY, "digest_day": 2}, "2026-11-20 09:00", "2026-11-25 08:00"),
        (BERLIN, {"digest": DigestRhythm.WEEKLY, "digest_day": 4}, "2026-11-20 08:00", "2026-11-27 08:00"),
        (BERLIN, {"quiet": "20:00–09:00"}, "2026-11-20 07:00", "2026-11-20 09:00"),
        (
            BERLIN,
            {"days": WEEK, "digest": DigestRhythm.WEEKLY, "digest_day": 6},
            "2026-11-20 09:00",
            "2026-11-23 00:00",
        ),
        (BERLIN, {"digest_at": time(2, 30)}, "2026-03-28 12:00", "2026-03-29 03:00"),
        (BERLIN, {"digest_at": time(2, 30)}, "2026-10-25 02:45", "2026-10-26 02:30"),
        (KOLKATA, {"digest_at": time(0, 0)}, "2026-11-20 00:00", "2026-11-21 00:00"),
    ],
)
def test_digest_moment(zone, fields, after, expected):
    found = digest_moment(rules(**fields), ZoneInfo(zone), local(zone, after))

    assert found == local(zone, expected).astimezone(UTC)


def test_no_digest_has_no_moment():
    assert digest_moment(rules(digest=DigestRhythm.OFF), ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC)) is None


def allowed(settings, zone, moment):
    """Say by the plain rule whether a mail may arrive now."""
    here = moment.astimezone(zone)
    return here.weekday() in settings.working_days and not is_quiet(settings, here.time())


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45, 59]))
MOMENTS = st.integers(0, 4 * 365 * 24 * 60).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
# The hours around every jump of Berlin's and Lord Howe's clock are rare in a draw of their own.
JUMPS = st.sampled_from(["2026-03-29 01:00", "2026-10-25 01:00", "2026-04-04 15:00", "2026-10-03 15:30"]).flatmap(
    lambda text: st.integers(-180, 180).map(
        lambda minutes: datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(minutes=minutes)
    )
)


@given(
    zone=st.sampled_from(ZONES),
    quiet=st.none() | st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1]),
    days=st.sets(st.integers(0, 6), min_size=1),
    earliest=MOMENTS | JUMPS,
)
@example(zone=BERLIN, quiet=(time(1), time(2, 30)), days={6}, earliest=datetime(2026, 10, 25, 0, 40, tzinfo=UTC))
def test_mail_comes_at_the_first_moment_that_is_allowed(zone, quiet, days, earliest):
    place = ZoneInfo(zone)
    settings = MailSettings(working_days=sorted(days))
    settings.quiet_from, settings.quiet_until = quiet or (None, None)

    found = mail_moment(settings, place, earliest)

    assert found >= earliest
    assert allowed(settings, place, found)
    step = timedelta(minutes=1) if found - earliest < timedelta(hours=12) else timedelta(minutes=14)
    checked = [earliest + step * number for number in range((found - earliest) // step + 1)]
    assert not any(allowed(settings, place, moment) for moment in checked if moment < found)
    assert found == earliest or not allowed(settings, place, found - timedelta(seconds=1))


@given(
    zone=st.sampled_from(ZONES),
    rhythm=st.sampled_from([DigestRhythm.DAILY, DigestRhythm.WEEKLY]),
    at=TIMES,
    day=st.integers(0, 6),
    days=st.sets(st.integers(0, 6), min_size=1),
    after=MOMENTS,
)
def test_a_digest_comes_within_its_rhythm_and_when_mail_may(zone, rhythm, at, day, days, after):
    settings = MailSettings(digest=rhythm, digest_at=at, digest_day=day, working_days=sorted(days))

    found = digest_moment(settings, ZoneInfo(zone), after)

    assert after < found <= after + timedelta(days=15)
    assert allowed(settings, ZoneInfo(zone), found)


def test_an_unknown_zone_is_utc():
    assert zone_of("Europe/Berlin") == ZoneInfo(BERLIN)
    assert zone_of("Mars/Olympus") == zone_of("") == zone_of("../etc/passwd") == ZoneInfo("UTC")


def test_changes_of_two_minutes_make_one_mail():
    assert timedelta(minutes=2) == COALESCE
