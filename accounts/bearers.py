"""Whose a token is, and what it may be used for: one statement for each request, so that its end holds at once."""

import hashlib
import re
import secrets
import zlib
from typing import Any, NamedTuple, cast

from allauth.headless.tokens.strategies.jwt import internal as jwt

from accounts.credentials import Credential
from accounts.enums import Scope
from accounts.models import User
from notifications.live import sessions

PREFIX = "plb_"
# As Django makes them.
SESSION_KEY = re.compile(r"[a-z0-9]{20,40}")
PERSON_ID = re.compile(r"[0-9]{1,18}")
SHOWN = 12
# By value; asking the enumeration for its values makes a list of them each time, which took half of the look-up.
SCOPES = {scope.value: scope for scope in Scope}
# Whether the person has a second factor is read along: an installation may ask everyone for one.
_FACTOR = """EXISTS (SELECT FROM mfa_authenticator AS factor
    WHERE factor.user_id = person.id AND factor.type IN ('totp', 'webauthn')) AS has_factor"""
_BY_DIGEST = f"""
SELECT person.*, token.id AS token_id, token.scopes AS token_scopes, token.projects AS token_projects,
    token.prefix AS token_prefix, token.last_used_at AS token_used_at, {_FACTOR}
FROM accounts_personaltoken AS token JOIN accounts_user AS person ON person.id = token.person_id
WHERE token.digest = %s AND token.revoked_at IS NULL AND token.expires_at > now() AND person.is_active
"""  # noqa: S608 (no value from outside)
_BY_SESSION = f"""
SELECT person.*, session.session_data AS session_data, {_FACTOR}
FROM accounts_user AS person, django_session AS session
WHERE person.id = %s AND person.is_active AND session.session_key = %s AND session.expire_date > now()
"""  # noqa: S608 (no value from outside)


class Claim(NamedTuple):
    """Whose log-in a signed token says that it belongs to, and its own number."""

    person_id: int
    session_key: str
    jti: str


def new_token() -> str:
    """Return a new secret: a prefix by which scanners find it, 256 random bits, and a checksum against slips."""
    secret = secrets.token_urlsafe(32)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def digest_of(token: str) -> str:
    """Return what is kept of a token. It is random enough that a fast hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_well_formed(token: str) -> bool:
    """Say whether the checksum fits, without asking anybody."""
    body = token.removeprefix(PREFIX)
    return token.startswith(PREFIX) and secrets.compare_digest(body[-8:], _checksum(body[:-8]))


def person_by_token(token: str) -> User | None:
    """Return the active person whose personal token it is, with the token's limits as `credential`, or None."""
    if not is_well_formed(token):
        return None
    row: Any = next(iter(User.objects.raw(_BY_DIGEST, [digest_of(token)])), None)
    if row is None:
        return None
    projects = None if row.token_projects is None else frozenset(row.token_projects)
    scopes = frozenset(SCOPES[scope] for scope in row.token_scopes if scope in SCOPES)
    row.credential = Credential(scopes, projects, row.token_prefix)
    return cast("User", row)


def person_by_access_token(token: str) -> User | None:
    """Return the active person whose log-in it belongs to, while that log-in lasts, or None.

    An access token is good for its 15 minutes only while its session is: logging out, a new password and deactivation
    end it at once.
    """
    claim = claim_of(token, "access")
    if claim is None:
        return None
    key = claim.session_key
    row: Any = next(iter(User.objects.raw(_BY_SESSION, [claim.person_id, key])), None)
    if row is None or not sessions.holds(sessions.decoded(row.session_data), row):
        return None
    row.session_key = key
    return cast("User", row)


def claim_of(token: str, use: str) -> Claim | None:
    """Return what a signed token of this use (`access`, `refresh`) says; None where it is not ours or has expired."""
    payload = jwt.decode_token(token, use)
    key = jwt.session_key_from_sid(payload["sid"]) if payload else None
    if payload is None or not SESSION_KEY.fullmatch(key or "") or not PERSON_ID.fullmatch(payload["sub"]):
        return None
    return Claim(int(payload["sub"]), str(key), payload["jti"])


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"
