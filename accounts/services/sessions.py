"""Sessions: begun by every log-in, ended by their person, by time, and by what makes them unsafe."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.instance import session_seconds
from accounts.models import User
from config import clock
from config.api.failures import is_api
from config.client import client_ip
from notifications.live.publisher import person_group, publish_on_commit
from notifications.live.sessions import BEGAN, Store, began_in, decoded, digest_of, lasts, stored
from notifications.services import record

# Where the address is not known: a log-in that no request made.
NOWHERE = "0.0.0.0"  # noqa: S104 (an address that is none)
AGENT_LENGTH = 200
# Who has a page open is marked as seen this seldom.
SEEN_SECONDS = 300


def note_session(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Remember where a session began, for its person's list. Called by Django at each log-in, whatever its way."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    is_script = is_api(request)
    begin_session(person=user, session=request.session, ip=client_ip(request), agent=agent, is_script=is_script)


def begin_session(*, person: User, session: SessionBase, ip: str, agent: str, is_script: bool) -> UserSession:
    """Stamp a new session with its beginning, from which its length counts, and put it on its person's list."""
    session[BEGAN] = clock.now().timestamp()
    if not session.session_key:
        session.save()
    values = {"user": person, "ip": ip or NOWHERE, "user_agent": agent[:AGENT_LENGTH], "data": {"script": is_script}}
    return UserSession.objects.update_or_create(session_key=session.session_key, defaults=values)[0]


def forget_session(session_key: str) -> None:
    """Take a session that ends by itself from its person's list; it is deleted after this, never before."""
    UserSession.objects.filter(session_key=session_key).delete()


@transaction.atomic
def end_session(*, actor: User, session_id: int) -> bool:
    """End one of one's own sessions, by its place on the list; False where there is none (any more)."""
    return _end(actor, UserSession.objects.filter(user=actor, pk=session_id)) > 0


@transaction.atomic
def end_others(*, actor: User, session_key: str) -> int:
    """End all of one's own sessions but this one; returns how many those were."""
    return _end(actor, UserSession.objects.filter(user=actor).exclude(session_key=session_key))


@transaction.atomic
def end_all(*, actor: User | None, person: User) -> int:
    """End all sessions of a person; returns how many those were."""
    return _end(actor, UserSession.objects.filter(user=person))


def lock_sessions(people: Collection[User]) -> None:
    """Lock the sessions of people, to end them after other things; whoever ends sessions locks them before the log."""
    list(UserSession.objects.select_for_update(of=("self",)).filter(user__in=people).order_by("pk").values_list("pk"))


def clear_sessions() -> None:
    """Delete log-ins that are over, by their time or by their age, and places on lists whose session is gone.

    Nobody was in with them any more; this only gives their space back. What is being changed is left for the next time.
    """
    Store.clear_expired()
    began = clock.now() - timedelta(seconds=session_seconds())
    is_gone = ~Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    rows = UserSession.objects.filter(Q(created_at__lt=began) | Q(is_gone))
    with transaction.atomic():
        locked = rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        keys = list(locked.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()


def _end(actor: User | None, rows: Any) -> int:
    """Delete sessions; their open pages hear of it after the commit. A request that runs cannot save them again.

    Returns how many of them were not over already; of those alone an event is recorded.
    """
    found = dict(rows.select_for_update(of=("self",)).order_by("pk").values_list("session_key", "user_id"))
    if not found:
        return 0
    lasting = sum(lasts(began_in(decoded(data))) for data in stored(list(found)).values())
    Session.objects.filter(session_key__in=found).delete()
    UserSession.objects.filter(session_key__in=found).delete()
    for key, person_id in found.items():
        publish_on_commit(person_group(person_id), {"type": "session.ended", "session": digest_of(key)})
    if lasting:
        subject, data = person_subject(next(iter(found.values()))), {"count": lasting}
        record(INSTANCE, kind=AccountEvent.SESSIONS_ENDED, actor=actor, subject=subject, data=data)
    return lasting


_SEEN = """
UPDATE accounts_user SET last_seen_at = %(now)s WHERE id IN (
    SELECT id FROM accounts_user
    WHERE id = ANY(%(people)s) AND (last_seen_at IS NULL OR last_seen_at < %(before)s)
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
"""
_SESSIONS_SEEN = """
UPDATE usersessions_usersession SET last_seen_at = %(now)s WHERE id IN (
    SELECT id FROM usersessions_usersession
    WHERE session_key = ANY(%(keys)s) AND last_seen_at < %(before)s
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
"""


def note_seen(person_ids: Collection[int], session_keys: Collection[str], now: datetime) -> None:
    """Mark people with open pages, and their sessions, as seen; two statements for all, and seldom anything to write.

    A row that somebody is changing at the moment is left for the next time.
    """
    before = datetime.fromtimestamp(now.timestamp() - SEEN_SECONDS, tz=now.tzinfo)
    values: dict[str, Any] = {"now": now, "before": before, "people": list(person_ids), "keys": list(session_keys)}
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, values)
        cursor.execute(_SESSIONS_SEEN, values)
