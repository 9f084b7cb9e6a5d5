"""Reading people and teams."""

from django.db.models import QuerySet

from accounts.enums import TeamRole
from accounts.models import Team, User


def teams_of(person: User) -> QuerySet[Team]:
    """Return the teams that a person is in: those shared with others first, then their own, by name."""
    mine = Team.objects.filter(memberships__person=person, deleted_at__isnull=True)
    return mine.order_by("is_personal", "name", "pk")


def teams_to_create_in(person: User) -> QuerySet[Team]:
    """Return the teams in which a person may create projects: all of theirs but those where they are a guest."""
    able = [TeamRole.OWNER, TeamRole.ADMIN, TeamRole.MEMBER]
    return teams_of(person).filter(memberships__role__in=able, memberships__person=person)
