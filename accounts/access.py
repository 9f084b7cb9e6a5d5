"""The only ways to get a team from outside input. Not in it: 404. In it but not allowed: 403 with the rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.enums import TeamRole
from accounts.events import team_stream
from accounts.models import Team, TeamInvitation, TeamMembership, User
from accounts.naming import listed
from accounts.teamroles import ACTS, MANAGERS, NEEDED, ORDER, TeamAct, may_do
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.webhooks.owners import HookOwner

STRENGTH = Case(*(When(role=role, then=Value(place)) for place, role in enumerate(ORDER)))


@dataclass(frozen=True, slots=True)
class TeamAccess:
    """What one person is in one team. A site administrator acts as an owner, in it or not."""

    role: TeamRole | None
    is_administrator: bool = False

    @property
    def acts_as(self) -> TeamRole | None:
        """The role by which the table of accounts/teamroles.py judges."""
        return TeamRole.OWNER if self.is_administrator else self.role

    def can(self, act: TeamAct) -> bool:
        """Say whether the person may do it."""
        return may_do(act, self.acts_as)

    @property
    def sees_everyone(self) -> bool:
        """Say whether the person sees who is in the team: all but guests, who see its owners and admins."""
        return self.can(TeamAct.SEE)


def team_access(team: Team, person: User) -> TeamAccess:
    """Return what the person is in the team now; one statement."""
    role = TeamMembership.objects.filter(team=team, person=person).values_list("role", flat=True).first()
    return TeamAccess(TeamRole(role) if role else None, person.is_superuser)


def require(team: Team, person: User, act: TeamAct) -> TeamAccess:
    """Return the person's access, or raise PermissionRefused with the rule and who can help."""
    access = team_access(team, person)
    if not access.can(act):
        raise refusal(team, access, act)
    require_whole(person)
    return access


def refusal(team: Team, access: TeamAccess, act: TeamAct) -> PermissionRefused:
    """Build the 403 that names the act, the roles that may do it, the person's own, and who has such a role."""
    able = [person.name for person in people_as(team, NEEDED[act])]
    words = {
        "act": ACTS[act] % {"team": team.name},
        "roles": _(" or ").join(str(role.label).lower() for role in NEEDED[act]),
        "you": str(access.role.label).lower() if access.role else _("not in it"),
        "able": listed(able),
    }
    message = _("%(act)s needs the role %(roles)s; you are %(you)s. %(able)s can do that.") % words
    return PermissionRefused(message, context={"act": act.value, "able": able})


def require_whole(person: User) -> None:
    """Raise PermissionRefused for a token that reaches some projects only, where what is asked for reaches further:
    a team's people, another token, the whole installation."""
    if person.credential is not None and person.credential.projects is not None:
        raise PermissionRefused(
            _("This token is for some projects only, and this reaches further. Make one for all of your projects."),
            code="token_projects",
        )


def people_as(team: Team, roles: tuple[TeamRole, ...] = MANAGERS) -> QuerySet[User]:
    """Return the active people of a team who have one of the roles, by name."""
    people = User.objects.filter(team_memberships__team=team, team_memberships__role__in=roles, is_active=True)
    return people.order_by("display_name", "username")


def get_team_or_404(person: User, pk: int) -> tuple[Team, TeamAccess]:
    """Return a team and what the person is in it; Http404 for who is not in it, site administrators aside."""
    team = Team.objects.filter(pk=pk, deleted_at__isnull=True).first()
    access = team_access(team, person) if team else None
    if team is None or access is None or access.acts_as is None:
        raise Http404("no such team")
    return team, access


def get_deleted_team_or_404(person: User, pk: int) -> Team:
    """Return a deleted team in its days of grace to its owners and site administrators; Http404 to everyone else."""
    team = Team.objects.filter(pk=pk, deleted_at__gt=grace_began()).first()
    if team is None or not team_access(team, person).can(TeamAct.DELETE):
        raise Http404("no such team")
    return team


def grace_began() -> datetime:
    """Return the moment since which a team must have been deleted to be brought back."""
    return clock.now() - timedelta(days=settings.TEAM_GRACE_DAYS)


def get_team_by_code_or_404(code: str) -> Team:
    """Return the team with this join link while it is on, or raise Http404."""
    team = Team.objects.filter(join_code=code, deleted_at__isnull=True).first() if code else None
    if team is None:
        raise Http404("no such link")
    return team


def get_team_member_or_404(team: Team, access: TeamAccess, username: str) -> TeamMembership:
    """Return a person's place in the team; Http404 where they are not in it, or the reader may not know that."""
    found = TeamMembership.objects.filter(team=team, person__username__iexact=username).select_related("person").first()
    if found is None or not (access.sees_everyone or found.role in MANAGERS):
        raise Http404("no such member")
    return found


def get_invitation_or_404(team: Team, pk: int) -> TeamInvitation:
    """Return an invitation of the team that was neither accepted nor revoked, or raise Http404."""
    rows = TeamInvitation.objects.filter(team=team, accepted_at=None, revoked_at=None)
    found = rows.filter(pk=pk).select_related("team", "invited_by").first()
    if found is None:
        raise Http404("no such invitation")
    return found


def hooks_of(team: Team, person: User) -> HookOwner:
    """Return the team as the owner of its webhooks, for its owners and admins; PermissionRefused for others.

    Raises DomainError for a personal team: it gives no roles in its projects, so it hears nothing of them either.
    """
    require(team, person, TeamAct.HOOKS)
    if team.is_personal:
        message = _("%s is your own team and has no webhooks: make them in its projects, or invite somebody first.")
        raise DomainError(message % team.name, code="personal_team")
    return HookOwner(team_stream(team.pk), team.name, {"team": team})
