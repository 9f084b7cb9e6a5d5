"""Reading the instance's log."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.events import INSTANCE, person_subject
from accounts.logwords import GROUPS, LogLine, described, subjects_of
from accounts.models import User
from notifications.models import Event
from notifications.queries import BrokenLink, head_of, verify_up_to_now

LOG_PAGE = 50
# An export holds so many lines at most, the newest ones.
EXPORT_MOST = 50_000


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What of the log is wanted: a group of kinds, a person (who acted, or whom it befell), and from when to when."""

    group: str = ""
    person: User | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LogPage:
    """Some lines, newest first; `older` is the number before which the next page begins, or None."""

    lines: list[LogLine] = field(default_factory=list)
    older: int | None = None


def log_page(wanted: LogFilter, before: int | None = None) -> LogPage:
    """Return up to LOG_PAGE lines in two statements. Paged by the events' numbers, so that nothing moves meanwhile."""
    events = log_events(wanted)
    if before is not None:
        events = events.filter(seq__lt=before)
    found = list(events[: LOG_PAGE + 1])
    shown = found[:LOG_PAGE]
    return LogPage(lines_of(shown), shown[-1].seq if len(found) > LOG_PAGE else None)


def log_lines(wanted: LogFilter) -> list[LogLine]:
    """Return the newest EXPORT_MOST lines, newest first (two statements)."""
    return lines_of(list(log_events(wanted)[:EXPORT_MOST]))


def lines_about(person: User, count: int = 20) -> list[LogLine]:
    """Return the newest lines in which a person acted or to whom something was done (two statements)."""
    return lines_of(list(log_events(LogFilter(person=person))[:count]))


def chain_status() -> tuple[int, BrokenLink | None]:
    """Return how many events the instance's log has, and the first broken link of its chain, by reading all of them."""
    return head_of(INSTANCE), verify_up_to_now(INSTANCE)


def log_events(wanted: LogFilter) -> QuerySet[Event]:
    """Return the events that are wanted with their actors, newest first."""
    events = Event.objects.filter(stream__name=INSTANCE).select_related("actor").order_by("-seq")
    kinds = Q()
    for start in GROUPS.get(wanted.group, ()):
        kinds |= Q(kind__startswith=start)
    events = events.filter(kinds)
    if wanted.person:
        events = events.filter(Q(actor=wanted.person) | Q(subject=person_subject(wanted.person.pk)))
    if wanted.since:
        events = events.filter(at__gte=wanted.since)
    return events.filter(at__lt=wanted.until) if wanted.until else events


def lines_of(events: list[Event]) -> list[LogLine]:
    """Return events in words (one statement, for those whom they are about)."""
    people = User.objects.in_bulk(subjects_of(events))
    return described(events, people)
