"""Everything that changes teams."""

from django.db import transaction

from accounts.enums import TeamRole
from accounts.events import AccountEvent, team_stream
from accounts.models import Team, TeamMembership, User
from notifications.history import save_as
from notifications.services import record


@transaction.atomic
def create_team(*, actor: User, name: str, is_personal: bool = False) -> Team:
    """Create a team that `actor` owns."""
    team = save_as(actor, Team(name=name, is_personal=is_personal))
    save_as(actor, TeamMembership(team=team, person=actor, role=TeamRole.OWNER))
    record(team_stream(team.pk), kind=AccountEvent.TEAM_CREATED, actor=actor, data={"name": name})
    return team


@transaction.atomic
def join_team(*, actor: User, team: Team, person: User, role: TeamRole) -> TeamMembership:
    """Make a person part of a team; nothing happens where they are already."""
    found = TeamMembership.objects.filter(team=team, person=person).first()
    if found:
        return found
    membership = save_as(actor, TeamMembership(team=team, person=person, role=role))
    data = {"person": person.name, "role": role}
    record(team_stream(team.pk), kind=AccountEvent.TEAM_JOINED, actor=actor, data=data)
    return membership
