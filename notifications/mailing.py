"""Sending what waits. Each mail is claimed, sent and marked by itself; several share one connection to the server.

A mail may be sent twice and is never lost: a worker that dies after the server took it leaves the lease to run out, and
the second mail has the same Message-ID.
"""

import contextlib
import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from config import clock
from config.errors import PermissionRefused
from notifications.enums import DeliveryState
from notifications.faultpoints import reach
from notifications.letters import Unwanted, write_letter
from notifications.mails import build_mail
from notifications.models import Delivery
from notifications.smtperrors import Failure, failure_of

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger("plumbline.mail")
# What a worker that died had claimed is another's after this time, which the database measures.
LEASE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
# A mail is given up after this time of trying, or after so many refusals for good.
LIFE = timedelta(hours=72)
REFUSALS = 3
# News that nobody tried to send for a week, because there was no mail server, is none.
STALE = timedelta(days=7)
# Below the time limit of a task, with room for one mail that takes every timeout.
BUDGET_SECONDS = 20.0


def send_due(limit: int = 50) -> int:
    """Deal with up to `limit` mails that are due, and return with how many. Not from within a transaction.

    Fewer than `limit` means that no more are due, that the time is over, or that the server does not answer: then one
    mail has counted an attempt, and the others wait untouched. Any number of processes may call it at once. Without a
    mail server it does nothing.
    """
    if not settings.CAN_MAIL:
        return 0
    until, done = time.monotonic() + BUDGET_SECONDS, 0
    connection = get_connection()
    try:
        for _turn in range(limit):
            reach("mail.before_claim")
            delivery = _claim()
            if delivery is None:
                break
            reach("mail.after_claim")
            failure = _send(delivery, connection)
            if (failure and failure.is_away) or time.monotonic() > until:
                break
            done += 1
    finally:
        _hang_up(connection)
    return done


def retry_mails(*, actor: "User", rows: Iterable[Delivery]) -> int:
    """Let mails that failed be sent again now, with LIFE and REFUSALS beginning anew; returns how many.

    Mails that were given up and mails that wait after a failure; no others. Refuses all but site administrators.
    """
    if not actor.is_superuser:
        raise PermissionRefused(_("Only site administrators can have a mail tried again."))
    now = clock.now()
    failed = Q(state=DeliveryState.DEAD) | Q(state=DeliveryState.WAITING, first_tried_at__isnull=False)
    # It keeps a moment at which it was first tried: what happens from now on goes into another mail.
    again = {"state": DeliveryState.WAITING, "attempts": 0, "first_tried_at": now, "next_at": now, "ended_at": None}
    count = Delivery.objects.filter(failed, pk__in=[row.pk for row in rows]).update(leased_until=None, **again)
    log.info("%s has %d mails tried again", actor.username, count)
    return count


def pause_after(attempts: int) -> timedelta:
    """Return how long a mail waits after so many attempts: MAIL_RETRY_SECONDS, doubling up to LONGEST_PAUSE."""
    seconds: int = settings.MAIL_RETRY_SECONDS << min(max(attempts - 1, 0), 24)
    return min(timedelta(seconds=seconds), LONGEST_PAUSE)


def _claim() -> Delivery | None:
    """Take the mail that is due for the longest time and that no other worker holds; None where there is none.

    What is past its time is ended on the way. A mail whose worker died comes back after the lease, which grows with
    the attempts: one that kills its worker each time does so ever more rarely.
    """
    while True:
        with transaction.atomic():
            now = clock.now()
            free = Q(leased_until=None) | Q(leased_until__lte=Now())
            due = Delivery.objects.filter(free, state=DeliveryState.WAITING, next_at__lte=now).order_by("next_at", "pk")
            found = due.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("person").first()
            if found is None:
                return None
            if not _end_what_is_over(found):
                found.attempts += 1
                found.first_tried_at = found.first_tried_at or now
                lease = max(LEASE, pause_after(found.attempts) / 2)
                _write(found, attempts=found.attempts, first_tried_at=found.first_tried_at, leased_until=Now() + lease)
                return found


def _end_what_is_over(delivery: Delivery) -> bool:
    now = clock.now()
    if delivery.first_tried_at and now - delivery.first_tried_at > LIFE:
        _end(delivery, DeliveryState.DEAD, delivery.last_error or "the worker ended each time")
        return True
    if delivery.first_tried_at is None and _is_stale(delivery, now - STALE):
        _end(delivery, DeliveryState.DROPPED, "too old when it could have been sent")
        return True
    return False


def _is_stale(delivery: Delivery, limit: datetime) -> bool:
    """Say whether a mail was due before the limit and carries nothing newer: fresh news may have joined an old mail."""
    return delivery.next_at < limit and not delivery.entries.filter(at__gte=limit).exists()


def _send(delivery: Delivery, connection: Any) -> Failure | None:
    """Write and send one mail and mark it; return why it was not taken, if it was not."""
    try:
        mail = build_mail(write_letter(delivery))
    except Unwanted as reason:
        _end(delivery, DeliveryState.DROPPED, str(reason))
        return None
    except DatabaseError:
        # Says nothing about the mail: its lease runs out, and it is tried again.
        raise
    except Exception as error:
        log.exception("mail %d cannot be written", delivery.pk)
        return _fail(delivery, Failure(f"cannot be written: {type(error).__name__}"))
    reach("mail.mid_effect")
    if failure := _hand_over(mail, connection):
        _hang_up(connection)
        return _fail(delivery, failure)
    reach("mail.after_smtp")
    reach("mail.before_mark")
    _end(delivery, DeliveryState.SENT)
    reach("mail.after_mark")
    return None


def _hand_over(mail: EmailMultiAlternatives, connection: Any) -> Failure | None:
    """Give a mail to the server, over the open connection where there is one; return why it was not taken."""
    try:
        connection.open()
    except Exception as error:  # noqa: BLE001 (a mail server may do anything; the mail waits)
        return replace(failure_of(error), is_away=True)
    try:
        connection.send_messages([mail])
    except Exception as error:  # noqa: BLE001 (as above)
        return failure_of(error)
    return None


def _hang_up(connection: Any) -> None:
    with contextlib.suppress(OSError):
        connection.close()


def _fail(delivery: Delivery, failure: Failure) -> Failure:
    """Note why a mail was not taken, and let it wait, or give it up after LIFE or after REFUSALS."""
    now = clock.now()
    began = delivery.first_tried_at or now
    next_at = now + pause_after(delivery.attempts)
    log.warning("mail %d not sent, attempt %d: %s", delivery.pk, delivery.attempts, failure.words)
    if next_at - began > LIFE or (failure.is_final and delivery.attempts >= REFUSALS):
        _end(delivery, DeliveryState.DEAD, failure.words)
    else:
        _write(delivery, next_at=next_at, leased_until=None, last_error=failure.words)
    return failure


def _end(delivery: Delivery, state: DeliveryState, words: str = "") -> None:
    delivery.state = state
    _write(delivery, state=state, ended_at=clock.now(), leased_until=None, last_error=words)


def _write(delivery: Delivery, **values: Any) -> None:
    """Write to a mail that is still in our hands: not where its lease ran out and another worker has it.

    That the server took it is true whoever holds it, and is written in any case.
    """
    rows = Delivery.objects.filter(pk=delivery.pk)
    if values.get("state") != DeliveryState.SENT and "attempts" not in values:
        rows = rows.filter(state=DeliveryState.WAITING, attempts=delivery.attempts)
    rows.update(**values)
