"""Everything that changes people."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.administrators import keep_an_administrator, lock_with_administrators, require_administrator
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.models import PersonalToken, Team, TeamInvitation, TeamMembership, User
from accounts.services.revoking import revoke_open
from accounts.services.sessions import end_all, forget_session, lock_sessions
from accounts.services.teams import create_team
from accounts.teamroles import MANAGERS
from config import clock
from config.errors import DomainError
from notifications.history import save_as
from notifications.live.publisher import person_group, publish_on_commit
from notifications.live.sessions import digest_of
from notifications.services import record

PROFILE_FIELDS = frozenset({"display_name", "time_zone", "language", "theme"})


@transaction.atomic
def welcome_person(*, person: User) -> Team:
    """Give a person who has just been saved their own team, and record both. Returns the team."""
    team = create_team(actor=person, name=person.name, is_personal=True)
    data = {"username": person.username}
    record(INSTANCE, kind=AccountEvent.REGISTERED, actor=person, subject=person_subject(person.pk), data=data)
    return team


@transaction.atomic
def register_person(*, username: str, email: str, password: str | None, display_name: str = "") -> User:
    """Create a person with an address that the caller vouches for, and their own team.

    Raises IntegrityError where the username or e-mail is taken.
    """
    person = User(username=username, email=email.lower(), display_name=display_name)
    person.set_password(password)
    save_as(None, person)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    welcome_person(person=person)
    return person


@transaction.atomic
def change_profile(*, actor: User, changes: Mapping[str, Any]) -> User:
    """Change one's own profile; only PROFILE_FIELDS, others raise ValueError. No event where nothing changed."""
    if unknown := set(changes) - PROFILE_FIELDS:
        raise ValueError(f"not profile fields: {sorted(unknown)}")
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    old = {name: getattr(person, name) for name, value in changes.items() if getattr(person, name) != value}
    if not old:
        return person
    for name in old:
        setattr(person, name, changes[name])
    save_as(actor, person, list(old))
    data = {"changes": {name: {"from": value, "to": changes[name]} for name, value in old.items()}}
    record(INSTANCE, kind=AccountEvent.PROFILE_CHANGED, actor=actor, subject=person_subject(person.pk), data=data)
    return person


@transaction.atomic
def set_avatar(*, actor: User, avatar: UUID | None) -> UUID | None:
    """Make a file, by its public name, one's own picture, or take the picture away; returns the one before.

    Locks the person. Whether the file is a picture that was checked is for the caller to know, and so is what becomes
    of the earlier one. No history and no event where nothing changed.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    earlier = person.avatar_id
    if earlier == avatar:
        return earlier
    person.avatar_id = avatar
    save_as(actor, person, ["avatar"])
    data = {"changes": {"avatar": {"from": _text(earlier), "to": _text(avatar)}}}
    record(INSTANCE, kind=AccountEvent.PROFILE_CHANGED, actor=actor, subject=person_subject(person.pk), data=data)
    return earlier


def _text(name: UUID | None) -> str | None:
    return str(name) if name else None


@transaction.atomic
def ensure_administrator(*, username: str, email: str, password: str) -> tuple[User, bool]:
    """Create the site administrator, or align an existing person with the given values; returns (person, changed).

    Idempotent: a second call with the same values writes nothing, not even a new password hash.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).filter(username__iexact=username).first()
    if person is None:
        person = register_person(username=username, email=email, password=password)
    wanted = {"email": email.lower(), "is_staff": True, "is_superuser": True, "is_active": True}
    changed = [name for name, value in wanted.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, wanted[name])
    if not person.check_password(password):
        person.set_password(password)
        changed.append("password")
    # One address is the primary one; the earlier one steps back before the new one is written.
    EmailAddress.objects.filter(user=person, primary=True).exclude(email=person.email).update(primary=False)
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
    if changed:
        save_as(None, person, changed)
        data = {"fields": sorted(changed)}
        subject = person_subject(person.pk)
        record(INSTANCE, kind=AccountEvent.ADMINISTRATOR_SET, actor=None, subject=subject, data=data)
    return person, bool(changed)


def note_log_in(sender: object, user: User, **kwargs: Any) -> None:
    """Note when the person last logged in. It is no change of theirs: no history row, no event."""
    now = clock.now()
    User.objects.filter(pk=user.pk).update(last_login=now, last_seen_at=now)


def note_log_out(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Have the open sockets of the session that ends closed, and take it from its person's list.

    The session is still there when Django's hook calls.
    """
    if user is not None and request.session.session_key:
        forget_session(request.session.session_key)
        ended = {"type": "session.ended", "session": digest_of(request.session.session_key)}
        publish_on_commit(person_group(user.pk), ended)


def set_active(*, actor: User | None, person: User, active: bool) -> User:
    """Do what `set_all_active` does to one person, and return them as written."""
    return set_all_active(actor=actor, people=[person], active=active)[0]


@transaction.atomic
def set_all_active(*, actor: User | None, people: Collection[User], active: bool) -> list[User]:
    """Deactivate people, which closes their pages and ends their sessions, tokens and invitations; or activate them.

    All of them or none; returns them as written. `actor` None is a command of whoever runs the site. Locks the
    administrators and the people, then tokens and sessions, last the log, as everything else does. Raises
    PermissionRefused for who is no site administrator, DomainError for oneself, the last administrator and who left.
    """
    require_administrator(actor)
    locked = lock_with_administrators(people)
    changing = [person for person in locked.values() if person.is_active != active]
    for person in changing:
        if active:
            _refuse_former(person)
        else:
            _refuse_loss(actor, person)
        person.is_active = active
        save_as(actor, person, ["is_active"])
    PersonalToken.objects.filter(person__in=changing, revoked_at=None).update(revoked_at=clock.now())
    lock_sessions(changing)
    if not active:
        revoke_open(actor, TeamInvitation.objects.filter(invited_by__in=changing))
    kind = AccountEvent.REACTIVATED if active else AccountEvent.DEACTIVATED
    for person in changing:
        end_all(actor=actor, person=person)
        record(INSTANCE, kind=kind, actor=actor, subject=person_subject(person.pk), data={})
    return [locked[person.pk] for person in people]


@transaction.atomic
def set_administrator(*, actor: User | None, person: User, administrator: bool) -> User:
    """Make a person a site administrator, or an ordinary user again; one event, none where nothing changed.

    Who is none any more has the invitations ended that they sent for teams of which they are no owner or admin. Locks
    the administrators and the person. Raises as `set_active` does; who is deactivated is made nothing.
    """
    require_administrator(actor)
    person = lock_with_administrators([person])[person.pk]
    if person.is_superuser == administrator:
        return person
    if administrator and not person.is_active:
        raise DomainError(_("%s is deactivated. Activate the account first.") % person.name, code="inactive")
    if not administrator:
        _refuse_oneself(actor, person, _("You cannot take this role from yourself. Another administrator can."))
        keep_an_administrator(person)
    person.is_superuser = person.is_staff = administrator
    save_as(actor, person, ["is_superuser", "is_staff"])
    if not administrator:
        managed = TeamMembership.objects.filter(person=person, role__in=MANAGERS).values("team")
        revoke_open(actor, TeamInvitation.objects.filter(invited_by=person).exclude(team__in=managed))
    data = {"administrator": administrator}
    record(INSTANCE, kind=AccountEvent.ADMINISTRATOR_SET, actor=actor, subject=person_subject(person.pk), data=data)
    return person


def _refuse_loss(actor: User | None, person: User) -> None:
    """Raise DomainError for oneself and for the last administrator."""
    _refuse_oneself(actor, person, _("You cannot deactivate your own account. Another administrator can."))
    keep_an_administrator(person)


def _refuse_oneself(actor: User | None, person: User, message: str) -> None:
    if actor is not None and actor.pk == person.pk:
        raise DomainError(message, code="self")


def _refuse_former(person: User) -> None:
    if person.left_at:
        message = _("This account was deleted by its person, so it cannot come back. They can register anew.")
        raise DomainError(message, code="left")
