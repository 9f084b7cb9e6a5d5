"""Inviting people to a team by mail, and accepting. The token stands only in the mail: accounts/inviting.py."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts import instance
from accounts.access import require, require_whole
from accounts.addresses import Pasted, masked, read_addresses
from accounts.bearers import digest_of
from accounts.enums import Registration, TeamRole
from accounts.events import AccountEvent, team_stream
from accounts.limits import INVITE, TEAM_INVITE, TooMany, spend
from accounts.models import Team, TeamInvitation, TeamMembership, User
from accounts.queries.invitations import invitations_of, open_invitation_of
from accounts.services.teams import join_team, lock_team, share
from accounts.teamroles import TeamAct, roles_to_give
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.live.publisher import wake_worker
from notifications.services import record

__all__ = [
    "Invited",
    "Line",
    "Verdict",
    "accept_invitation",
    "invite_people",
    "is_theirs",
    "open_invitation_of",
    "preview_invitations",
    "resend_invitation",
    "revoke_invitation",
]
ADDRESSES_AT_ONCE = 100
SEND = "accounts.send_invitations"


class Verdict(StrEnum):
    """What becomes of an address that was pasted."""

    NEW = "new"
    TWICE = "twice"
    MEMBER = "member"
    INVITED = "invited"
    INVALID = "invalid"
    REFUSED = "refused"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Line:
    """An address as it was typed, as it is read (empty: it is none), and what becomes of it."""

    text: str
    address: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of inviting: the invitations that were made, and a line for every address given."""

    invitations: Sequence[TeamInvitation]
    lines: Sequence[Line]


def preview_invitations(*, actor: User, team: Team, emails: str | Iterable[str]) -> list[Line]:
    """Say what `invite_people` would do with a pasted text or a list of addresses; writes and counts nothing.

    Raises DomainError where there are more than ADDRESSES_AT_ONCE.
    """
    require(team, actor, TeamAct.INVITE)
    return _judged(team, read_addresses(emails if isinstance(emails, str) else "\n".join(emails)))


@transaction.atomic
def invite_people(*, actor: User, team: Team, emails: str | Iterable[str], role: TeamRole) -> Invited:
    """Invite every address that may be, up to the limits of the actor and the team; a worker mails them.

    A personal team becomes a shared one. Locks the actor, then the team: whoever deactivates the actor ends what they
    sent, so it must be there before, or nothing of it after. Raises TooMany where the limits let none through,
    DomainError where this installation sends no mail, PermissionRefused for a role that the actor may not give.
    """
    actor = _locked_actor(actor)
    team = lock_team(team)
    access = require(team, actor, TeamAct.INVITE)
    _require_mail()
    if role == TeamRole.OWNER or role not in roles_to_give(access.acts_as):
        raise PermissionRefused(_("People are invited as admin, member or guest; an owner can make them more later."))
    lines = preview_invitations(actor=actor, team=team, emails=emails)
    lines = _counted(actor, team, lines)
    addresses = [line.address for line in lines if line.verdict == Verdict.NEW]
    _end_expired(team, addresses)
    made = TeamInvitation.objects.bulk_create(_new(actor, team, address, role) for address in addresses)
    if made:
        share(actor=actor, team=team)
        told = {"people": [masked(address) for address in addresses], "role": role, "count": len(made)}
        record(team_stream(team.pk), kind=AccountEvent.TEAM_INVITED, actor=actor, data=told)
        transaction.on_commit(lambda: wake_worker(SEND))
    return Invited(made, lines)


@transaction.atomic
def resend_invitation(*, actor: User, invitation: TeamInvitation) -> TeamInvitation:
    """Have an invitation mailed again with a new token and a new time; the earlier token ends at once.

    Locks as `invite_people` does.
    """
    actor = _locked_actor(actor)
    team = lock_team(invitation.team)
    require(team, actor, TeamAct.INVITE)
    _require_mail()
    invitation = _locked(invitation)
    spend(INVITE, f"person:{actor.pk}")
    spend(TEAM_INVITE, f"team:{team.pk}")
    invitation.digest, invitation.expires_at = _nobodys_digest(), _expiry()
    invitation.sent_at, invitation.next_at, invitation.attempts, invitation.last_error = None, clock.now(), 0, ""
    invitation.leased_until = None
    invitation.save()
    _record(AccountEvent.TEAM_INVITED_AGAIN, actor, invitation)
    transaction.on_commit(lambda: wake_worker(SEND))
    return invitation


@transaction.atomic
def revoke_invitation(*, actor: User, invitation: TeamInvitation) -> TeamInvitation:
    """End an invitation: its token opens nothing any more, and a mail that was not sent is not."""
    team = lock_team(invitation.team)
    require(team, actor, TeamAct.INVITE)
    invitation = _locked(invitation)
    invitation.revoked_at, invitation.next_at = clock.now(), None
    invitation.save(update_fields=["revoked_at", "next_at"])
    _record(AccountEvent.TEAM_INVITATION_REVOKED, actor, invitation)
    return invitation


@transaction.atomic
def accept_invitation(*, actor: User, token: str) -> TeamMembership:
    """Join the team to which the token invites. Once: of any number at the same time one gets through.

    Raises DomainError where the invitation is not open any more, PermissionRefused where the actor has not confirmed
    the address that was invited. Who is in the team already keeps the role that they have.
    """
    require_whole(actor)
    found = open_invitation_of(token)
    if found is None:
        raise _over()
    lock_team(found.team)
    invitation = TeamInvitation.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    # Read again under the lock: accepted, revoked or sent again meanwhile.
    if open_invitation_of(token) is None:
        raise _over()
    if not is_theirs(invitation, actor):
        message = _("This invitation was sent to %s. Log in as whom that address belongs to, or confirm it as yours.")
        raise PermissionRefused(message % masked(invitation.email), code="other_address")
    invitation.accepted_at, invitation.accepted_by, invitation.next_at = clock.now(), actor, None
    invitation.save(update_fields=["accepted_at", "accepted_by", "next_at"])
    return join_team(actor=actor, team=found.team, person=actor, role=TeamRole(invitation.role))


def is_theirs(invitation: TeamInvitation, person: User) -> bool:
    """Say whether the address that was invited is the person's, confirmed. What merely looks alike is another."""
    confirmed = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    return any(address.isascii() and address.lower() == invitation.email for address in confirmed)


def _locked_actor(actor: User) -> User:
    """Return the actor as they are now, under their lock, with the limits of what they came with.

    Raises PermissionRefused for who was deactivated meanwhile.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    if not person.is_active:
        raise PermissionRefused(_("Your account was deactivated. A site administrator can activate it again."))
    person.credential = actor.credential
    return person


def _judged(team: Team, pasted: Sequence[Pasted]) -> list[Line]:
    if len(pasted) > ADDRESSES_AT_ONCE:
        message = _("These are more than %(count)s addresses. Invite people in several steps.")
        raise DomainError(message % {"count": ADDRESSES_AT_ONCE}, code="too_many_addresses")
    addresses = {piece.address for piece in pasted if piece.address}
    members, invited = _members(team, addresses), _invited(team, addresses)
    seen: set[str] = set()
    lines = []
    for piece in pasted:
        lines.append(Line(piece.text, piece.address, _verdict(piece.address, seen, members, invited)))
        seen.add(piece.address)
    return lines


def _verdict(address: str, seen: set[str], members: set[str], invited: set[str]) -> Verdict:
    if not address:
        return Verdict.INVALID
    if address in seen:
        return Verdict.TWICE
    if address in members:
        return Verdict.MEMBER
    if address in invited:
        return Verdict.INVITED
    return Verdict.NEW if _is_allowed(address) else Verdict.REFUSED


def _members(team: Team, addresses: set[str]) -> set[str]:
    """Return those of the addresses that belong to somebody in the team; of others nothing is said."""
    theirs = EmailAddress.objects.filter(user__team_memberships__team=team, verified=True)
    return set(theirs.annotate(small=Lower("email")).filter(small__in=addresses).values_list("small", flat=True))


def _invited(team: Team, addresses: set[str]) -> set[str]:
    waiting = invitations_of(team).filter(email__in=addresses, expires_at__gt=clock.now())
    return set(waiting.values_list("email", flat=True))


def _is_allowed(address: str) -> bool:
    """Say whether somebody with the address may have an account here."""
    rules = instance.current()
    return rules.registration != Registration.DOMAINS or address.rpartition("@")[2] in rules.allowed_domains


def _counted(actor: User, team: Team, lines: list[Line]) -> list[Line]:
    """Spend one of each limit for every new address; those beyond wait. Raises TooMany where that is all."""
    counted, passed, refusal = [], 0, None
    for line in lines:
        counted.append(line)
        if line.verdict != Verdict.NEW:
            continue
        refusal = refusal or _spend(actor, team)
        passed += refusal is None
        if refusal:
            counted[-1] = Line(line.text, line.address, Verdict.LIMIT)
    if refusal and not passed:
        raise refusal
    return counted


def _spend(actor: User, team: Team) -> TooMany | None:
    try:
        spend(INVITE, f"person:{actor.pk}")
        spend(TEAM_INVITE, f"team:{team.pk}")
    except TooMany as refusal:
        return refusal
    return None


def _end_expired(team: Team, addresses: Sequence[str]) -> None:
    """Make room for new invitations of the same people: one at a time is open."""
    old = invitations_of(team).filter(email__in=addresses, expires_at__lte=clock.now())
    TeamInvitation.objects.filter(pk__in=list(old.values_list("pk", flat=True))).update(
        revoked_at=clock.now(), next_at=None
    )


def _new(actor: User, team: Team, address: str, role: TeamRole) -> TeamInvitation:
    return TeamInvitation(
        team=team, email=address, role=role, digest=_nobodys_digest(), invited_by=actor, expires_at=_expiry()
    )


def _nobodys_digest() -> str:
    """Return the digest of a token that nobody has: the real one is made when the mail is."""
    return digest_of(secrets.token_urlsafe(32))


def _expiry() -> datetime:
    return clock.now() + timedelta(days=settings.INVITATION_DAYS)


def _locked(invitation: TeamInvitation) -> TeamInvitation:
    """Return a fresh copy under its lock. Raises DomainError where it was accepted or revoked meanwhile."""
    rows = TeamInvitation.objects.select_for_update(of=("self",), no_key=True).select_related("team", "invited_by")
    found = rows.get(pk=invitation.pk)
    if found.accepted_at or found.revoked_at:
        raise _over()
    return found


def _over() -> DomainError:
    message = _("This invitation was used, taken back or sent again, or its time is over. Ask for a new one.")
    return DomainError(message, code="invitation_over")


def _require_mail() -> None:
    if not settings.CAN_MAIL:
        message = _("This installation sends no mail, so nobody can be invited by it. Switch the join link on instead.")
        raise DomainError(message, code="no_mail")


def _record(kind: AccountEvent, actor: User, invitation: TeamInvitation) -> None:
    told = {"people": [masked(invitation.email)], "role": invitation.role, "invitation": invitation.pk}
    record(team_stream(invitation.team_id), kind=kind, actor=actor, data=told)
