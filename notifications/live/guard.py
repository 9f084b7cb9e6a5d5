"""Whether open sockets may still be open: asked of the database, for many sockets with five statements.

A socket outlives the request that opened it, so nothing that was true then may be relied on: the session, the person,
their password, their place in the project.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from notifications.hooks import lent
from notifications.live import sessions
from notifications.live.sockets import Close, Place

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Claim:
    """What a socket was opened with."""

    person: "User"
    session: str
    data: str
    place: Place | None
    began: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """`code` is why the socket must close, 0 where it may stay; then the person and their rooms as they are now."""

    code: int = 0
    person: Any = None
    data: str = ""
    rooms: Mapping[int, str] = field(default_factory=dict)


def judge(claims: Sequence[Claim]) -> list[Verdict]:
    """Return a verdict for each claim, in their order."""
    stored = sessions.stored({claim.session for claim in claims})
    people = sessions.people({claim.person.pk for claim in claims})
    pairs = {(claim.person.pk, claim.place.project_id) for claim in claims if claim.place}
    places = lent.places(people, pairs)
    rooms = lent.rooms(people)
    kept_out = lent.kept_out(people)
    return [
        Verdict(Close.RIGHTS) if claim.person.pk in kept_out else _verdict(claim, stored, people, places, rooms)
        for claim in claims
    ]


def _verdict(
    claim: Claim,
    stored: Mapping[str, str],
    people: "Mapping[int, User]",
    places: Mapping[tuple[int, int], Place],
    rooms: Mapping[int, Mapping[int, str]],
) -> Verdict:
    person, data = people.get(claim.person.pk), stored.get(claim.session)
    if person is None or data is None or not _is_theirs(claim, data, person):
        return Verdict(Close.LOG_IN)
    if claim.place and places.get((person.pk, claim.place.project_id)) != claim.place:
        return Verdict(Close.RIGHTS)
    return Verdict(0, person, data, rooms.get(person.pk, {}))


def _is_theirs(claim: Claim, data: str, person: "User") -> bool:
    """Say whether the session holds. While neither it nor the password has changed, only its age has."""
    if data == claim.data and person.password == claim.person.password:
        return sessions.lasts(claim.began)
    return sessions.holds(sessions.decoded(data), person)


def claims_of(sockets: Iterable[Any]) -> list[Claim]:
    """Return what these sockets were opened with; taken in the event loop, judged in a thread."""
    return [
        Claim(socket.bearer.person, socket.bearer.key, socket.bearer.data, socket.place, socket.bearer.began)
        for socket in sockets
    ]
