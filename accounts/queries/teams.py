"""Reading teams."""

from django.db import connection
from django.db.models import QuerySet

from accounts.enums import TeamRole
from accounts.models import Team, User


def teams_of(person: User) -> QuerySet[Team]:
    """Return the teams that a person is in: those shared with others first, then their own, by name."""
    mine = Team.objects.filter(memberships__person=person, deleted_at__isnull=True)
    return mine.order_by("is_personal", "name", "pk")


_TEAM_NAME = """
SELECT team.name FROM accounts_team AS team JOIN accounts_teammembership AS membership ON membership.team_id = team.id
WHERE membership.person_id = %s AND team.deleted_at IS NULL ORDER BY team.is_personal, team.name, team.id LIMIT 1
"""


def team_name_of(person: User) -> str:
    """Return the name of the first of `teams_of`: every page shows it. Empty where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_TEAM_NAME, [person.pk])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def teams_to_create_in(person: User) -> QuerySet[Team]:
    """Return the teams in which a person may create projects: all of theirs but those where they are a guest."""
    able = [TeamRole.OWNER, TeamRole.ADMIN, TeamRole.MEMBER]
    return teams_of(person).filter(memberships__role__in=able, memberships__person=person)
