"""Entries of people's ledgers, as the dispatcher writes them, for tests of what reads them."""

from datetime import timedelta
from itertools import count

from config import clock
from issues.models import Issue
from notifications.enums import NoticeKind, Reason
from notifications.models import Entry, Event
from projects.events import project_stream

_later = count(1)


def newest_event(project, kind=None):
    """Return the newest event of a project, or the newest of a kind."""
    events = Event.objects.filter(stream__name=project_stream(project.pk)).order_by("-seq")
    return (events.filter(kind=kind) if kind else events)[0]


def event_of(issue, kind="issue.created"):
    """Return the newest event of an issue of a kind."""
    return Event.objects.filter(subject=f"issue:{issue.pk}", kind=kind).latest("seq")


def tell(person, about, *, event=None, kind=NoticeKind.ASSIGNED, reasons=(Reason.ASSIGNED,), **fields):
    """Write an entry about an issue, or about a project; each is a second newer than the one before."""
    is_issue = isinstance(about, Issue)
    event = event or (event_of(about) if is_issue else newest_event(about))
    fields.setdefault("at", clock.now() - timedelta(hours=1) + timedelta(seconds=next(_later)))
    return Entry.objects.create(
        person=person,
        event=event,
        kind=kind,
        reasons=list(reasons),
        project=about.project if is_issue else about,
        issue=about if is_issue else None,
        **fields,
    )
