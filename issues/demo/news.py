"""What the people of the demo data were told: the rules of the ledger over the newest events, each at its own time."""

from datetime import timedelta

from django.db.models import F, QuerySet

from config import clock
from notifications import hooks, ledger
from notifications.dispatch import about, merge
from notifications.enums import DeliveryState
from notifications.models import Delivery, Entry, Event, Outbox
from projects.events import project_stream
from projects.models import Project

NEWEST = 150
# What came within this time nobody has read yet; the day before it is read, and what is older is done with.
UNREAD = timedelta(hours=30)
DONE = timedelta(days=6)


def tell(projects: list[Project]) -> int:
    """Write the entries and mails of the newest events of the projects; returns how many entries there are.

    Mails whose time is over count as sent: nobody wants them now. Call it last, when all members have joined.
    """
    streams = [project_stream(project.pk) for project in projects]
    told = Event.objects.filter(stream__name__in=streams, kind__in=list(hooks.audiences)).select_related("stream")
    for event in reversed(told.order_by("-at", "-pk")[:NEWEST]):
        notices = [notice for notice in hooks.audiences[event.kind](event) if notice.person_id != event.actor_id]
        with clock.at(event.at):
            ledger.write([ledger.Decision(event, about(event), merge(notices))])
        _send_what_is_due(event)
    # The rest is told to nobody: it would stand in the inboxes as news of weeks ago.
    Outbox.objects.filter(event__stream__name__in=streams).delete()
    _read_what_is_old()
    return Entry.objects.count()


def _send_what_is_due(event: Event) -> None:
    """Let mails go whose time has come by the event's, so that later news begin others."""
    _end(Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=event.at))


def _end(mails: QuerySet[Delivery]) -> None:
    mails.update(state=DeliveryState.SENT, attempts=1, first_tried_at=F("next_at"), ended_at=F("next_at"))


def _read_what_is_old() -> None:
    now = clock.now()
    _end(Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now))
    Entry.objects.filter(at__lt=now - UNREAD).update(read_at=F("at") + timedelta(hours=2))
    Entry.objects.filter(at__lt=now - DONE).update(done_at=F("at") + timedelta(hours=3))
