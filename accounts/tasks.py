"""Background work of the accounts app."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have expired; they no longer log anyone in, this only gives their space back."""
    SessionStore.clear_expired()
