"""Reading teams."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.access import TeamAccess, grace_began
from accounts.enums import TeamRole
from accounts.events import team_stream
from accounts.models import Team, TeamMembership, User
from accounts.teamroles import MANAGERS, ORDER
from notifications.models import Event
from notifications.queries import events_of

MEMBERS_PAGE = EVENTS_PAGE = 50
SEQ_DIGITS = 18
_NAME = Lower(Coalesce(NullIf("person__display_name", Value("")), "person__username"))
_STRENGTH = Case(*(When(role=role, then=Value(place)) for place, role in enumerate(ORDER)))
# How the page of a team may be sorted; everything else is by name.
SORTS = {
    "name": (_NAME, "pk"),
    "role": (_STRENGTH, _NAME, "pk"),
    "seen": (F("person__last_seen_at").desc(nulls_last=True), _NAME, "pk"),
    "joined": (F("joined_at").desc(), "pk"),
}


def teams_of(person: User) -> QuerySet[Team]:
    """Return the teams that a person is in: those shared with others first, then their own, by name."""
    mine = Team.objects.filter(memberships__person=person, deleted_at__isnull=True)
    return mine.order_by("is_personal", "name", "pk")


def my_team(person: User | AnonymousUser, number: str) -> Team | None:
    """Return the team with the id that an address gives, where the person is in it; otherwise None."""
    if not person.is_authenticated or not number.isdecimal() or len(number) > SEQ_DIGITS:
        return None
    return teams_of(person).filter(pk=int(number)).first()


def teams_with_roles(person: User) -> QuerySet[TeamMembership]:
    """Return the person's places in the teams of `teams_of`, with the team and `people`: how many are in it."""
    mine = TeamMembership.objects.filter(person=person, team__deleted_at__isnull=True).select_related("team")
    counted = mine.annotate(people=Count("team__memberships"))
    return counted.order_by("team__is_personal", "team__name", "team__pk")


def deleted_teams(person: User) -> QuerySet[Team]:
    """Return the deleted teams that the person may still bring back, the latest first; an administrator all."""
    deleted = Team.objects.filter(deleted_at__gt=grace_began()).order_by("-deleted_at", "pk")
    if person.is_superuser:
        return deleted
    return deleted.filter(memberships__person=person, memberships__role=TeamRole.OWNER)


@dataclass(frozen=True, slots=True)
class RailTeam:
    """A team as the rail shows it."""

    pk: int
    name: str

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"/teams/{self.pk}/"


_RAIL_TEAMS = """
SELECT team.id, team.name FROM accounts_team AS team
JOIN accounts_teammembership AS membership ON membership.team_id = team.id
WHERE membership.person_id = %s AND team.deleted_at IS NULL ORDER BY team.is_personal, team.name, team.id
"""


def rail_teams(person: User) -> list[RailTeam]:
    """Return `teams_of` for the rail of every page: one statement written by hand."""
    with connection.cursor() as cursor:
        cursor.execute(_RAIL_TEAMS, [person.pk])
        return [RailTeam(*row) for row in cursor.fetchall()]


def teams_to_create_in(person: User) -> QuerySet[Team]:
    """Return the teams in which a person may create projects: all of theirs but those where they are a guest."""
    able = [TeamRole.OWNER, TeamRole.ADMIN, TeamRole.MEMBER]
    return teams_of(person).filter(memberships__role__in=able, memberships__person=person)


def members_of(
    team: Team, access: TeamAccess, reader: User, *, text: str = "", sort: str = "role"
) -> QuerySet[TeamMembership]:
    """Return who is in a team, as far as the reader sees it: guests see its owners and admins, and themselves.

    `text` narrows by name or username; `sort` is a key of SORTS.
    """
    places = TeamMembership.objects.filter(team=team).select_related("person")
    if not access.sees_everyone:
        places = places.filter(Q(role__in=MANAGERS) | Q(person=reader))
    if text:
        places = places.filter(Q(person__username__icontains=text) | Q(person__display_name__icontains=text))
    return places.order_by(*SORTS.get(sort, SORTS["role"]))


def events_page(team: Team, before: str) -> tuple[list[Event], int | None]:
    """Return up to EVENTS_PAGE events of a team with their actors, newest first, and where the next page begins.

    `before` is what an address says: only a number narrows.
    """
    events = events_of(team_stream(team.pk))
    if before.isdecimal() and len(before) <= SEQ_DIGITS:
        events = events.filter(seq__lt=int(before))
    found = list(events[: EVENTS_PAGE + 1])
    shown = found[:EVENTS_PAGE]
    return shown, shown[-1].seq if len(found) > EVENTS_PAGE else None


def heirs_of(team: Team, owner: User) -> QuerySet[User]:
    """Return whom an owner may hand the team to: everyone else in it who can log in, by name."""
    others = User.objects.filter(team_memberships__team=team, is_active=True).exclude(pk=owner.pk)
    return others.order_by("display_name", "username")
