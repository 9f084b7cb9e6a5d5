"""What keeps a person from deleting their account: what nobody else could look after then."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.enums import TeamRole
from accounts.hooks import lent
from accounts.models import Team, TeamMembership, User
from accounts.naming import listed


def own_teams(person: User) -> list[Team]:
    """Return the teams that are the person's own and were never shared."""
    return list(Team.objects.filter(memberships__person=person, is_personal=True, deleted_at=None).order_by("pk"))


def shared_teams(person: User) -> list[Team]:
    """Return the other teams that the person is in."""
    return list(Team.objects.filter(memberships__person=person, is_personal=False, deleted_at=None).order_by("pk"))


def deleted_teams(person: User) -> list[Team]:
    """Return the teams that the person is in and that were deleted: somebody may still bring them back."""
    return list(Team.objects.filter(memberships__person=person, deleted_at__isnull=False).order_by("pk"))


def reasons_to_stay(person: User) -> list[str]:
    """Return, as sentences, what has to be handed over or deleted first; nothing where the person may go."""
    found = []
    if teams := _owned_alone(person):
        names = {"teams": listed(team.name for team in teams)}
        found.append(
            _("You are the only owner of %(teams)s. Make someone else an owner there, or delete the team.") % names
        )
    if led := lent.projects_led_alone(person):
        names = {"projects": listed(f"{project.name} ({project.key})" for project in led)}
        found.append(
            _("You are the only lead of %(projects)s. Make someone else a lead there, or delete the project.") % names
        )
    held = [project for team in own_teams(person) for project in lent.projects_held(team) if project not in led]
    if held:
        names = {"projects": listed(f"{project.name} ({project.key})" for project in held)}
        found.append(
            _("Your own team holds %(projects)s. Invite someone to the team and hand it over, or delete the project.")
            % names
        )
    return found


def _owned_alone(person: User) -> list[Team]:
    owners = TeamMembership.objects.filter(team=OuterRef("pk"), role=TeamRole.OWNER, person__is_active=True)
    mine = Team.objects.filter(memberships__person=person, memberships__role=TeamRole.OWNER, is_personal=False)
    return list(mine.filter(~Exists(owners.exclude(person=person)), deleted_at=None).order_by("name", "pk"))
