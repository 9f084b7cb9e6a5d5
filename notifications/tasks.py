"""Background work of the log and of what leaves from it.

PostgreSQL holds what is to be done; these tasks only come and look. Each may run twice, be lost, or die at any point.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models import Q, QuerySet

from config import clock
from notifications import mailing, queries, slots
from notifications.dispatch import dispatch_due
from notifications.enums import DeliveryState, HookState
from notifications.models import Delivery, Entry, HookDelivery, Slot
from notifications.solo import alone
from notifications.webhooks import filling, sending

log = logging.getLogger("plumbline.log")

# Well below the soft time limit of a task (settings.CELERY_TASK_SOFT_TIME_LIMIT).
DECIDING_SECONDS = 30.0
MAILING_SECONDS = 20.0
MAIL_BATCH = 50
# The advisory locks of sending begin with it.
SENDERS = 7_211
HOOKS = 7_212
KEEP_MAILS = timedelta(days=30)
KEEP_ENTRIES = timedelta(days=180)
KEEP_SLOTS = timedelta(days=90)
CHUNK = 2000


@shared_task(name="notifications.verify_log")
def verify_log() -> None:
    """Walk every chain once a day and log each stream's head, so that the logs hold a copy outside the database."""
    if not _is_first_today("notifications.verify_log"):
        return
    for stream, link in queries.verify_all():
        if link:
            log.critical("event log broken: %s event %d: %s", link.stream, link.seq, link.problem)
        else:
            log.info("event log holds: %s %d %s", stream.name, stream.seq, stream.head)


@shared_task(name="notifications.deliver")
def deliver() -> int:
    """Tell what is in the outbox, now: the wake-up after a commit. Returns how many events were looked at."""
    return _dispatch_all()


@shared_task(name="notifications.sweep")
def sweep() -> int:
    """Do the same every few seconds, for the wake-ups that were lost and the events whose next try has come."""
    return _dispatch_all()


@shared_task(name="notifications.send_mail", bind=True)
def send_mail(self: Any) -> int:
    """Send the mails that are due; returns how many were dealt with: sent, put off, let go or given up.

    One process of a worker does so at a time, so that a slow mail server leaves the others free to tell.
    """
    ends, count = time.monotonic() + MAILING_SECONDS, 0
    with alone(SENDERS, self.request.hostname or "") as is_alone:
        while is_alone and time.monotonic() < ends:
            done = mailing.send_due(MAIL_BATCH)
            count += done
            if done < MAIL_BATCH:
                break
    return count


@shared_task(name="notifications.send_hooks", bind=True)
def send_hooks(self: Any) -> int:
    """Read the log on for every webhook, then send what is due; returns how many deliveries were dealt with.

    One process of a worker does so at a time: addresses that do not answer keep no other from its work.
    """
    with alone(HOOKS, self.request.hostname or "") as is_alone:
        if not is_alone:
            return 0
        filling.fill()
        return sending.send_due()


@shared_task(name="notifications.clean")
def clean() -> int:
    """Delete what nobody needs any more: sent mails, old entries that were read or stood in no inbox, old turns.

    Events stay for ever, unread entries and mails that were given up stay until somebody has seen to them. Returns how
    many rows went. Once a day; what one run does not manage is left to the next.
    """
    if not _is_first_today("notifications.clean"):
        return 0
    now, ends = clock.now(), time.monotonic() + DECIDING_SECONDS
    seen = Q(read_at__isnull=False) | Q(done_at__isnull=False) | Q(in_inbox=False)
    ended = [DeliveryState.SENT, DeliveryState.DROPPED]
    return sum(
        _delete(rows, ends)
        for rows in (
            Delivery.objects.filter(state__in=ended, ended_at__lt=now - KEEP_MAILS),
            Entry.objects.filter(seen, at__lt=now - KEEP_ENTRIES).exclude(deliveries__state=DeliveryState.WAITING),
            Slot.objects.filter(at__lt=now - KEEP_SLOTS),
            HookDelivery.objects.exclude(state=HookState.WAITING).filter(ended_at__lt=now - KEEP_MAILS),
        )
    )


def _is_first_today(job: str) -> bool:
    """Take a job's turn of the day. Where its worker dies, the next day's run does it all."""
    return slots.take(job, clock.now().date().isoformat())


def _dispatch_all() -> int:
    ends, looked_at = time.monotonic() + DECIDING_SECONDS, 0
    while (done := dispatch_due()) and time.monotonic() < ends:
        looked_at += done
    return looked_at + done


def _delete(rows: "QuerySet[Any]", ends: float) -> int:
    """Delete rows a chunk at a time, each below the limit of a statement's time."""
    gone = 0
    while time.monotonic() < ends:
        chunk = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not chunk:
            break
        rows.model.objects.filter(pk__in=chunk).delete()
        gone += len(chunk)
    return gone
