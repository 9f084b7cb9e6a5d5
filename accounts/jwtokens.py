"""Access and refresh tokens of `/auth/login`: allauth's, in a Django session, which is the family they belong to.

An access token is good for its 15 minutes only while its session is, and so is what renews it. A refresh token is good
once. One that comes again was copied: it may be the thief who was late, or the owner, so the family ends, for both.

There is no span of grace in which a spent token still works. A client that renews twice at once, or that did not get
the answer, has to log in again; a thief who is quick would otherwise never be noticed. Scripts that cannot keep a token
in one place have personal tokens (RFC 9700, 4.14.2, asks for detection and leaves grace to the server).
"""

from dataclasses import dataclass
from typing import Any

from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.headless.tokens.strategies.jwt import internal as jwt
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.bearers import Claim, claim_of
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.models import User
from accounts.services.sessions import end_session
from config import clock
from notifications.live import sessions
from notifications.services import record


@dataclass(frozen=True, slots=True)
class Pair:
    """What a log-in, or its renewal, gives."""

    access_token: str
    refresh_token: str
    expires_in: int = settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN


class TokenStrategy(JWTTokenStrategy):
    """allauth's strategy, with refresh tokens that are good once."""

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """Spend a refresh token for a new pair, or return None. See `renew`."""
        pair = renew(refresh_token)
        return (pair.access_token, pair.refresh_token) if pair else None


def issue(person: User, session: Any) -> Pair:
    """Return the first pair of a session that is logged in, and save the session."""
    pair = Pair(jwt.create_access_token(person, session, {}), jwt.create_refresh_token(person, session))
    session.save()
    return pair


@transaction.atomic
def renew(token: str) -> Pair | None:
    """Spend a refresh token for a new pair; None where it is nobody's, or where it was spent before.

    Locks the session, so that of several at once exactly one is the first: its place on the list before itself, as
    whoever ends it does. The others end the family: its session is deleted with all its tokens, its open pages close,
    and an event is recorded.
    """
    claim = claim_of(token, "refresh")
    if claim is None:
        return None
    list(UserSession.objects.select_for_update(of=("self",)).filter(session_key=claim.session_key).values_list("pk"))
    sessions_now = Session.objects.select_for_update(of=("self",)).filter(expire_date__gt=clock.now())
    person = _person_of(claim, sessions_now.filter(session_key=claim.session_key).first())
    if person is None:
        return None
    session = sessions.Store(claim.session_key)
    if claim.jti not in jwt.get_refresh_token_state(session):
        _end_family(person, claim.session_key)
        return None
    jwt.invalidate_refresh_token(session, claim._asdict())
    return issue(person, session)


@transaction.atomic
def end(person: User) -> None:
    """End the log-in whose access token a request came with; nothing for one that came otherwise."""
    if key := person.__dict__.get("session_key"):
        _end_session(person, key)


def _person_of(claim: Claim, row: Session | None) -> User | None:
    """Return the active person whose log-in the session is, where the token says the same."""
    person = sessions.people([claim.person_id]).get(claim.person_id) if row else None
    return person if row and person and sessions.holds(sessions.decoded(row.session_data), person) else None


def _end_session(person: User, session_key: str) -> None:
    listed = UserSession.objects.filter(user=person, session_key=session_key).first()
    if listed:
        end_session(actor=person, session_id=listed.pk)
    Session.objects.filter(session_key=session_key).delete()


def _end_family(person: User, session_key: str) -> None:
    _end_session(person, session_key)
    record(INSTANCE, kind=AccountEvent.TOKEN_REUSED, actor=None, subject=person_subject(person.pk), data={})
