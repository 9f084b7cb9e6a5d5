"""What settings would have meant: told again by the rules of the ledger, on paper."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.enums import DigestRhythm, NoticeKind
from notifications.ledger import BURST
from notifications.models import MailSettings
from notifications.preferences import Ways
from notifications.preview import Mails, News, replay
from notifications.schedule import COALESCE

# A Monday.
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
NOW, IN_DIGEST, IN_INBOX = Ways(True, True, False), Ways(True, False, True), Ways(True, False, False)


def news(after=timedelta(0), topic="issue:1", project=1, kind=NoticeKind.COMMENTED):
    return News(NOON + after, kind, project, topic)


def by(ways):
    return lambda _project, _kind: ways


def settings(**fields):
    return MailSettings(**fields)


def test_nothing_happened():
    assert replay([], by(NOW), settings(), ZONE) == Mails(0, 0)


def test_what_stands_in_the_inbox_alone_sends_nothing():
    assert replay([news()], by(IN_INBOX), settings(), ZONE) == Mails(0, 0)


@pytest.mark.parametrize(
    ("gap", "mails"), [(COALESCE - timedelta(seconds=1), 1), (COALESCE, 2), (timedelta(hours=1), 2)]
)
def test_what_happens_to_one_issue_soon_after_joins_its_mail(gap, mails):
    assert replay([news(), news(gap)], by(NOW), settings(), ZONE).at_once == mails


def test_two_issues_are_two_mails_in_whatever_order_they_are_read():
    found = [news(), news(timedelta(seconds=5), topic="issue:2"), news(timedelta(seconds=9))]

    assert replay(found, by(NOW), settings(), ZONE) == replay(found[::-1], by(NOW), settings(), ZONE) == Mails(2, 0)


def test_a_burst_becomes_one_mail_of_the_project():
    many = [news(timedelta(seconds=number), topic=f"issue:{number}") for number in range(BURST + 5)]

    assert replay(many, by(NOW), settings(), ZONE).at_once == BURST + 1


def test_quiet_hours_gather_a_night_into_one_mail():
    night = settings(quiet_from=time(18), quiet_until=time(8))
    found = [news(timedelta(hours=hours)) for hours in (7, 9, 13, 18)]

    assert replay(found, by(NOW), night, ZONE).at_once == 1
    assert replay(found, by(NOW), settings(), ZONE).at_once == 4


def test_a_digest_counts_once_for_each_of_its_hours():
    days = [news(timedelta(hours=hours)) for hours in (0, 1, 2, 24, 25, 48)]

    assert replay(days, by(IN_DIGEST), settings(digest=DigestRhythm.DAILY), ZONE) == Mails(0, 3)
    assert replay(days, by(IN_DIGEST), settings(digest=DigestRhythm.WEEKLY), ZONE) == Mails(0, 1)
    assert replay(days, by(IN_DIGEST), settings(digest=DigestRhythm.OFF), ZONE) == Mails(0, 0)


def test_ways_are_asked_for_project_and_kind():
    asked = []

    def ways(project, kind):
        asked.append((project, kind))
        return NOW if project == 2 else IN_DIGEST

    mails = replay([news(), news(project=2, kind=NoticeKind.MENTIONED)], ways, settings(), ZONE)

    assert asked == [(1, NoticeKind.COMMENTED), (2, NoticeKind.MENTIONED)]
    assert (mails, mails.total) == (Mails(1, 1), 2)
