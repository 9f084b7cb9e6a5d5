"""Why somebody may do something in a project, or may not: one line for each permission, with the rule behind it.

What is allowed is what projects.access.access_to says; here stand only the words for it.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from accounts.enums import TeamRole
from accounts.models import TeamMembership, User
from accounts.naming import listed
from projects.access import Access, Person, access_to, leads_of
from projects.enums import Role, Visibility
from projects.models import Membership, Project
from projects.permissions import ACTS, ROLE_PERMS, Perm, roles_with

# What stays possible in a project that is archived or in the trash.
KEPT = {Perm.READ, Perm.MANAGE_SETTINGS, Perm.MANAGE_MEMBERS}


class Source(StrEnum):
    """The rule that decides."""

    ADMINISTRATOR = "administrator"
    GIVEN = "given"
    TEAM = "team"
    VISIBILITY = "visibility"
    VIEWERS_WRITE = "viewers_write"
    ARCHIVED = "archived"
    DELETED = "deleted"
    DEACTIVATED = "deactivated"
    GUEST = "guest"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Line:
    """One permission of a person in a project. `act` names it; `reason` says which rule decides, and who can help."""

    perm: Perm
    act: str
    allowed: bool
    source: Source
    reason: str


@dataclass(frozen=True)
class _Known:
    """What the rules look at."""

    project: Project
    person: Person
    access: Access
    membership: Membership | None
    place: TeamMembership | None
    leads: list[str]


def explain(project: Project, person: Person) -> list[Line]:
    """Return a line for each permission, in the order of projects/permissions.py (four statements).

    For the person themselves, without the limits of a token.
    """
    pk = person.pk or 0
    membership = Membership.objects.filter(project=project, person=pk).first()
    place = TeamMembership.objects.filter(team=project.team_id, person=pk).select_related("team").first()
    leads = [lead.name for lead in leads_of(project)]
    known = _Known(project, person, access_to(project, person), membership, place, leads)
    return [_line(known, perm) for perm in Perm]


def _line(known: _Known, perm: Perm) -> Line:
    allowed = known.access.can(perm)
    source, reason = _why(known, perm) if allowed else _why_not(known, perm)
    return Line(perm, str(ACTS[perm]), allowed, source, reason)


def _why(known: _Known, perm: Perm) -> tuple[Source, str]:
    if known.access.is_administrator:
        return Source.ADMINISTRATOR, _("Site administrators may do everything.")
    if found := _by_role(known, perm):
        return found
    if perm == Perm.WRITE_MESSAGE and known.project.viewers_may_write:
        return Source.VIEWERS_WRITE, _("Viewers may write in this project, by its settings.")
    return Source.VISIBILITY, _by_visibility(known.project)


def _by_role(known: _Known, perm: Perm) -> tuple[Source, str] | None:
    """Return where the role comes from that includes the permission: what a lead gave before what the team gives."""
    row = known.membership
    if row is None:
        return None
    if row.given_role and perm in ROLE_PERMS[Role(row.given_role)]:
        return Source.GIVEN, _("%s: a lead of the project gave this role.") % Role(row.given_role).label
    if row.team_role and perm in ROLE_PERMS[Role(row.team_role)]:
        return Source.TEAM, _by_team(known, Role(row.team_role))
    return None


def _by_team(known: _Known, role: Role) -> str:
    words = {"role": role.label, "team": known.place.team.name if known.place else known.project.team.name}
    if known.place and known.place.role == TeamRole.MEMBER:
        return _("%(role)s: what members of the team %(team)s are here, by the project's settings.") % words
    place = TeamRole(known.place.role).label if known.place else TeamRole.OWNER.label
    return _("%(role)s: as %(place)s of the team %(team)s.") % (words | {"place": str(place).lower()})


def _by_visibility(project: Project) -> str:
    if project.visibility == Visibility.PUBLIC:
        return _("The project is public: everyone reads it.")
    return _("The project is internal: everyone who is logged in reads it.")


def _why_not(known: _Known, perm: Perm) -> tuple[Source, str]:
    project, person = known.project, known.person
    if not isinstance(person, User):
        return Source.GUEST, _not_as_guest(project, perm)
    if not person.is_active:
        return Source.DEACTIVATED, _not_when_inactive(person)
    if project.deleted_at and perm not in KEPT:
        return Source.DELETED, _("The project is in the trash. Its owner or a site administrator can restore it.")
    if project.archived_at and perm not in KEPT:
        return Source.ARCHIVED, _("The project is archived. %s can bring it back in its settings.") % listed(
            known.leads
        )
    return Source.ROLE, _not_by_role(known, perm)


def _not_as_guest(project: Project, perm: Perm) -> str:
    if perm == Perm.READ and project.visibility == Visibility.PUBLIC:
        return _("An administrator asks everyone to log in, for public projects as well.")
    return _("Guests read public projects and do nothing else. Log in first.")


def _not_when_inactive(person: User) -> str:
    if person.left_at:
        return _("The account was deleted by its person.")
    return _("The account is deactivated. A site administrator can activate it again.")


def _not_by_role(known: _Known, perm: Perm) -> str:
    roles = _(" or ").join(str(role.label).lower() for role in roles_with(perm))
    role = known.access.role
    words = {
        "roles": roles,
        "now": str(role.label).lower() if role else _("not a member"),
        "leads": listed(known.leads),
    }
    return _("Needs the role %(roles)s; now: %(now)s. %(leads)s can change that.") % words
