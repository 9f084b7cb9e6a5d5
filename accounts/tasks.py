"""Background work of the accounts app."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from accounts.services.mails import send_mails as send_due


@shared_task(name="accounts.send_mails")
def send_mails() -> int:
    """Send the mails about coming in that are due; returns how many were dealt with."""
    return send_due()


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have expired; they no longer log anyone in, this only gives their space back."""
    SessionStore.clear_expired()
