"""Teams and who is in them."""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from ninja import Path, Query
from pydantic import Field

from accounts.access import get_deleted_team_or_404, get_team_member_or_404, get_team_or_404, require, require_whole
from accounts.api.shapes import PersonOut, person_out
from accounts.enums import Scope, TeamRole
from accounts.forms.teams import TeamForm
from accounts.models import Team, TeamMembership
from accounts.queries.teams import deleted_teams, members_of, teams_with_roles
from accounts.services.teams import (
    change_team_role,
    create_team,
    delete_team,
    join_by_link,
    leave_team,
    remove_team_member,
    rename_team,
    restore_team,
    set_join_link,
    transfer_team,
)
from accounts.teamroles import TeamAct
from config.api.forms import changes_of
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, Sort, page_of
from config.api.shapes import Done, In, Listing, Out

routes = Operations(tags=["Teams"])
TeamId = Annotated[int, Path(ge=1, le=2**63 - 1)]
RoleWord = Annotated[str, OneOf(*TeamRole.values)]
SORTS = {
    "name": ["person__username"],
    "joined": ["joined_at", "pk"],
    "seen": ["person__last_seen_at", "pk"],
}


class TeamOut(Out):
    """A team. `role` is one's own in it; null for a site administrator who is not in it."""

    id: int
    name: str
    is_personal: bool
    role: RoleWord | None
    created_at: datetime
    deleted_at: datetime | None


class TeamMemberOut(Out):
    """Somebody in a team."""

    person: PersonOut
    role: RoleWord
    joined_at: datetime
    last_seen_at: datetime | None


class JoinLinkOut(Out):
    """The team's join link: whoever opens it joins as a member. `url` is empty while it is off."""

    on: bool
    url: str


class TeamIn(In):
    """A team's name."""

    name: str = Field(max_length=80)


class DeleteTeamIn(In):
    """The team's name, typed again."""

    name: str = Field(max_length=80)


class TeamRoleIn(In):
    """What somebody is to be in the team."""

    role: RoleWord


class TransferIn(In):
    """Who is to own the team."""

    username: str = Field(max_length=32)


class JoinLinkIn(In):
    """Whether there is a join link. On anew makes a new one; the earlier opens nothing any more."""

    on: bool


class JoinIn(In):
    """The last part of a join link."""

    code: str = Field(max_length=64)


class TeamMembersAsked(Paging):
    """Which members are listed."""

    q: str = Field("", max_length=100, description="A part of the name or username.")
    sort: Annotated[str, Sort(*SORTS)] = "name"


def team_out(team: Team, role: TeamRole | str | None) -> TeamOut:
    """Return a team as somebody who is `role` in it sees it."""
    return TeamOut(
        id=team.pk,
        name=team.name,
        is_personal=team.is_personal,
        role=str(role) if role else None,
        created_at=team.created_at,
        deleted_at=team.deleted_at,
    )


def member_out(place: TeamMembership) -> TeamMemberOut:
    """Return somebody in a team."""
    person = place.person
    return TeamMemberOut(
        person=person_out(person), role=place.role, joined_at=place.joined_at, last_seen_at=person.last_seen_at
    )


def link_out(team: Team) -> JoinLinkOut:
    """Return the team's join link."""
    return JoinLinkOut(
        on=bool(team.join_code), url=f"{settings.SITE_URL}/join/{team.join_code}/" if team.join_code else ""
    )


@routes.get("/teams", scope=Scope.TEAMS_READ, answer=list[TeamOut], errors=())
def list_teams(request: ApiRequest) -> list[TeamOut]:
    """List your teams.

    Shared ones first, then your own, by name.
    """
    return [team_out(place.team, place.role) for place in teams_with_roles(request.user)]


@routes.get("/teams/deleted", scope=Scope.TEAMS_READ, answer=list[TeamOut], errors=())
def list_deleted_teams(request: ApiRequest) -> list[TeamOut]:
    """List the deleted teams that you may bring back.

    Owners may for some days; site administrators see all of them.
    """
    return [team_out(team, None) for team in deleted_teams(request.user)]


@routes.post("/teams", scope=Scope.TEAMS_WRITE, answer=TeamOut, status=201, errors=(422,))
def create_new_team(request: ApiRequest, body: TeamIn) -> TeamOut:
    """Create a team.

    You own it.
    """
    name = changes_of(TeamForm, body, {})["name"]
    return team_out(create_team(actor=request.user, name=name), TeamRole.OWNER)


@routes.post("/teams/join", scope=Scope.TEAMS_WRITE, answer=TeamOut, errors=(404, 422))
def join_team_by_link(request: ApiRequest, body: JoinIn) -> TeamOut:
    """Join a team by its join link.

    As a member. Who is in it already keeps their role.
    """
    place = join_by_link(actor=request.user, code=body.code)
    return team_out(place.team, place.role)


@routes.get("/teams/{int:team_id}", scope=Scope.TEAMS_READ, answer=TeamOut, errors=(404,))
def read_team(request: ApiRequest, team_id: TeamId) -> TeamOut:
    """Read a team.

    For everyone in it, and for site administrators.
    """
    team, access = get_team_or_404(request.user, team_id)
    return team_out(team, access.role)


@routes.patch("/teams/{int:team_id}", scope=Scope.TEAMS_WRITE, answer=TeamOut)
def rename_one_team(request: ApiRequest, team_id: TeamId, body: TeamIn) -> TeamOut:
    """Rename a team.

    For its owners and admins.
    """
    team, access = get_team_or_404(request.user, team_id)
    name = changes_of(TeamForm, body, {})["name"]
    return team_out(rename_team(actor=request.user, team=team, name=name), access.role)


@routes.delete("/teams/{int:team_id}", scope=Scope.TEAMS_WRITE, answer=Done)
def delete_one_team(request: ApiRequest, team_id: TeamId, body: DeleteTeamIn) -> Done:
    """Delete a team with its projects.

    For its owners, who send its name as well; they can bring it back for some days. Nobody deletes their own team.
    """
    team, _access = get_team_or_404(request.user, team_id)
    delete_team(actor=request.user, team=team, typed_name=body.name)
    return Done()


@routes.post("/teams/{int:team_id}/restore", scope=Scope.TEAMS_WRITE, answer=TeamOut)
def restore_one_team(request: ApiRequest, team_id: TeamId) -> TeamOut:
    """Bring a deleted team back.

    With the projects that went with it. For its owners, within the days of grace.
    """
    team = restore_team(actor=request.user, team=get_deleted_team_or_404(request.user, team_id))
    return team_out(team, get_team_or_404(request.user, team_id)[1].role)


@routes.post("/teams/{int:team_id}/leave", scope=Scope.TEAMS_WRITE, answer=Done)
def leave_one_team(request: ApiRequest, team_id: TeamId) -> Done:
    """Leave a team and all of its projects.

    The last owner cannot, and nobody leaves their own team.
    """
    leave_team(actor=request.user, team=get_team_or_404(request.user, team_id)[0])
    return Done()


@routes.post("/teams/{int:team_id}/transfer", scope=Scope.TEAMS_WRITE, answer=TeamOut)
def transfer_one_team(request: ApiRequest, team_id: TeamId, body: TransferIn) -> TeamOut:
    """Hand a team over.

    To somebody in it; you stay as an admin. For its owners.
    """
    team, access = get_team_or_404(request.user, team_id)
    # Before anybody is looked for by name, as on the page.
    require(team, request.user, TeamAct.TRANSFER)
    person = get_team_member_or_404(team, access, body.username).person
    return team_out(transfer_team(actor=request.user, team=team, person=person), TeamRole.ADMIN)


@routes.get("/teams/{int:team_id}/members", scope=Scope.TEAMS_READ, answer=Listing[TeamMemberOut], sparse=True)
def list_team_members(request: ApiRequest, team_id: TeamId, asked: Query[TeamMembersAsked]) -> Listing[TeamMemberOut]:
    """List who is in a team.

    Guests see its owners and admins, and themselves. No token of some projects only sees who is in a team.
    """
    team, access = get_team_or_404(request.user, team_id)
    require_whole(request.user)
    falls, name = asked.sort.startswith("-"), asked.sort.lstrip("-")
    order = [f"-{key}" if falls else key for key in SORTS[name]]
    found, following = page_of(members_of(team, access, request.user, text=asked.q), asked, order, context="members")
    return Listing(items=[member_out(place) for place in found], next=following)


@routes.patch("/teams/{int:team_id}/members/{username}", scope=Scope.TEAMS_WRITE, answer=TeamMemberOut)
def change_team_member(request: ApiRequest, team_id: TeamId, username: str, body: TeamRoleIn) -> TeamMemberOut:
    """Give somebody in a team another role.

    Owners make everyone anything; admins make admins, members and guests of each other. A team keeps an owner.
    """
    team, access = get_team_or_404(request.user, team_id)
    person = get_team_member_or_404(team, access, username).person
    return member_out(change_team_role(actor=request.user, team=team, person=person, role=TeamRole(body.role)))


@routes.delete("/teams/{int:team_id}/members/{username}", scope=Scope.TEAMS_WRITE, answer=Done)
def remove_one_team_member(request: ApiRequest, team_id: TeamId, username: str) -> Done:
    """Take somebody out of a team and all of its projects.

    By the rule of changing roles; an owner is taken out by owners only.
    """
    team, access = get_team_or_404(request.user, team_id)
    person = get_team_member_or_404(team, access, username).person
    remove_team_member(actor=request.user, team=team, person=person)
    return Done()


@routes.get("/teams/{int:team_id}/join-link", scope=Scope.TEAMS_WRITE, answer=JoinLinkOut, errors=(404,))
def read_join_link(request: ApiRequest, team_id: TeamId) -> JoinLinkOut:
    """Read a team's join link.

    For its owners and admins, with the scope to change teams: whoever has the link can let people in.
    """
    team, _access = get_team_or_404(request.user, team_id)
    require(team, request.user, TeamAct.INVITE)
    return link_out(team)


@routes.put("/teams/{int:team_id}/join-link", scope=Scope.TEAMS_WRITE, answer=JoinLinkOut)
def set_one_join_link(request: ApiRequest, team_id: TeamId, body: JoinLinkIn) -> JoinLinkOut:
    """Switch a team's join link on, with a new address, or off.

    For its owners and admins.
    """
    team, _access = get_team_or_404(request.user, team_id)
    return link_out(set_join_link(actor=request.user, team=team, is_on=body.on))
