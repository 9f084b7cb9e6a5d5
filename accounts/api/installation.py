"""The size of the installation, every team, and what one person has, for site administrators."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from ninja import Query
from pydantic import Field

from accounts.api.instance import administrators_only
from accounts.api.shapes import PersonOut, person_or_none
from accounts.api.teams import RoleWord
from accounts.enums import Scope
from accounts.models import Team, User
from accounts.queries.instance import (
    figures,
    get_person_or_404,
    owners_of,
    person_card,
    teams_of_instance,
)
from accounts.services.administering import reset_factors
from accounts.stepup import require_step_up_of_script
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import Listing, Out

routes = Operations(tags=["Administration"])


class FiguresOut(Out):
    """How much there is, what waits to be told, and what was given up (`dead`)."""

    people: int = Field(description="Who can log in.")
    active_this_week: int
    administrators: int
    deactivated: int
    teams: int = Field(description="Without people's own.")
    projects: int
    events_waiting: int
    events_dead: int
    mails_waiting: int
    mails_dead: int
    hooks_waiting: int
    hooks_dead: int


class AnyTeamOut(Out):
    """A team as administrators see it. `owner` is one of its owners."""

    id: int
    name: str
    is_personal: bool
    owner: PersonOut | None
    people: int
    projects: int
    created_at: datetime
    deleted_at: datetime | None


class AnyTeamsAsked(Paging):
    """Which teams."""

    q: str = Field("", max_length=100, description="A part of the name.")
    state: Annotated[str, OneOf("", "deleted")] = Field("", description="Deleted ones, in place of the live ones.")
    personal: Annotated[bool, Field(description="Also people's own teams.")] = False


class PlaceOut(Out):
    """A team, and a person's role in it."""

    team: int
    name: str
    role: RoleWord
    is_personal: bool


class HoldingsOut(Out):
    """What a person has: places in teams, kinds of second factors, and how many log-ins and personal tokens last."""

    teams: list[PlaceOut]
    factors: list[str] = Field(examples=[["Authenticator app"]])
    sessions: int
    tokens: int


class FactorsRemovedOut(Out):
    """How many were removed."""

    removed: int


def any_team_out(team: Team, owner: User | None) -> AnyTeamOut:
    """Return a team of `teams_of_instance`."""
    counted: dict[str, int] = vars(team)
    return AnyTeamOut(
        id=team.pk,
        name=team.name,
        is_personal=team.is_personal,
        owner=person_or_none(owner),
        people=counted["people_count"],
        projects=counted["project_count"],
        created_at=team.created_at,
        deleted_at=team.deleted_at,
    )


@routes.get("/instance/figures", scope=Scope.ADMIN_READ, answer=FiguresOut, errors=(404,))
def read_figures(request: ApiRequest) -> FiguresOut:
    """Read the figures of this installation.

    For site administrators.
    """
    administrators_only(request)
    return FiguresOut(**asdict(figures()))


@routes.get("/instance/teams", scope=Scope.ADMIN_READ, answer=Listing[AnyTeamOut], sparse=True)
def list_all_teams(request: ApiRequest, asked: Query[AnyTeamsAsked]) -> Listing[AnyTeamOut]:
    """List every team of the installation.

    By name. Deleted ones are brought back by `/teams/{team_id}/restore`. For site administrators.
    """
    administrators_only(request)
    found, following = page_of(
        teams_of_instance(text=asked.q, state=asked.state, personal=asked.personal),
        asked,
        ["name", "pk"],
        context="teams",
    )
    owners = owners_of(found)
    return Listing(items=[any_team_out(team, owners.get(team.pk)) for team in found], next=following)


@routes.get("/instance/people/{username}/holdings", scope=Scope.ADMIN_READ, answer=HoldingsOut, errors=(404,))
def read_holdings(request: ApiRequest, username: str) -> HoldingsOut:
    """Read in which teams somebody is, and by what they come in.

    No secret and no address is told. For site administrators.
    """
    administrators_only(request)
    card = person_card(get_person_or_404(username))
    places = [
        PlaceOut(team=each.team_id, name=each.team.name, role=each.role, is_personal=each.team.is_personal)
        for each in card.teams
    ]
    return HoldingsOut(teams=places, factors=list(map(str, card.factors)), sessions=card.sessions, tokens=card.tokens)


@routes.delete("/instance/people/{username}/factors", scope=Scope.ADMIN_WRITE, answer=FactorsRemovedOut)
def remove_factors(request: ApiRequest, username: str) -> FactorsRemovedOut:
    """Remove all second factors of somebody who lost theirs.

    Recovery codes as well; all their log-ins end, and a mail tells them. Never one's own. For site administrators, with
    a personal token or within 5 minutes of saying who they are.
    """
    administrators_only(request)
    require_step_up_of_script(request)
    return FactorsRemovedOut(removed=reset_factors(actor=request.user, person=get_person_or_404(username)))
