"""Reading what site administrators see: figures, people and teams of the whole installation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.http import Http404

from accounts.enums import TeamRole
from accounts.models import InstanceSettings, PersonalToken, Team, TeamMembership, User
from accounts.queries.sessions import open_sessions
from accounts.standing import FACTORS
from config import clock

PAGE = 50
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figures:
    """The size of the installation, and what waits in it or was given up."""

    people: int
    active_this_week: int
    administrators: int
    deactivated: int
    teams: int
    projects: int
    events_waiting: int
    events_dead: int
    mails_waiting: int
    mails_dead: int
    hooks_waiting: int
    hooks_dead: int

    @property
    def dead(self) -> int:
        """All that was given up."""
        return self.events_dead + self.mails_dead + self.hooks_dead


_FIGURES = """
SELECT people.*,
    (SELECT COUNT(*) FROM accounts_team WHERE deleted_at IS NULL AND NOT is_personal),
    (SELECT COUNT(*) FROM projects_project WHERE deleted_at IS NULL),
    outbox.*, mails.*, hooks.*
FROM (SELECT COUNT(*) FILTER (WHERE is_active),
          COUNT(*) FILTER (WHERE is_active AND greatest(last_seen_at, last_login) > %s),
          COUNT(*) FILTER (WHERE is_active AND is_superuser),
          COUNT(*) FILTER (WHERE NOT is_active AND left_at IS NULL) FROM accounts_user) AS people,
    (SELECT COUNT(*) FILTER (WHERE died_at IS NULL), COUNT(*) FILTER (WHERE died_at IS NOT NULL)
     FROM notifications_outbox) AS outbox,
    (SELECT COUNT(*) FILTER (WHERE state = 'waiting'), COUNT(*) FILTER (WHERE state = 'dead')
     FROM notifications_delivery WHERE state IN ('waiting', 'dead')) AS mails,
    (SELECT COUNT(*) FILTER (WHERE state = 'waiting'), COUNT(*) FILTER (WHERE state = 'dead')
     FROM notifications_hookdelivery WHERE state IN ('waiting', 'dead')) AS hooks
"""


def figures() -> Figures:
    """Return the figures of the overview (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [clock.now() - WEEK])
        numbers = list(cursor.fetchone())
    # People come first in the statement, teams and projects after them, as the fields stand.
    return Figures(**dict(zip([field.name for field in fields(Figures)], numbers, strict=True)))


def settings_row() -> InstanceSettings:
    """Return the settings as they are stored; the defaults where nobody has saved any."""
    return InstanceSettings.objects.first() or InstanceSettings()


PEOPLE_SORTS: Mapping[str, tuple[str | OrderBy, ...]] = {
    "name": ("display_name", "username"),
    "seen": (F("seen_at").desc(nulls_last=True), "username"),
    "joined": ("-date_joined", "username"),
    "projects": ("-project_count", "username"),
}
PEOPLE_FILTERS: Mapping[str, Mapping[str, Q]] = {
    "role": {"administrator": Q(is_superuser=True), "user": Q(is_superuser=False)},
    "state": {
        "active": Q(is_active=True),
        "deactivated": Q(is_active=False, left_at=None),
        "left": Q(left_at__isnull=False),
    },
    "factor": {"none": Q(has_factor=False), "any": Q(has_factor=True)},
    "login": {"never": Q(last_login=None)},
}


NOTHING: Mapping[str, str] = {}


def people_of_instance(*, text: str = "", chosen: Mapping[str, str] = NOTHING, sort: str = "name") -> QuerySet[User]:
    """Return everyone, narrowed by words of name, username or address and by PEOPLE_FILTERS; unknown values narrow
    nothing. With `has_factor`, `seen_at`, `team_count` and `project_count` of live teams and projects."""
    teams = TeamMembership.objects.filter(person=OuterRef("pk"), team__deleted_at=None)
    people = User.objects.annotate(
        has_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)),
        seen_at=Coalesce("last_seen_at", "last_login"),
        team_count=_counted(teams, "person"),
        project_count=Count("memberships", filter=Q(memberships__project__deleted_at=None)),
    )
    if text:
        words = Q(username__icontains=text) | Q(display_name__icontains=text) | Q(email__icontains=text)
        people = people.filter(words)
    for name, value in chosen.items():
        people = people.filter(PEOPLE_FILTERS.get(name, {}).get(value, Q()))
    return people.order_by(*PEOPLE_SORTS.get(sort, PEOPLE_SORTS["name"]))


def _counted(rows: QuerySet[TeamMembership], group: str) -> Coalesce:
    counts = rows.order_by().values(group).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), 0)


def get_person_or_404(username: str) -> User:
    """Return anybody by username, also who is deactivated or left, or raise Http404. For administrators' pages."""
    person = User.objects.filter(username__iexact=username).first()
    if person is None:
        raise Http404("no such person")
    return person


def person_named(name: str) -> User | None:
    """Return anybody with this username or e-mail address as a whole, or None. For administrators' pages."""
    return User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).first()


def people_by_id(ids: list[int]) -> list[User]:
    """Return people by id, in the order of their ids; unknown ids are left out."""
    return list(User.objects.filter(pk__in=ids).order_by("pk"))


def people_by_username(names: Iterable[str | None]) -> dict[str, User]:
    """Return people by username, as it is written; unknown names are left out."""
    return {person.username: person for person in User.objects.filter(username__in=[name for name in names if name])}


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What administrators see of a person beside their row. Factors are the kinds of those that are set up."""

    teams: list[TeamMembership]
    factors: list[str]
    sessions: int
    tokens: int


def person_card(person: User) -> PersonCard:
    """Return a person's live teams, factors, and how many sessions and tokens hold (five statements)."""
    teams = TeamMembership.objects.filter(person=person, team__deleted_at=None).select_related("team")
    factors = Authenticator.objects.filter(user=person, type__in=FACTORS).order_by("type", "pk")
    tokens = PersonalToken.objects.filter(person=person, revoked_at=None, expires_at__gt=clock.now())
    return PersonCard(
        teams=list(teams.order_by("team__is_personal", "team__name", "pk")),
        factors=[factor.get_type_display() for factor in factors],
        sessions=len(open_sessions(person, None)),
        tokens=tokens.count(),
    )


TEAM_STATES: Mapping[str, Q] = {"": Q(deleted_at=None), "deleted": Q(deleted_at__isnull=False)}


def teams_of_instance(*, text: str = "", state: str = "", personal: bool = False) -> QuerySet[Team]:
    """Return teams with `people_count` and `project_count`, by name.

    Live or deleted ones; people's own teams only where `personal` asks for them, because everyone has one.
    """
    teams = Team.objects.filter(TEAM_STATES.get(state, TEAM_STATES[""])).annotate(
        people_count=Count("memberships", distinct=True),
        project_count=Count("projects", filter=Q(projects__deleted_at=None), distinct=True),
    )
    if not personal:
        teams = teams.filter(is_personal=False)
    if text:
        teams = teams.filter(name__icontains=text)
    return teams.order_by("name", "pk")


def owners_of(teams: Iterable[Team]) -> dict[int, User]:
    """Return the one who has owned it the longest, by the team's id; nothing for a team without owners."""
    places = TeamMembership.objects.filter(team__in=[team.pk for team in teams], role=TeamRole.OWNER)
    return {place.team_id: place.person for place in places.select_related("person").order_by("-pk")}
