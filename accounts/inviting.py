"""Mailing invitations from their rows. The token is made here, for the mail, and nothing but its digest is kept.

A worker that dies after the mail server took a mail leaves its lease to run out; the second mail has a new token, and
that of the first opens nothing any more.
"""

import contextlib
import logging
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.bearers import digest_of
from accounts.letters import Letter, address_of
from accounts.models import TeamInvitation
from config import clock
from config.jinja import day
from notifications.mailing import pause_after
from notifications.mails import one_line
from notifications.smtperrors import Failure, failure_of

log = logging.getLogger("plumbline.mail")
LEASE = timedelta(seconds=30)
# After so many refusals for good of the address nobody tries any more; who invited sees what the server said.
REFUSALS = 3


def send_invitations(limit: int = 50) -> int:
    """Mail up to `limit` invitations that are due; returns with how many it dealt. Not from within a transaction.

    Any number of processes may call it at once. It stops where the mail server does not answer.
    """
    if not settings.CAN_MAIL:
        return 0
    connection, done = get_connection(), 0
    try:
        while done < limit and (invitation := _claim()):
            done += 1
            failure = _send(invitation, connection)
            if failure and failure.is_away:
                break
    finally:
        with contextlib.suppress(OSError):
            connection.close()
    return done


def _claim() -> TeamInvitation | None:
    """Take the invitation that waits for the longest time and that no other worker holds; None where there is none."""
    with transaction.atomic():
        now = clock.now()
        free = Q(leased_until=None) | Q(leased_until__lte=Now())
        still = {"accepted_at": None, "revoked_at": None, "expires_at__gt": now, "team__deleted_at": None}
        due = TeamInvitation.objects.filter(free, next_at__lte=now, **still).order_by("next_at", "pk")
        locked = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = locked.select_related("team", "invited_by").first()
        if found:
            found.attempts += 1
            token = secrets.token_urlsafe(32)
            found.digest = digest_of(token)
            # On this object only, for the mail that is about to be written.
            found.__dict__["token"] = token
            rows = TeamInvitation.objects.filter(pk=found.pk)
            rows.update(digest=found.digest, attempts=found.attempts, leased_until=Now() + LEASE)
        return found


def _send(invitation: TeamInvitation, connection: Any) -> Failure | None:
    """Send one mail and note what came of it."""
    try:
        connection.send_messages([_mail(invitation)])
    except Exception as error:  # noqa: BLE001 (a mail server may do anything; the mail waits)
        failure = failure_of(error)
        with contextlib.suppress(OSError):
            connection.close()
        log.warning("invitation %d not sent, attempt %d: %s", invitation.pk, invitation.attempts, failure.words)
        given_up = failure.is_final and invitation.attempts >= REFUSALS
        again = None if given_up else clock.now() + pause_after(invitation.attempts)
        _note(invitation, next_at=again, last_error=failure.words)
        return failure
    _note(invitation, next_at=None, sent_at=clock.now(), last_error="")
    return None


def _note(invitation: TeamInvitation, **values: Any) -> None:
    """Write to the row while it is in our hands: not where it was sent anew, or its lease ran out, meanwhile."""
    mine = TeamInvitation.objects.filter(pk=invitation.pk, digest=invitation.digest)
    mine.update(leased_until=None, **values)


def _mail(invitation: TeamInvitation) -> EmailMultiAlternatives:
    """Return the mail, in the language of whoever invites. No answers by machines: RFC 3834."""
    with translation.override(invitation.invited_by.language):
        letter = _letter(invitation)
        headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
        subject, bodies = one_line(letter.subject), (letter.render("txt"), letter.render("html"))
    mail = EmailMultiAlternatives(subject, bodies[0], settings.DEFAULT_FROM_EMAIL, [invitation.email], headers=headers)
    mail.attach_alternative(bodies[1], "text/html")
    return mail


def _letter(invitation: TeamInvitation) -> Letter:
    team, who = invitation.team.name, invitation.invited_by.name
    until = day(timezone.localdate(invitation.expires_at))
    words = {"who": who, "team": team, "role": str(invitation.get_role_display()).lower(), "address": invitation.email}
    return Letter(
        subject=_("%(who)s invites you to %(team)s") % words,
        lines=(
            _("%(who)s invites you to the team %(team)s on Plumbline, as %(role)s.") % words,
            _("The invitation is for %(address)s: you need an account with this address, or can make one.") % words,
        ),
        link=address_of(reverse("accounts:invitation", args=[invitation.__dict__["token"]])),
        link_words=_("See the invitation"),
        ending=_("It is good until %s and for one use. If you do not know who sent it, do nothing.") % until,
    )
