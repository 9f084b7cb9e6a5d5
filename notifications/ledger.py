"""Writing entries and the mails that carry them, with as many statements for one person as for a thousand."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count

from config import clock
from notifications import hooks
from notifications.enums import Channel, DeliveryState, Held, NoticeKind, Reason
from notifications.faultpoints import reach
from notifications.hooks import About
from notifications.live.publisher import person_group, publish_on_commit
from notifications.models import Delivery, Event, MailSettings
from notifications.preferences import Choices, mail_settings_of
from notifications.schedule import COALESCE, digest_moment, mail_moment, zone_of

# Mail that is older helps nobody; it stands in the inbox.
MAIL_WITHIN = timedelta(hours=72)
# A person who would get more mails than this at once, of one project, gets one of all of them.
BURST = 10
DIGEST_TOPIC = "digest"


@dataclass(frozen=True, slots=True)
class Why:
    """As what and for which reasons, the strongest first, a person is told."""

    kind: NoticeKind
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who is told of an event, as far as its rule says; who may read it is found when it is written."""

    event: Event
    about: About
    told: dict[int, Why]

    @property
    def topic(self) -> str:
        """What its mails are threaded by."""
        if self.about.issue_id:
            return f"issue:{self.about.issue_id}"
        place = "room" if self.event.kind.startswith("message.") else "project"
        return f"{place}:{self.about.project_id}" if self.about.project_id else self.event.stream.name


@dataclass(frozen=True, slots=True)
class Line:
    """One entry to be written, and when it is mailed by each way."""

    decision: Decision
    person_id: int
    why: Why
    in_inbox: bool
    held: str
    email_at: datetime | None
    digest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mail that an entry joins, or begins."""

    person_id: int
    channel: Channel
    topic: str


def write(decisions: Sequence[Decision]) -> int:
    """Write the entries of those who may read, and their mails; after the commit tell their open pages.

    Returns how many entries are new. A person who has an entry of the event already is told nothing again.
    """
    lines = _lines(decisions)
    if not lines:
        return 0
    entries = _insert_entries(lines)
    reach("dispatch.mid_effect")
    lines = [line for line in lines if (line.decision.event.pk, line.person_id) in entries]
    _join_mails(lines, entries)
    # Foreign keys wait for the commit otherwise, where one wrong event would take all others with it.
    connection.check_constraints()
    for person in sorted({line.person_id for line in lines if line.in_inbox}):
        publish_on_commit(person_group(person), {"type": "inbox.changed"})
    return len(entries)


def readers_of(decisions: Sequence[Decision]) -> dict[int | None, set[int]]:
    """Return for each project those of the people told who may read it now (two statements for each project)."""
    ordered = sorted((d for d in decisions if d.about.project_id), key=lambda d: d.about.project_id or 0)
    return {
        project: hooks.lent.readers(project, {person for decision in group for person in decision.told})
        for project, group in groupby(ordered, key=lambda d: d.about.project_id)
        if project
    }


class _Reach:
    """By which ways and when each person can be reached: what four statements say about all of them."""

    def __init__(self, people: Collection[int], projects: Collection[int | None]) -> None:
        rows = get_user_model().objects.filter(pk__in=people, is_active=True)
        self.zones = dict(rows.values_list("pk", "time_zone"))
        self.choices = Choices(people, projects)
        self.settings = mail_settings_of(people)
        self.now = clock.now()
        self._moments: dict[int, tuple[datetime, datetime | None]] = {}

    def moments(self, person: int) -> tuple[datetime, datetime | None]:
        """Return when a mail that is begun now, and the next digest, may reach the person."""
        if person not in self._moments:
            chosen: MailSettings = self.settings[person]
            zone = zone_of(self.zones[person])
            self._moments[person] = (
                mail_moment(chosen, zone, self.now + COALESCE),
                digest_moment(chosen, zone, self.now),
            )
        return self._moments[person]


def _lines(decisions: Sequence[Decision]) -> list[Line]:
    people = {person for decision in decisions for person in decision.told}
    if not people:
        return []
    readers = readers_of(decisions)
    reached = _Reach(people, {decision.about.project_id for decision in decisions})
    found = (
        _line(decision, person, why, reached)
        for decision in sorted(decisions, key=lambda decision: decision.event.pk)
        for person, why in sorted(decision.told.items())
        if person in reached.zones and _may_be_told(decision, person, why, readers)
    )
    return [line for line in found if line]


def _may_be_told(decision: Decision, person: int, why: Why, readers: dict[int | None, set[int]]) -> bool:
    """Say whether the person may read what they are told of; their removal is told to who may not read any more."""
    if decision.about.project_id is None or why.kind == NoticeKind.PROJECT_REMOVED:
        return True
    return person in readers[decision.about.project_id]


def _line(decision: Decision, person: int, why: Why, reached: _Reach) -> Line | None:
    """Return the entry, or None where the person wants to hear of it by no way."""
    ways = reached.choices.ways(person, decision.about.project_id, why.kind)
    is_late = decision.event.at < reached.now - MAIL_WITHIN
    mail, digest = reached.moments(person)
    email_at = mail if ways.email and not is_late else None
    digest_at = digest if ways.digest and not is_late else None
    if not (ways.inbox or email_at or digest_at):
        return None
    held = ""
    if email_at is None:
        wanted = ways.email or ways.digest
        held = Held.DIGEST if digest_at else Held.LATE if wanted and is_late else Held.PREFERENCE
    elif email_at > reached.now + COALESCE:
        held = Held.QUIET
    return Line(decision, person, why, ways.inbox, held, email_at, digest_at)


_INSERT_ENTRIES = """
INSERT INTO notifications_entry (event_id, person_id, kind, reasons, project_id, issue_id, in_inbox, held, at)
SELECT event, person, kind, string_to_array(reasons, ','), project, issue, in_inbox, held, at
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[],
    %s::timestamptz[]) AS line (event, person, kind, reasons, project, issue, in_inbox, held, at)
ORDER BY event, person
ON CONFLICT (event_id, person_id) DO NOTHING
RETURNING event_id, person_id, id
"""


def _insert_entries(lines: Sequence[Line]) -> dict[tuple[int, int], int]:
    """Insert what is not there yet; return the id of each new entry by event and person."""
    rows = [
        (
            line.decision.event.pk,
            line.person_id,
            line.why.kind.value,
            ",".join(line.why.reasons),
            line.decision.about.project_id,
            line.decision.about.issue_id,
            line.in_inbox,
            str(line.held),
            line.decision.event.at,
        )
        for line in lines
    ]
    return {(event, person): entry for event, person, entry in _run(_INSERT_ENTRIES, rows)}


# A mail that waits and was never tried is locked by the empty update, so that none is sent while it is joined.
_JOIN_DELIVERIES = """
INSERT INTO notifications_delivery AS mail
    (person_id, channel, topic, next_at, message_id, created_at, state, attempts, last_error)
SELECT person, channel, topic, next_at, message_id, created_at, 'waiting', 0, ''
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[])
    AS line (person, channel, topic, next_at, message_id, created_at)
ORDER BY person, channel, topic
ON CONFLICT (person_id, channel, topic) WHERE state = 'waiting' AND first_tried_at IS NULL
DO UPDATE SET topic = mail.topic
RETURNING person_id, channel, topic, id
"""


def _join_mails(lines: Sequence[Line], entries: dict[tuple[int, int], int]) -> None:
    """Put each entry into the open mail of its person, channel and topic, or begin one (three statements)."""
    joined = _gathered(lines)
    if not joined:
        return
    now = clock.now()
    rows = [
        (mail.person_id, mail.channel.value, mail.topic, moment, new_message_id(), now)
        for mail, (moment, _lines) in sorted(joined.items(), key=lambda item: _order(item[0]))
    ]
    found = {(person, channel, topic): pk for person, channel, topic, pk in _run(_JOIN_DELIVERIES, rows)}
    carried = [
        Delivery.entries.through(
            delivery_id=found[_order(mail)], entry_id=entries[line.decision.event.pk, mail.person_id]
        )
        for mail, (_moment, several) in joined.items()
        for line in several
    ]
    Delivery.entries.through.objects.bulk_create(carried)


def _gathered(lines: Sequence[Line]) -> dict[Mailing, tuple[datetime, list[Line]]]:
    """Return the mails with their moment and their entries; a burst of many issues of a project becomes one mail."""
    bursts = _bursts([line for line in lines if line.email_at])
    found: dict[Mailing, tuple[datetime, list[Line]]] = {}
    for line in lines:
        if line.email_at:
            project = line.decision.about.project_id
            topic = f"project:{project}" if (line.person_id, project) in bursts else line.decision.topic
            found.setdefault(Mailing(line.person_id, Channel.EMAIL, topic), (line.email_at, []))[1].append(line)
        if line.digest_at:
            mail = Mailing(line.person_id, Channel.DIGEST, DIGEST_TOPIC)
            found.setdefault(mail, (line.digest_at, []))[1].append(line)
    return found


def _bursts(lines: Sequence[Line]) -> set[tuple[int, int | None]]:
    """Return person and project wherever more than BURST mails, with those that wait already, would be made."""
    people = sorted({line.person_id for line in lines})
    open_ones = Delivery.objects.filter(
        person__in=people, channel=Channel.EMAIL, state=DeliveryState.WAITING, first_tried_at=None
    )
    waiting = open_ones.values_list("person_id", "topic", "entries__project_id").annotate(Count("entries"))
    topics: dict[tuple[int, int | None], set[str]] = {}
    carried: Counter[tuple[int, int | None]] = Counter()
    for person, topic, project, count in waiting:
        topics.setdefault((person, project), set()).add(topic)
        carried[person, project] += count if topic == f"project:{project}" else 0
    for line in lines:
        topics.setdefault((line.person_id, line.decision.about.project_id), set()).add(line.decision.topic)
    return {key for key, several in topics.items() if len(several) > BURST or carried[key] > BURST}


def new_message_id() -> str:
    """Return a Message-ID that no other mail has. It is made with the delivery, so that a second try has the same."""
    return make_msgid(domain=settings.SITE.hostname)


def _order(mail: Mailing) -> tuple[int, str, str]:
    return (mail.person_id, mail.channel.value, mail.topic)


def _run(statement: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Run a statement over columns of rows and return what it returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
        return list(cursor.fetchall())
