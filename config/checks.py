"""Checks that stop a production with a weak key, debug pages or no hosts before it answers one request."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Critical, Warning, register  # noqa: A004 (Django's name)
from django.core.exceptions import ImproperlyConfigured

KNOWN_KEYS = {
    "secret",
    "changeme",
    "change-me",
    "insecure",
    "django-insecure",
    "plumbline",
    "development",
    "example",
    "test",
}
KEY_LENGTH = 50
DIFFERENT_SIGNS = 12


def is_weak_key(key: str) -> bool:
    """Say whether a key is short, repetitive, or padded with the words that examples use.

    A word inside is no weakness as such: one random key in some ten thousand spells "test" somewhere.
    """
    rest = key.lower()
    if rest.startswith(tuple(KNOWN_KEYS)):
        return True
    for word in KNOWN_KEYS:
        rest = rest.replace(word, "")
    return len(rest) < KEY_LENGTH or len(set(key)) < DIFFERENT_SIGNS


def weaknesses() -> Iterator[CheckMessage]:
    """Yield what is too weak for production; nothing in development."""
    if settings.ENVIRONMENT != "production":
        return
    if is_weak_key(settings.SECRET_KEY):
        yield Critical(
            "SECRET_KEY is too short, too plain or a known example.",
            hint="Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'",
            id="plumbline.C001",
        )
    if settings.DEBUG:
        yield Critical("DEBUG is on in production.", hint="Unset DEBUG.", id="plumbline.C002")
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Critical(
            "ALLOWED_HOSTS names no host.", hint="Set ALLOWED_HOSTS=tracker.example.org.", id="plumbline.C003"
        )
    if settings.FAULT:
        yield Critical("PLUMBLINE_FAULT lets workers die.", hint="Unset PLUMBLINE_FAULT.", id="plumbline.C004")


@register
def production_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run by every manage.py command; `refuse_if_weak` runs the same for the servers."""
    return list(weaknesses())


@register
def mail_has_a_way(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn where nobody can be reached: mails then wait, and those of more than a week are let go."""
    if settings.ENVIRONMENT != "production" or settings.CAN_MAIL:
        return []
    hint = "Set EMAIL_URL=smtp://user:password@host:587?starttls=1."
    return [Warning("There is no mail server; mails to people wait.", hint=hint, id="plumbline.W001")]


def refuse_if_weak() -> None:
    """Raise ImproperlyConfigured with every weakness. Called by asgi.py, wsgi.py and celery.py, which run no checks."""
    found = [f"{message.msg} {message.hint}" for message in weaknesses()]
    if found:
        raise ImproperlyConfigured(" ".join(found))
