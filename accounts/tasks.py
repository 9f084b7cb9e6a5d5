"""Background work of the accounts app."""

from celery import shared_task

from accounts import inviting
from accounts.services import sessions
from accounts.services.mails import send_mails as send_due
from accounts.services.tokens import clear_kept, write_uses


@shared_task(name="accounts.send_mails")
def send_mails() -> int:
    """Send the mails about coming in that are due; returns how many were dealt with."""
    return send_due()


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete log-ins that are over, with their places on the lists; this only gives their space back."""
    sessions.clear_sessions()


@shared_task(name="accounts.note_uses")
def note_uses() -> None:
    """Write when and from where tokens were used."""
    write_uses()


@shared_task(name="accounts.clear_counts")
def clear_counts() -> None:
    """Delete the answers that were kept for repeated requests, and what was counted while Redis was away."""
    clear_kept()


@shared_task(name="accounts.send_invitations")
def send_invitations() -> int:
    """Mail the invitations that are due; returns with how many it dealt."""
    return inviting.send_invitations()
