"""Mails about coming in: written into the database with what they tell of, sent by a worker."""

import contextlib
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation

from accounts.letters import write_letter
from accounts.models import SealedMail
from config import clock
from config.sealing import seal, unseal
from notifications.live.publisher import wake_worker
from notifications.mails import one_line
from notifications.smtperrors import failure_of

log = logging.getLogger("plumbline.mail")
WAKE = "accounts.send_mails"
PURPOSE = "mails about coming in"
LEASE = timedelta(seconds=30)
# A code is awaited: the first pauses are short.
PAUSES = [timedelta(seconds=seconds) for seconds in (5, 15, 60, 300)]


def post_letter(*, kind: str, to: str, context: Mapping[str, Any], language: str = "en") -> None:
    """Let a letter of a kind of accounts/letters.py be mailed to one address. Nothing where there is no way to mail.

    It is there with the commit of the present transaction, and is sent at once or when the mail server answers again.
    """
    if not settings.CAN_MAIL:
        return
    with translation.override(language):
        letter = write_letter(kind, context)
        bodies = {"text": letter.render("txt"), "html": letter.render("html")}
    sealed = seal(PURPOSE, json.dumps({"to": to, "subject": one_line(letter.subject), **bodies}))
    SealedMail.objects.create(kind=kind, sealed=sealed, expires_at=clock.now() + letter.good_for)
    transaction.on_commit(lambda: wake_worker(WAKE))


def send_mails(limit: int = 50) -> int:
    """Send up to `limit` mails that are due; returns with how many it dealt. Not from within a transaction.

    Stops early where the server does not answer: those that wait keep their turn.
    """
    if not settings.CAN_MAIL:
        return 0
    connection = get_connection()
    try:
        for done in range(limit):
            mail = _claim()
            if mail is None or not _deal_with(mail, connection):
                return done + (mail is not None)
        return limit
    finally:
        with contextlib.suppress(OSError):
            connection.close()


def _claim() -> SealedMail | None:
    """Take the mail that waits for the longest time and that no other worker holds; what is too old goes."""
    with transaction.atomic():
        now = clock.now()
        SealedMail.objects.filter(expires_at__lte=now).delete()
        free = Q(leased_until=None) | Q(leased_until__lte=Now())
        due = SealedMail.objects.filter(free, next_at__lte=now).order_by("next_at", "pk")
        mail = due.select_for_update(of=("self",), skip_locked=True).first()
        if mail:
            mail.attempts += 1
            SealedMail.objects.filter(pk=mail.pk).update(attempts=mail.attempts, leased_until=Now() + LEASE)
        return mail


def _deal_with(mail: SealedMail, connection: Any) -> bool:
    """Send one mail; returns whether others can be sent as well."""
    try:
        message = _opened(mail)
    except ValueError:
        log.warning("mail %d (%s) was sealed with a key that is gone", mail.pk, mail.kind)
        mail.delete()
        return True
    try:
        connection.send_messages([message])
    except Exception as error:  # noqa: BLE001 (a mail server may do anything; the mail waits)
        failure = failure_of(error)
        log.warning("mail %d (%s) not sent, attempt %d: %s", mail.pk, mail.kind, mail.attempts, failure.words)
        if failure.is_final:
            mail.delete()
            return True
        pause = PAUSES[min(mail.attempts, len(PAUSES)) - 1]
        SealedMail.objects.filter(pk=mail.pk).update(next_at=clock.now() + pause, leased_until=None)
        return not failure.is_away
    mail.delete()
    return True


def _opened(mail: SealedMail) -> EmailMultiAlternatives:
    """Return the message; ValueError where it cannot be unsealed. No answers by machines: RFC 3834."""
    said = json.loads(unseal(PURPOSE, mail.sealed))
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    message = EmailMultiAlternatives(
        said["subject"], said["text"], settings.DEFAULT_FROM_EMAIL, [said["to"]], headers=headers
    )
    message.attach_alternative(said["html"], "text/html")
    return message
