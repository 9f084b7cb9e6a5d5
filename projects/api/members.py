"""Who belongs to a project, and as what."""

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.api.shapes import PersonOut, person_out
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging, page_of
from config.api.shapes import Done, In, Listing, Out
from projects.access import Person, access_to, get_member_or_404, get_project_or_404, require, require_member
from projects.api.projects import wrong
from projects.api.shapes import RoleWord
from projects.enums import Role
from projects.explaining import explain
from projects.listing import members_found, membership_of
from projects.models import Membership, Project
from projects.permissions import Perm
from projects.queries import person_named
from projects.services.members import add_member, change_role, remove_member

routes = Operations(tags=["Members"])
ALL = "/projects/{key:key}/members"
ONE = "/projects/{key:key}/members/{str:username}"
ORDER = ["rank", "person__display_name", "person__username"]
ActWord = Annotated[str, Field(examples=["move_issue"])]


class MemberOut(Out):
    """A member. `role` is the stronger of what a lead gave and what follows from the team."""

    person: PersonOut
    role: RoleWord
    given_role: RoleWord | None = Field(description="What a lead of the project gave; null: nothing.")
    team_role: RoleWord | None = Field(description="What follows from their place in the team; null: nothing.")
    is_active: bool
    joined_at: datetime


class MemberIn(In):
    """Who joins, and as what."""

    person: str = Field(min_length=1, max_length=254, description="A username or an e-mail address.", examples=["ana"])
    role: RoleWord = Role.DEVELOPER.value


class RoleIn(In):
    """Another role."""

    role: RoleWord


class MembersAsked(Paging):
    """Which members."""

    q: str = Field("", max_length=100, description="A part of the name or the username.")
    role: RoleWord | None = None


class PermissionOut(Out):
    """Whether somebody may do something, and why. `source` names the rule that decides."""

    perm: ActWord
    act: str = Field(examples=["Moving issues"])
    allowed: bool
    source: str = Field(examples=["given"])
    reason: str = Field(examples=["Developer: a lead of the project gave this role."])


class StandingOut(Out):
    """What you are in a project, and what you may do there, without the limits of the token."""

    role: RoleWord | None = Field(description="Null: you are not a member.")
    given_role: RoleWord | None
    team_role: RoleWord | None
    is_administrator: bool
    permissions: list[PermissionOut]


@routes.get("/projects/{key:key}/me", scope=Scope.PROJECTS_READ, answer=StandingOut, guest=True)
def read_own_standing(request: ApiRequest, key: str) -> StandingOut:
    """Read what you may do in a project, and why.

    For everyone who may read the project.
    """
    project = get_project_or_404(request.user, key)
    access, row = access_to(project, request.user), membership_of(project, request.user)
    return StandingOut(
        role=access.role.value if access.role else None,
        given_role=row.given_role if row else None,
        team_role=row.team_role if row else None,
        is_administrator=access.is_administrator,
        permissions=permissions_out(project, request.user),
    )


@routes.get(ALL, scope=Scope.PROJECTS_READ, answer=Listing[MemberOut], sparse=True)
def list_members(request: ApiRequest, key: str, asked: Query[MembersAsked]) -> Listing[MemberOut]:
    """List the members of a project.

    Leads first, then by name. For members, and site administrators.
    """
    project = get_project_or_404(request.user, key)
    require_member(project, request.user)
    found = members_found(project, text=asked.q, role=asked.role or "")
    rows, following = page_of(found, asked, ORDER, context="members")
    return Listing(items=[_member_out(row) for row in rows], next=following)


@routes.post(ALL, scope=Scope.PROJECTS_WRITE, answer=MemberOut, status=201)
def add_a_member(request: ApiRequest, key: str, member: MemberIn) -> MemberOut:
    """Add a person to a project.

    Anyone who has an active account. For leads.
    """
    project = get_project_or_404(request.user, key)
    require_member(project, request.user)
    require(project, request.user, Perm.MANAGE_MEMBERS)
    person = person_named(member.person)
    if person is None:
        raise wrong("person", _("No active person goes by this username or e-mail. They can register themselves."))
    return _member_out(add_member(actor=request.user, project=project, person=person, role=Role(member.role)))


@routes.patch(ONE, scope=Scope.PROJECTS_WRITE, answer=MemberOut)
def change_member_role(request: ApiRequest, key: str, username: str, change: RoleIn) -> MemberOut:
    """Give a member another role.

    Not less than follows from their place in the team; the last lead keeps theirs. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_MEMBERS)
    person = get_member_or_404(project, username)
    return _member_out(change_role(actor=request.user, project=project, person=person, role=Role(change.role)))


@routes.delete(ONE, scope=Scope.PROJECTS_WRITE, answer=Done)
def remove_a_member(request: ApiRequest, key: str, username: str) -> Done:
    """Remove a member from a project.

    Not the last lead, and not who is in it by their team. For leads; everyone may remove themselves.
    """
    project = get_project_or_404(request.user, key)
    require_member(project, request.user)
    remove_member(actor=request.user, project=project, person=get_member_or_404(project, username))
    return Done()


@routes.get(f"{ONE}/permissions", scope=Scope.PROJECTS_READ, answer=list[PermissionOut], errors=(404,))
def read_member_permissions(request: ApiRequest, key: str, username: str) -> list[PermissionOut]:
    """Read what a member may do in a project, and why.

    For leads; other members read their own.
    """
    project = get_project_or_404(request.user, key)
    require_member(project, request.user)
    person = get_member_or_404(project, username)
    if person != request.user:
        require(project, request.user, Perm.MANAGE_MEMBERS)
    return permissions_out(project, person)


def permissions_out(project: Project, person: Person) -> list[PermissionOut]:
    """Return a line for each permission of a person in a project."""
    return [
        PermissionOut(perm=line.perm, act=line.act, allowed=line.allowed, source=line.source, reason=line.reason)
        for line in explain(project, person)
    ]


def _member_out(row: Membership) -> MemberOut:
    return MemberOut(
        person=person_out(row.person),
        role=row.role,
        given_role=row.given_role,
        team_role=row.team_role,
        is_active=row.person.is_active,
        joined_at=row.joined_at,
    )
