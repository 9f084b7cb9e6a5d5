"""Inviting people to a team by mail, and accepting."""

from datetime import datetime
from typing import Annotated

from ninja import Path, Query
from pydantic import Field

from accounts.access import get_invitation_or_404, get_team_or_404, require
from accounts.api.shapes import PersonOut, person_out
from accounts.api.teams import TeamId, TeamOut, team_out
from accounts.enums import Scope, TeamRole
from accounts.models import TeamInvitation
from accounts.queries.invitations import invitations_of
from accounts.services.invitations import (
    ADDRESSES_AT_ONCE,
    Line,
    Verdict,
    accept_invitation,
    invite_people,
    preview_invitations,
    resend_invitation,
    revoke_invitation,
)
from accounts.teamroles import TeamAct
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import Done, In, Listing, Out

routes = Operations(tags=["Invitations"])
InvitationId = Annotated[int, Path(ge=1, le=2**63 - 1)]
INVITED_AS = (TeamRole.ADMIN.value, TeamRole.MEMBER.value, TeamRole.GUEST.value)


class InvitationOut(Out):
    """An invitation that was neither accepted nor revoked. Its token stands in the mail only."""

    id: int
    email: str
    role: Annotated[str, OneOf(*INVITED_AS)]
    invited_by: PersonOut
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime


class AddressOut(Out):
    """An address as it was sent, as it is read (empty: it is none), and what becomes of it."""

    text: str
    address: str
    verdict: Annotated[str, OneOf(*(verdict.value for verdict in Verdict))]


class InvitedOut(Out):
    """What came of inviting."""

    invitations: list[InvitationOut]
    addresses: list[AddressOut]


class AddressesIn(In):
    """Whom to invite."""

    emails: list[Annotated[str, Field(max_length=254)]] = Field(min_length=1, max_length=ADDRESSES_AT_ONCE)


class InviteIn(AddressesIn):
    """Whom to invite, and as what."""

    role: Annotated[str, OneOf(*INVITED_AS)] = TeamRole.MEMBER.value


class AcceptIn(In):
    """The token of an invitation, from the link in its mail."""

    token: str = Field(min_length=1, max_length=200)


def invitation_out(invitation: TeamInvitation) -> InvitationOut:
    """Return an invitation as its team's owners and admins see it."""
    return InvitationOut(
        id=invitation.pk,
        email=invitation.email,
        role=invitation.role,
        invited_by=person_out(invitation.invited_by),
        created_at=invitation.created_at,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
    )


def line_out(line: Line) -> AddressOut:
    """Return what becomes of an address."""
    return AddressOut(text=line.text, address=line.address, verdict=line.verdict.value)


@routes.get("/teams/{int:team_id}/invitations", scope=Scope.TEAMS_READ, answer=Listing[InvitationOut])
def list_invitations(request: ApiRequest, team_id: TeamId, asked: Query[Paging]) -> Listing[InvitationOut]:
    """List a team's open invitations.

    Newest first, also those whose time is over. For its owners and admins.
    """
    team, _access = get_team_or_404(request.user, team_id)
    require(team, request.user, TeamAct.INVITE)
    found, following = page_of(invitations_of(team), asked, ["-created_at", "-pk"], context="invitations")
    return Listing(items=[invitation_out(invitation) for invitation in found], next=following)


@routes.post("/teams/{int:team_id}/invitations", scope=Scope.TEAMS_WRITE, answer=InvitedOut, status=201)
def invite(request: ApiRequest, team_id: TeamId, body: InviteIn) -> InvitedOut:
    """Invite people to a team by mail.

    For its owners and admins; 20 an hour, 100 a day for a team. What became of each address stands in the answer.
    """
    team, _access = get_team_or_404(request.user, team_id)
    done = invite_people(actor=request.user, team=team, emails=body.emails, role=TeamRole(body.role))
    return InvitedOut(
        invitations=[invitation_out(invitation) for invitation in done.invitations],
        addresses=[line_out(line) for line in done.lines],
    )


@routes.post("/teams/{int:team_id}/invitations/preview", scope=Scope.TEAMS_WRITE, answer=list[AddressOut])
def preview_inviting(request: ApiRequest, team_id: TeamId, body: AddressesIn) -> list[AddressOut]:
    """Say what inviting these addresses would do.

    Nothing is sent. For owners and admins.
    """
    team, _access = get_team_or_404(request.user, team_id)
    return [line_out(line) for line in preview_invitations(actor=request.user, team=team, emails=body.emails)]


@routes.post(
    "/teams/{int:team_id}/invitations/{int:invitation_id}/resend", scope=Scope.TEAMS_WRITE, answer=InvitationOut
)
def resend(request: ApiRequest, team_id: TeamId, invitation_id: InvitationId) -> InvitationOut:
    """Send an invitation again.

    With a new link and a new time; the one before opens nothing any more. For owners and admins.
    """
    team, _access = get_team_or_404(request.user, team_id)
    require(team, request.user, TeamAct.INVITE)
    invitation = get_invitation_or_404(team, invitation_id)
    return invitation_out(resend_invitation(actor=request.user, invitation=invitation))


@routes.delete("/teams/{int:team_id}/invitations/{int:invitation_id}", scope=Scope.TEAMS_WRITE, answer=Done)
def revoke(request: ApiRequest, team_id: TeamId, invitation_id: InvitationId) -> Done:
    """Take an invitation back.

    Its link opens nothing any more. For owners and admins.
    """
    team, _access = get_team_or_404(request.user, team_id)
    require(team, request.user, TeamAct.INVITE)
    revoke_invitation(actor=request.user, invitation=get_invitation_or_404(team, invitation_id))
    return Done()


@routes.post("/invitations/accept", scope=Scope.TEAMS_WRITE, answer=TeamOut, errors=(422,))
def accept(request: ApiRequest, body: AcceptIn) -> TeamOut:
    """Accept an invitation.

    By whom the address that was invited belongs to, confirmed; once.
    """
    place = accept_invitation(actor=request.user, token=body.token)
    return team_out(place.team, place.role)
