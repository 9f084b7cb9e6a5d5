"""What settings would have meant: a person's news of some days told again by the rules of the ledger, to nobody.

Pure: the same news, ways and times of mail always give the same answer, and nothing is read or written. The rules are
those by which notifications.ledger makes mails: one for each topic while it waits, one of a project in a burst, one
digest for each of its hours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notifications.enums import NoticeKind
from notifications.ledger import BURST
from notifications.models import MailSettings
from notifications.preferences import Ways
from notifications.schedule import COALESCE, digest_moment, mail_moment

WaysOf = Callable[[int | None, NoticeKind], Ways]


@dataclass(frozen=True, slots=True)
class News:
    """One entry of the past: when, of what kind, in which project, and by which topic its mails are threaded."""

    at: datetime
    kind: NoticeKind
    project_id: int | None
    topic: str


@dataclass(frozen=True, slots=True)
class Mails:
    """How many mails would have been sent at once, and how many digests."""

    at_once: int = 0
    digests: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.at_once + self.digests


def replay(news: Iterable[News], ways_of: WaysOf, settings: MailSettings, zone: ZoneInfo) -> Mails:
    """Return the mails that the news would have made."""
    waiting: dict[tuple[int | None, str], datetime] = {}
    digests: set[datetime] = set()
    at_once = 0
    for one in sorted(news, key=lambda one: one.at):
        ways = ways_of(one.project_id, one.kind)
        if ways.digest and (moment := digest_moment(settings, zone, one.at)):
            digests.add(moment)
        if not ways.email:
            continue
        waiting = {place: moment for place, moment in waiting.items() if moment > one.at}
        place = (one.project_id, _topic(one, waiting))
        if place not in waiting:
            waiting[place] = mail_moment(settings, zone, one.at + COALESCE)
            at_once += 1
    return Mails(at_once, len(digests))


def _topic(one: News, waiting: dict[tuple[int | None, str], datetime]) -> str:
    """Return the topic of its mail: its own, or the project's where too many mails of it wait already."""
    topics = {topic for project, topic in waiting if project == one.project_id} | {one.topic}
    return f"project:{one.project_id}" if len(topics) > BURST else one.topic
