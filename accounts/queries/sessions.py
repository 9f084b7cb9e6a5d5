"""Reading a person's sessions."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession

from accounts.devices import device_of
from accounts.models import User
from notifications.live import sessions


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A log-in that lasts. `is_this` is the one that asks; `is_script` one that a script made over the API."""

    pk: int
    device: str
    agent: str
    ip: str
    began_at: datetime
    seen_at: datetime
    is_this: bool
    is_script: bool


def open_sessions(person: User, session_key: str | None) -> list[OpenSession]:
    """Return the person's sessions that hold, this one first, then by when they were last seen (two statements)."""
    rows = list(UserSession.objects.filter(user=person).order_by("-last_seen_at", "-pk"))
    kept = sessions.stored([row.session_key for row in rows])
    holding = [row for row in rows if row.session_key in kept and _holds(kept[row.session_key], person)]
    found = [_as_shown(row, session_key) for row in holding]
    return sorted(found, key=lambda each: not each.is_this)


def _holds(data: str, person: User) -> bool:
    return sessions.holds(sessions.decoded(data), person)


def _as_shown(row: UserSession, session_key: str | None) -> OpenSession:
    return OpenSession(
        pk=row.pk,
        device=device_of(row.user_agent),
        agent=row.user_agent,
        ip="" if row.ip == "0.0.0.0" else row.ip,  # noqa: S104 (an address that is none)
        began_at=row.created_at,
        seen_at=row.last_seen_at,
        is_this=row.session_key == session_key,
        is_script=bool(row.data.get("script")),
    )
