"""What must be true at the end: everything that was acknowledged is stored once, and told once to whom it concerns."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.faults.fill import PEOPLE
from tests.faults.load import Browser
from tests.faults.site import Site, wait_until

STORED = """
SELECT message.body, message.author_id
FROM chat_message AS message JOIN chat_thread AS thread ON thread.id = message.thread_id
WHERE thread.issue_id = %s
"""
ENTRIES = """
SELECT entry.event_id, entry.person_id FROM notifications_entry AS entry
JOIN notifications_event AS event ON event.id = entry.event_id WHERE event.kind = 'message.posted'
"""


@dataclass(frozen=True)
class Verdict:
    """How many things are missing, and how many are there more often than they should be."""

    lost: int
    doubled: int


NOTHING_WRONG = Verdict(0, 0)


def messages(site: Site, facts: dict[str, Any], browsers: list[Browser]) -> Verdict:
    """Compare what browsers were told was sent with the messages of the first issue."""
    stored = Counter(body for body, _author in site.rows(STORED, facts["issue"]))
    told = set().union(*(browser.acknowledged for browser in browsers))
    return Verdict(len(told - stored.keys()), sum(times - 1 for times in stored.values()))


def inbox(site: Site, facts: dict[str, Any]) -> Verdict:
    """Compare the entries with the messages of the first issue: everyone but the author has one for each."""
    expected = len(site.rows(STORED, facts["issue"])) * (PEOPLE - 1)
    entries = Counter(site.rows(ENTRIES))
    return Verdict(max(0, expected - len(entries)), sum(times - 1 for times in entries.values()))


def settled(site: Site, seconds: float = 60) -> float:
    """Wait until every event is decided, with workers that ended started again; return how long that took."""
    left = "SELECT COUNT(*) FROM notifications_outbox WHERE died_at IS NULL"

    def is_done() -> bool:
        site.tend()
        return bool(site.value(left) == 0)

    return wait_until(is_done, seconds, what="deciding every event")


def mailed(site: Site, seconds: float = 60) -> float:
    """Wait until no mail waits; return how long that took."""
    left = "SELECT COUNT(*) FROM notifications_delivery WHERE state = 'waiting' AND channel = 'email'"
    return wait_until(lambda: site.value(left) == 0, seconds, what="sending every mail")


def errors(browsers: list[Browser]) -> list[int]:
    """Return the statuses of 500 and more that browsers were answered."""
    return [call.status for browser in browsers for call in browser.calls if call.status >= 500]


def unanswered(browsers: list[Browser]) -> int:
    """Return the number of requests whose connection broke."""
    return sum(call.status == 0 for browser in browsers for call in browser.calls)
