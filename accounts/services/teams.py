"""Everything that changes teams. Each write locks the team's row first, and then reads what the actor is in it."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import get_team_by_code_or_404, grace_began, people_as, require, require_whole
from accounts.enums import TeamRole
from accounts.events import AccountEvent, person_subject, team_stream
from accounts.hooks import lent
from accounts.models import Team, TeamInvitation, TeamMembership, User
from accounts.naming import listed
from accounts.services.revoking import revoke_open
from accounts.teamroles import MANAGERS, OWNERS, TeamAct, reason_against
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.history import delete_as, save_as
from notifications.services import record


def lock_team(team: Team) -> Team:
    """Return a fresh copy of the team under its row lock: the first step of every change to it or to who is in it.

    Projects are locked after it. Raises DomainError where the team was deleted meanwhile.
    """
    team = Team.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    if team.deleted_at:
        raise DomainError(_("The team %s was deleted.") % team.name, code="team_deleted")
    return team


@transaction.atomic
def create_team(*, actor: User, name: str, is_personal: bool = False) -> Team:
    """Create a team that `actor` owns."""
    require_whole(actor)
    team = save_as(actor, Team(name=name, is_personal=is_personal))
    save_as(actor, TeamMembership(team=team, person=actor, role=TeamRole.OWNER))
    record(team_stream(team.pk), kind=AccountEvent.TEAM_CREATED, actor=actor, data={"name": name})
    return team


@transaction.atomic
def rename_team(*, actor: User, team: Team, name: str) -> Team:
    """Give a team another name; nothing happens where it is the same."""
    team = lock_team(team)
    require(team, actor, TeamAct.RENAME)
    old = team.name
    if old != name:
        team.name = name
        save_as(actor, team, ["name"])
        data = {"changes": {"name": {"from": old, "to": name}}}
        record(team_stream(team.pk), kind=AccountEvent.TEAM_CHANGED, actor=actor, data=data)
    return team


@transaction.atomic
def join_team(*, actor: User, team: Team, person: User, role: TeamRole) -> TeamMembership:
    """Make a person part of a team, with the roles in its projects that follow; nothing happens where they are already.

    Whether they may join is for the caller to know: it has an invitation or the join link in its hands.
    """
    team = lock_team(team)
    found = TeamMembership.objects.filter(team=team, person=person).first()
    if found:
        return found
    share(actor=actor, team=team)
    membership = save_as(actor, TeamMembership(team=team, person=person, role=role))
    lent.team_changed(actor, team, [person.pk])
    _record(team, AccountEvent.TEAM_JOINED, actor, person, role=role)
    return membership


@transaction.atomic
def join_by_link(*, actor: User, code: str) -> TeamMembership:
    """Join a team as a member by its join link. Raises Http404 where the link is not or no longer on."""
    require_whole(actor)
    lock_team(get_team_by_code_or_404(code))
    # Read again under the lock: somebody may just have switched it off.
    return join_team(actor=actor, team=get_team_by_code_or_404(code), person=actor, role=TeamRole.MEMBER)


@transaction.atomic
def set_join_link(*, actor: User, team: Team, is_on: bool) -> Team:
    """Switch a team's join link on with a new code (an earlier one ends), or off. On, it shares a personal team."""
    team = lock_team(team)
    require(team, actor, TeamAct.LINK)
    if not is_on and not team.join_code:
        return team
    if is_on:
        share(actor=actor, team=team)
    _set_code(actor, team, ("new" if team.join_code else "on") if is_on else "off")
    return team


def share(*, actor: User, team: Team) -> None:
    """Make a person's own team one for others too, whose owner leads its projects; the caller holds its lock."""
    if team.is_personal:
        team.is_personal = False
        save_as(actor, team, ["is_personal"])
        lent.team_changed(actor, team, None)


@transaction.atomic
def delete_team(*, actor: User, team: Team, typed_name: str) -> Team:
    """Delete a team with its projects; `restore_team` brings both back within settings.TEAM_GRACE_DAYS.

    Raises DomainError for a personal team, and unless `typed_name` is its name.
    """
    team = lock_team(team)
    require(team, actor, TeamAct.DELETE)
    _refuse_personal(team)
    if " ".join(typed_name.split()) != team.name:
        raise DomainError(_("Type %s to delete the team.") % team.name, code="typed_name")
    team.deleted_at = clock.now()
    save_as(actor, team, ["deleted_at"])
    lent.team_deleted(actor, team)
    record(team_stream(team.pk), kind=AccountEvent.TEAM_DELETED, actor=actor, data={"name": team.name})
    return team


@transaction.atomic
def restore_team(*, actor: User, team: Team) -> Team:
    """Bring a deleted team back, with the projects that went with it. Raises DomainError after its days of grace.

    A site administrator who brings back a team that all its owners have left since becomes its owner.
    """
    team = Team.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    require(team, actor, TeamAct.DELETE)
    if team.deleted_at is None:
        return team
    if team.deleted_at <= grace_began():
        raise DomainError(_("%s was deleted too long ago to be restored.") % team.name, code="grace_over")
    _give_an_owner(actor, team)
    lent.team_restored(actor, team)
    team.deleted_at = None
    save_as(actor, team, ["deleted_at"])
    record(team_stream(team.pk), kind=AccountEvent.TEAM_RESTORED, actor=actor, data={"name": team.name})
    return team


@transaction.atomic
def change_team_role(*, actor: User, team: Team, person: User, role: TeamRole) -> TeamMembership:
    """Give somebody in a team another role, by the table of accounts/teamroles.py; the last owner keeps theirs."""
    team = lock_team(team)
    membership = _changeable(actor, team, person, role)
    old = membership.role
    if old == role:
        return membership
    _keep_an_owner(membership)
    membership.role = role
    save_as(actor, membership, ["role"])
    if old in MANAGERS and role not in MANAGERS:
        _end_their_ways_in(actor, team, person)
    lent.team_changed(actor, team, [person.pk])
    _record(team, AccountEvent.TEAM_ROLE_CHANGED, actor, person, changes={"role": {"from": old, "to": role}})
    return membership


@transaction.atomic
def remove_team_member(*, actor: User, team: Team, person: User) -> None:
    """Take somebody out of a team and of all its projects, by the same table; never the last owner.

    Open invitations that they sent end, and so does the join link that they may know: where it is on, it gets another
    code. What they own of the team's projects goes to one of its owners.
    """
    team = lock_team(team)
    membership = _changeable(actor, team, person, None)
    _end_their_ways_in(actor, team, person)
    _take_out(actor, membership, AccountEvent.TEAM_REMOVED)


@transaction.atomic
def leave_team(*, actor: User, team: Team) -> None:
    """Leave a team, and with it all of its projects. Raises DomainError for the last owner and for a personal team.

    The invitations that an owner or admin sent end with it, and the code of the join link.
    """
    require_whole(actor)
    team = lock_team(team)
    _refuse_personal(team)
    membership = _place_of(team, actor)
    if membership.role in MANAGERS:
        _end_their_ways_in(actor, team, actor)
    _take_out(actor, membership, AccountEvent.TEAM_LEFT)


@transaction.atomic
def leave_deleted_team(*, actor: User, team: Team) -> None:
    """Leave a team that is deleted, even as its last owner, with the account; its projects are left apart from it."""
    team = Team.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    if team.deleted_at is None:
        raise ValueError(f"team {team.pk} is not deleted")
    place = _place_of(team, actor)
    delete_as(actor, place)
    _record(team, AccountEvent.TEAM_LEFT, actor, actor, role=place.role)


@transaction.atomic
def transfer_team(*, actor: User, team: Team, person: User) -> Team:
    """Make somebody in the team its owner in the actor's stead, who stays as an admin. For its owners only."""
    team = lock_team(team)
    require(team, actor, TeamAct.TRANSFER)
    mine, theirs = _place_of(team, actor), _place_of(team, person)
    if mine.role != TeamRole.OWNER:
        raise PermissionRefused(_("Only an owner hands a team over. Make somebody an owner in the list instead."))
    if mine.pk == theirs.pk or not person.is_active:
        raise DomainError(_("Choose somebody else in the team who can log in."), code="not_possible")
    for place, role in ((theirs, TeamRole.OWNER), (mine, TeamRole.ADMIN)):
        place.role = role
        save_as(actor, place, ["role"])
    lent.team_changed(actor, team, [actor.pk, person.pk])
    _record(team, AccountEvent.TEAM_TRANSFERRED, actor, person)
    return team


def _changeable(actor: User, team: Team, person: User, new: TeamRole | None) -> TeamMembership:
    """Return a person's place where the actor may make it `new`; the caller holds the team's lock."""
    access = require(team, actor, TeamAct.MEMBERS)
    membership = _place_of(team, person)
    if reason := reason_against(access.acts_as, TeamRole(membership.role), new):
        owners = [owner.name for owner in people_as(team, OWNERS)]
        raise PermissionRefused(f"{reason} " + _("%s can do that.") % listed(owners), context={"able": owners})
    return membership


def _place_of(team: Team, person: User) -> TeamMembership:
    membership = TeamMembership.objects.filter(team=team, person=person).first()
    if membership is None:
        raise DomainError(_("%s is not in this team.") % person.name, code="no_member")
    membership.team, membership.person = team, person
    return membership


def _take_out(actor: User, membership: TeamMembership, kind: AccountEvent) -> None:
    """End a place in a team; the caller holds the team's lock."""
    _keep_an_owner(membership)
    team, person, role = membership.team, membership.person, membership.role
    delete_as(actor, membership)
    lent.team_changed(actor, team, [person.pk])
    _record(team, kind, actor, person, role=role)


def _keep_an_owner(membership: TeamMembership) -> None:
    """Raise DomainError for the last owner who can log in; the caller holds the team's lock."""
    owners = TeamMembership.objects.filter(team=membership.team_id, role=TeamRole.OWNER, person__is_active=True)
    if membership.role == TeamRole.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise DomainError(_("A team keeps at least one owner. Make someone else an owner first."), code="last_owner")


def _give_an_owner(actor: User, team: Team) -> None:
    """Make the actor the owner of a team that has none left; the caller holds its lock."""
    if TeamMembership.objects.filter(team=team, role=TeamRole.OWNER).exists():
        return
    place = TeamMembership.objects.filter(team=team, person=actor).first()
    old, place = place and place.role, place or TeamMembership(team=team, person=actor)
    place.role = TeamRole.OWNER
    save_as(actor, place)
    lent.team_changed(actor, team, [actor.pk])
    if old:
        changes = {"role": {"from": old, "to": TeamRole.OWNER}}
        _record(team, AccountEvent.TEAM_ROLE_CHANGED, actor, actor, changes=changes)
    else:
        _record(team, AccountEvent.TEAM_JOINED, actor, actor, role=TeamRole.OWNER)


def _end_their_ways_in(actor: User, team: Team, person: User) -> None:
    """End what the person could let others in by, and come back by themselves; the caller holds the team's lock."""
    revoke_open(actor, TeamInvitation.objects.filter(team=team, invited_by=person))
    if team.join_code:
        _set_code(actor, team, "new")


def _set_code(actor: User, team: Team, told: str) -> None:
    """Give the join link another code, or none where it is `off`; the log says on, new or off."""
    team.join_code = "" if told == "off" else secrets.token_urlsafe(32)
    save_as(actor, team, ["join_code"])
    record(team_stream(team.pk), kind=AccountEvent.TEAM_LINK_SET, actor=actor, data={"link": told})


def _refuse_personal(team: Team) -> None:
    if team.is_personal:
        message = _("%s is your own team: it is neither left nor deleted. Inviting somebody makes it a shared one.")
        raise DomainError(message % team.name, code="personal_team")


def _record(team: Team, kind: AccountEvent, actor: User, person: User, **data: object) -> None:
    told = {"person": person.name, **data, "team": team.name}
    record(team_stream(team.pk), kind=kind, actor=actor, subject=person_subject(person.pk), data=told)
