"""Settings from the environment, read by typed helpers that fail with a hint instead of guessing."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None, *, hint: str = "") -> str:
    """Return the variable, or the default; raise ImproperlyConfigured with the hint where there is neither."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. {hint}".strip())
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """Return a yes/no variable; raise ImproperlyConfigured on any other word, so that a typing error is not a no."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is neither yes nor no. Write {name}=1 or {name}=0.")


def number(name: str, default: int, *, at_least: int = 0, at_most: int | None = None) -> int:
    """Return a whole number of at least `at_least`, and at most `at_most`; raise ImproperlyConfigured otherwise."""
    raw = os.environ.get(name, str(default))
    if not raw.isdecimal() or int(raw) < at_least:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number of at least {at_least}.")
    if at_most is not None and int(raw) > at_most:
        raise ImproperlyConfigured(f"{name}={raw!r} is more than {at_most}.")
    return int(raw)


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list without blanks and empty parts."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words; raise ImproperlyConfigured that lists them otherwise."""
    value = os.environ.get(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} is unknown. Use one of: {', '.join(allowed)}.")
    return value


def database(name: str = "DATABASE_URL") -> dict[str, str | int]:
    """Read postgresql://user:password@host:port/name, or ?host=/socket/folder, into Django's connection settings."""
    url = text(name, hint="Start with `make run`, or give postgresql://user:password@host:5432/name.")
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must read postgresql://user:password@host:5432/name.")
    query = parse_qs(parts.query)
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query["host"][0] if "host" in query else (parts.hostname or ""),
        "PORT": parts.port or "",
    }


def mail(name: str = "EMAIL_URL") -> dict[str, str | int | bool] | None:
    """Read smtp://user:password@host:port (smtps:// for TLS, ?starttls=1) into Django's settings; None if unset."""
    url = os.environ.get(name, "")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must read smtp://user:password@host:port or smtps://….")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parse_qs(parts.query).get("starttls", ["0"])[0] in TRUE,
    }


def mailbox(address: str) -> dict[str, str | int]:
    """Read the host:port of the local stack's mailbox into Django's settings; nothing where there is none."""
    host, _colon, port = address.rpartition(":")
    return {"EMAIL_HOST": host, "EMAIL_PORT": int(port)} if address else {}
