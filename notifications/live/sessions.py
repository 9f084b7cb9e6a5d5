"""Whose session a socket came with, and whether it still holds. Unlike a request, a socket renews nothing."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from notifications import hooks

if TYPE_CHECKING:
    from accounts.models import User

Store: Any = import_module(settings.SESSION_ENGINE).SessionStore
# Where a session keeps when it began, in seconds since 1970.
BEGAN = "began"


@dataclass(frozen=True, slots=True)
class Bearer:
    """A person with a session that holds. `data` is the session as stored; while it is the same, so is what it says.

    `began` is when they logged in, in seconds since 1970; 0 where that is not known.
    """

    person: "User"
    key: str
    data: str
    began: float = 0.0


def digest_of(session_key: str) -> str:
    """Return how messages name a session: whoever reads them cannot use it."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def bearer_of(session_key: str) -> Bearer | None:
    """Return who has this session, or None where it does not hold or its person is inactive (two statements)."""
    data = stored([session_key]).get(session_key) if session_key else None
    if data is None:
        return None
    content = decoded(data)
    try:
        person = people([int(content[SESSION_KEY])]).get(int(content[SESSION_KEY]))
    except (KeyError, ValueError):
        return None
    return Bearer(person, session_key, data, began_in(content)) if person and holds(content, person) else None


def stored(session_keys: Collection[str]) -> dict[str, str]:
    """Return the sessions that have not expired, as stored, by key (one statement)."""
    rows = Store.get_model_class().objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    return dict(rows.values_list("session_key", "session_data"))


def people(person_ids: Collection[int]) -> "dict[int, User]":
    """Return the active people among these by id (one statement)."""
    rows: Any = get_user_model().objects.filter(pk__in=person_ids, is_active=True)
    return {person.pk: person for person in rows}


def decoded(data: str) -> dict[str, Any]:
    """Return what a stored session holds; nothing where its signature is not ours."""
    content: dict[str, Any] = Store().decode(data)
    return content


def began_in(content: Mapping[str, Any]) -> float:
    """Return when a session began, in seconds since 1970; 0 for one from before this was kept."""
    return float(content.get(BEGAN, 0.0))


def lasts(began: float) -> bool:
    """Say whether a session that began then is not too old yet, whatever was done in it."""
    return not began or timezone.now().timestamp() - began < hooks.lent.session_seconds()


def holds(content: dict[str, Any], person: "User") -> bool:
    """Say whether a session is this person's log-in with their present password, as `django.contrib.auth` does, and
    not too old."""
    if content.get(SESSION_KEY) != str(person.pk) or not lasts(began_in(content)):
        return False
    if content.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    given = content.get(HASH_SESSION_KEY, "")
    hashes = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    return any(constant_time_compare(given, hash_) for hash_ in hashes)
