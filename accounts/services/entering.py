"""What changes how a person comes in: password, address, accounts elsewhere; and what the log says of coming in."""

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.attempts import unlock
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.models import User
from accounts.services.mails import post_letter
from accounts.services.sessions import end_all, end_others
from accounts.services.tokens import revoke_all_tokens
from config.client import client_ip
from config.errors import Conflict, DomainError
from notifications.history import save_as
from notifications.services import record


@transaction.atomic
def set_password(*, person: User, password: str, session_key: str = "", kind: AccountEvent, letter: str) -> User:
    """Give a person a new password. Ends all their sessions but the one named, and tells them by mail.

    An address that somebody wanted to change to ends as well, so that an intruder's link cannot take the account later.
    Personal tokens, passkeys, second factors and accounts elsewhere go on: who knows the present password has not lost
    them, and can end each on its page. Returns the person as written; the caller renews the session that stays.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    person.set_password(password)
    save_as(person, person, ["password"])
    EmailAddress.objects.filter(user=person, verified=False).exclude(email__iexact=person.email).delete()
    _end_sessions(person, session_key)
    _tell(person, letter)
    _note(kind, person, actor=person)
    return person


@transaction.atomic
def reset_password(*, person: User, key: str, password: str, tokens: Any) -> User:
    """Give a person the password that they chose with a link from their mailbox, and end all their sessions.

    The link is looked at under the person's lock: of several uses at once one counts. It shows that the address is
    theirs, and lets passwords be tried again. Whoever resets may have lost the account to somebody else, so personal
    tokens are revoked too, each with an event. Passkeys and second factors stay: without them a mailbox alone would be
    enough to come in. Accounts elsewhere stay: their person sees them on a page, and may have no other way in. Raises
    Conflict where it was used meanwhile.
    """
    locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    if not locked.is_active or not tokens.check_token(locked, key):
        raise Conflict(_("This link was used already, or is older than one hour. Ask for a new one."), code="used")
    EmailAddress.objects.filter(user=locked, email=locked.email).update(verified=True)
    revoke_all_tokens(person=locked)
    kind, letter = AccountEvent.PASSWORD_RESET, "password_reset"
    person = set_password(person=locked, password=password, kind=kind, letter=letter)
    unlock(person)
    return person


@transaction.atomic
def want_address(*, person: User, email: str) -> EmailAddress:
    """Note the address that a person wants to change to, instead of an earlier wish; it is not theirs before a link
    that is mailed there was opened. Returns it for the mail."""
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    EmailAddress.objects.filter(user=person, primary=False).exclude(email=person.email).delete()
    wanted = EmailAddress.objects.create(user=person, email=email.lower())
    _note(AccountEvent.EMAIL_WANTED, person, actor=person)
    return wanted


@transaction.atomic
def confirm_address(*, address: EmailAddress, session_key: str = "") -> bool:
    """Confirm an address whose link was opened. Where it is another one than theirs until now, it takes its place:
    their other sessions end, and the former address is told. False where it has become somebody else's meanwhile."""
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=address.user_id)
    wanted = EmailAddress.objects.select_for_update(of=("self",)).filter(pk=address.pk, user=person).first()
    if wanted is None or _is_taken(wanted.email, person):
        return False
    address = wanted
    former = person.email
    EmailAddress.objects.filter(user=person).exclude(pk=address.pk).delete()
    address.verified = address.primary = True
    address.save()
    _note(AccountEvent.EMAIL_CONFIRMED, person, actor=person)
    if former.lower() != address.email.lower():
        _change_address(person, former, address.email, session_key)
    return True


@transaction.atomic
def set_address(*, person: User, email: str, session_key: str) -> User:
    """Change a person's address at once, where nothing can be mailed. Raises DomainError where it is another's."""
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    former, email = person.email, email.lower()
    if _is_taken(email, person):
        raise DomainError(_("This address cannot be used."), code="taken")
    EmailAddress.objects.filter(user=person).delete()
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=False)
    _change_address(person, former, email, session_key)
    return person


@transaction.atomic
def disconnect(*, person: User, connection_id: int) -> bool:
    """Let an account elsewhere log in to this one no more; False where the person has none such.

    Raises DomainError where they could not log in any more afterwards.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    found = SocialAccount.objects.filter(user=person, pk=connection_id).first()
    if found is None:
        return False
    if not person.has_usable_password() and SocialAccount.objects.filter(user=person).count() == 1:
        raise DomainError(_("Set a password first, or you could not log in any more."), code="last_way")
    provider = found.provider
    found.delete()
    context = {"provider": provider, "is_connected": False}
    post_letter(kind="account_disconnected", to=person.email, context=context, language=person.language)
    _note(AccountEvent.DISCONNECTED, person, actor=person, data={"provider": provider})
    return True


def note_connected(sender: object, request: HttpRequest, sociallogin: Any, **kwargs: Any) -> None:
    """Record that an account elsewhere was connected. Called by allauth's signal."""
    with transaction.atomic():
        data = {"provider": sociallogin.account.provider}
        _note(AccountEvent.CONNECTED, sociallogin.user, actor=sociallogin.user, data=data)


@transaction.atomic
def note_logged_in(*, person: User, request: HttpRequest, ways: list[str]) -> None:
    """Record that somebody has logged in, by which ways and from where."""
    _note(AccountEvent.LOGGED_IN, person, actor=person, data={"ways": ways, "ip": client_ip(request)})


@transaction.atomic
def note_log_in_failed(*, person: User | None, request: HttpRequest, way: str) -> None:
    """Record that somebody could not log in; nothing of what they typed. The same work for people who do not exist."""
    _note(AccountEvent.LOG_IN_FAILED, person, actor=None, data={"way": way, "ip": client_ip(request)})


@transaction.atomic
def note_reset_asked(*, person: User | None, request: HttpRequest) -> None:
    """Record that a link for a new password was asked for; the same work for people who do not exist."""
    _note(AccountEvent.RESET_ASKED, person, actor=None, data={"ip": client_ip(request)})


def _change_address(person: User, former: str, email: str, session_key: str) -> None:
    person.email = email
    save_as(person, person, ["email"])
    _end_sessions(person, session_key)
    post_letter(kind="email_changed", to=former, context={"to_email": email}, language=person.language)
    _note(AccountEvent.EMAIL_CHANGED, person, actor=person, data={"changes": {"email": {"from": former, "to": email}}})


def _is_taken(email: str, person: User) -> bool:
    others = User.objects.exclude(pk=person.pk).filter(email__iexact=email).exists()
    return others or EmailAddress.objects.exclude(user=person).filter(email__iexact=email, verified=True).exists()


def _end_sessions(person: User, session_key: str) -> None:
    if session_key:
        end_others(actor=person, session_key=session_key)
    else:
        end_all(actor=person, person=person)


def _tell(person: User, kind: str) -> None:
    post_letter(kind=kind, to=person.email, context={"user": person}, language=person.language)


def _note(
    kind: AccountEvent, person: User | None, *, actor: User | None, data: Mapping[str, Any] | None = None
) -> None:
    subject = person_subject(person.pk) if person else ""
    record(INSTANCE, kind=kind, actor=actor, subject=subject, data=data or {})
