"""Deleting one's account: the person goes, what they wrote stays (docs/adr says why, and what the log keeps)."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import former
from accounts.access import require_whole
from accounts.administrators import keep_an_administrator, lock_with_administrators
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.hooks import forgetters, lent
from accounts.models import DoneRequest, PersonalToken, Team, TeamInvitation, TeamMembership, User
from accounts.queries.leaving import deleted_teams, own_teams, reasons_to_stay, shared_teams
from accounts.services.mails import post_letter
from accounts.services.revoking import revoke_open
from accounts.services.sessions import end_all
from accounts.services.teams import leave_deleted_team, leave_team
from config import clock
from config.errors import DomainError
from notifications.forgetting import forget_person
from notifications.history import delete_as, save_as
from notifications.services import record

# Everything about the person themselves that is written over; the rest of the row is what content refers to.
GONE = [
    "username",
    "email",
    "display_name",
    "password",
    "time_zone",
    "language",
    "theme",
    "is_active",
    "is_staff",
    "is_superuser",
    "last_seen_at",
    "last_login",
    "left_at",
]


@transaction.atomic
def delete_account(*, actor: User, typed_username: str) -> None:
    """Make the actor a former member: nobody can log in, mention, assign or invite them, and their content stays.

    Raises DomainError unless `typed_username` is theirs, for the last administrator, and with all reasons for who is
    the only one to look after something. Locks the administrators and the person, their teams, then all projects that
    they leave, before it asks for reasons.
    """
    require_whole(actor)
    person = lock_with_administrators([actor])[actor.pk]
    if typed_username.strip().casefold() != person.username.casefold():
        raise DomainError(_("Type %s to delete your account.") % person.username, code="typed_name")
    keep_an_administrator(person)
    list(Team.objects.select_for_update(of=("self",), no_key=True).filter(memberships__person=person).order_by("pk"))
    lent.lock_projects_of(person)
    if reasons := reasons_to_stay(person):
        raise DomainError(" ".join(reasons), code="needed")
    post_letter(kind="account_deleted", to=person.email, context={"user": person}, language=person.language)
    _leave(person)
    for forget in forgetters:
        forget(person)
    _forget(person)
    _become_nobody(person)
    end_all(actor=person, person=person)
    record(INSTANCE, kind=AccountEvent.LEFT, actor=person, subject=person_subject(person.pk), data={})
    transaction.on_commit(former.forget)


def _leave(person: User) -> None:
    """Leave teams and projects by their services; a team that was the person's own is deleted: it is empty."""
    for team in shared_teams(person):
        leave_team(actor=person, team=team)
    for team in deleted_teams(person):
        leave_deleted_team(actor=person, team=team)
    lent.leave_projects(person)
    for team in own_teams(person):
        team.deleted_at = clock.now()
        save_as(person, team, ["deleted_at"])
        lent.team_deleted(person, team)
    for place in TeamMembership.objects.filter(person=person):
        delete_as(person, place)


def _forget(person: User) -> None:
    """Delete what was the person's alone."""
    forget_person(person.pk)
    for rows in (PersonalToken, DoneRequest):
        rows.objects.filter(person=person).delete()
    for owned in (Authenticator, EmailAddress, SocialAccount):
        owned.objects.filter(user=person).delete()
    revoke_open(person, TeamInvitation.objects.filter(invited_by=person))
    TeamInvitation.objects.filter(accepted_by=person).update(email=_address(_free_name(person)))


def _become_nobody(person: User) -> None:
    name = _free_name(person)
    person.username, person.email, person.display_name = name, _address(name), former.NAME
    person.set_unusable_password()
    person.time_zone, person.language, person.theme = "UTC", "en", ""
    person.is_active = person.is_staff = person.is_superuser = False
    person.last_seen_at = person.last_login = None
    person.left_at = clock.now()
    save_as(person, person, GONE)


def _free_name(person: User) -> str:
    """Return `former-7`, or with another ending where somebody took that as their own name."""
    name, number = f"former-{person.pk}", 1
    while User.objects.filter(username__iexact=name).exclude(pk=person.pk).exists():
        number += 1
        name = f"former-{person.pk}-{number}"
    return name


def _address(name: str) -> str:
    """Return an address to which no mail goes (RFC 2606)."""
    return f"{name}@invalid"
