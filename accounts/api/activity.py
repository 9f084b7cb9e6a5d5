"""What happened in a team, as its page tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ninja import Query
from pydantic import Field

from accounts.access import get_team_or_404, require
from accounts.api.shapes import PersonOut, person_or_none
from accounts.api.teams import TeamId
from accounts.enums import Scope
from accounts.events import team_stream
from accounts.teamroles import TeamAct
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging, page_of
from config.api.shapes import Listing, Out
from notifications.hooks import lent
from notifications.models import Event
from notifications.queries import events_of
from notifications.sentences import plain

routes = Operations(tags=["Teams"])


class TeamEventOut(Out):
    """Something that happened in a team. `seq` is its number in the team's log."""

    seq: int
    kind: str = Field(examples=["team.role_changed"])
    at: datetime
    actor: PersonOut | None = Field(description="Null for the site itself.")
    text: str = Field(description="The same in words.", examples=["Ana Pires renamed the team: Studio → Harbour"])
    changes: dict[str, dict[str, Any]] = Field(
        description="By field `from` and `to`.", examples=[{"name": {"from": "Studio", "to": "Harbour"}}]
    )


def team_event_out(event: Event) -> TeamEventOut:
    """Return an event of a team."""
    data: Mapping[str, Any] = event.data
    return TeamEventOut(
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        actor=person_or_none(event.actor),
        text=plain(lent.describe(event)),
        changes=dict(data.get("changes", {})),
    )


@routes.get("/teams/{int:team_id}/activity", scope=Scope.EVENTS_READ, answer=Listing[TeamEventOut])
def list_team_activity(request: ApiRequest, team_id: TeamId, asked: Query[Paging]) -> Listing[TeamEventOut]:
    """List what happened in a team, the newest first.

    For everyone in it but guests, who are not told who is in it, and for site administrators. No token of some projects
    only reads it.
    """
    team, _access = get_team_or_404(request.user, team_id)
    require(team, request.user, TeamAct.SEE)
    found, following = page_of(events_of(team_stream(team.pk)), asked, ["-seq"], context="team-activity")
    return Listing(items=[team_event_out(event) for event in found], next=following)
