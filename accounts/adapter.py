"""How django-allauth meets our people: their rules, our mails, our limits."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import attempts
from accounts.events import AccountEvent
from accounts.models import User
from accounts.queries.entering import has_confirmed, person_named
from accounts.services import entering, registration
from accounts.services.mails import post_letter
from accounts.services.people import welcome_person
from config.client import client_ip
from config.errors import DomainError

# The session holds the token of the invitation by whose link somebody came.
INVITATION = "invitation"
WRONG = _("The username or password is not correct. After five tries you have to wait for a quarter of an hour.")
TAKEN = _("These details cannot be used for a new account. If one of them is yours already, log in instead.")


class AccountAdapter(DefaultAccountAdapter):
    """See the module."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or is not good any more."),
        "too_many_login_attempts": _("That was the fifth wrong code. Ask for a new one."),
    }

    # --- Registering ------------------------------------------------------------------------------------------------

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let people come to the form by the settings or an invitation; show all others who may."""
        if not registration.is_open(token_of(request)):
            raise ImmediateHttpResponse(closed_page(request))
        return True

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Say whether the address was proven already: an invitation went there, and its link was opened."""
        return registration.is_invited(email, token_of(request))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002 (allauth's signature)
        """Save a person who registers, with the name that they gave and their own team, in one transaction."""
        user.display_name = form.cleaned_data.get("display_name", "")
        user.email = (form.cleaned_data.get("email") or "").lower()
        registration.require_registration(email=user.email, token=token_of(request))
        return save_new(lambda: super(AccountAdapter, self).save_user(request, user, form, commit=commit))

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Give a person whom an identity provider names a username that is free."""
        if not user.username:
            user.username = registration.free_username([user.display_name.replace(" ", "."), user.email])

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Lead who came by an invitation back to it."""
        token = token_of(request)
        return f"/invitations/{token}/" if token else str(super().get_signup_redirect_url(request))

    # --- Logging in -------------------------------------------------------------------------------------------------

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whose username or address and password these are, or None; deactivated people as well.

        Raises TooMany. One password hash is worked out, whoever is named: for nobody, for who is locked, for who has
        no password. Wrong tries are recorded, with the same work for people who do not exist.
        """
        name = str(credentials.get("email") or credentials.get("username") or "")
        spent = attempts.spend_login(request, name)
        person = person_named(name)
        with attempts.guessing(person, name) as guess:
            found = _whose(person, str(credentials.get("password") or ""), may_look=guess is not None)
        if found:
            attempts.give_all_back([*spent, *([guess] if guess else [])])
        else:
            entering.note_log_in_failed(person=person, request=request, way="password")
        return found

    def reauthenticate(self, user: User, password: str) -> bool:
        """Say whether it is the person's password; a wrong one counts as it does at the log-in."""
        found = self.authenticate(self.request, username=user.username, password=password)
        return found is not None and found.pk == user.pk

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the person's session, with every stage behind them; refuse who was deactivated meanwhile."""
        if not User.objects.filter(pk=user.pk, is_active=True).exists():
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        records = get_authentication_records(request, user)
        super().login(request, user)
        ways = [str(record.get("type") or record["method"]) for record in records]
        entering.note_logged_in(person=user, request=request, ways=ways)

    def is_safe_url(self, url: str | None) -> bool:
        """Say whether an address to go on to is a path of this site, as every browser reads it."""
        if not url or not url.startswith("/"):
            return False
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address as everything here sees it."""
        return client_ip(request)

    # --- Passwords and addresses ------------------------------------------------------------------------------------

    def set_password(self, user: User, password: str) -> None:
        """Set the password of who is logged in, whose other sessions end."""
        is_first = not user.has_usable_password()
        kind, letter = AccountEvent.PASSWORD_CHANGED, "password_set" if is_first else "password_changed"
        key = self.request.session.session_key or ""
        user.password = entering.set_password(
            person=user, password=password, session_key=key, kind=kind, letter=letter
        ).password

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to where the person's account is guarded."""
        return "/me/security/"

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address. The session in which its person opens the link stays, all others end if it is new."""
        person = request.user if request.user.is_authenticated else None
        is_theirs = person is not None and person.pk == email_address.user_id
        key = (request.session.session_key or "") if is_theirs else ""
        confirmed = entering.confirm_address(address=email_address, session_key=key)
        if confirmed:
            messages.success(request, gettext("The address %s is confirmed.") % email_address.email)
        else:
            messages.error(request, gettext("This address cannot be confirmed: another account has it."))
        return confirmed

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: `reset_password` lets passwords be tried again."""

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: Any, signup: bool) -> bool:  # noqa: FBT001 (allauth's signature)
        """Count a link to confirm an address. Raises TooMany; who registers has been counted already."""
        if not signup:
            attempts.spend_mail(request, email_address.email)
        return True

    # --- Mails ------------------------------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have a mail sent by a worker, after the commit."""
        kind = template_prefix.rpartition("/")[2]
        person = context.get("user") or person_named(email)
        if kind == "unknown_account" and person is not None:
            _tell_why_not(self.request, person)
            return
        post_letter(kind=kind, to=email, context=context, language=person.language if person else "en")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person by mail what has changed in their account; our services do so of passwords and addresses."""
        kind = template_prefix.rpartition("/")[2]
        if kind not in {"password_changed", "password_set", "password_reset", "email_changed"}:
            more = {"user": user, "is_connected": kind == "account_connected", **(context or {})}
            self.send_mail(template_prefix, email or user.email, more)


def token_of(request: HttpRequest) -> str:
    """Return the token of the invitation by whose link somebody came; empty for none."""
    return str(request.session.get(INVITATION) or "")


def closed_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page that says who may create an account."""
    return render(request, "account/signup_closed.html", {"reason": reason}, status=403)


def save_new(save: Any) -> User:
    """Save a new person and welcome them, in one transaction. Raises DomainError where somebody was faster."""
    try:
        with transaction.atomic():
            person: User = save()
            welcome_person(person=person)
    except IntegrityError:
        raise DomainError(str(TAKEN), code="taken") from None
    return person


def _whose(person: User | None, password: str, *, may_look: bool) -> User | None:
    """Return the person where the password is theirs, after the work of one hash in every case."""
    if person is None or not may_look:
        User().set_password(password)
        return None
    return person if person.check_password(password) else None


def _tell_why_not(request: HttpRequest, person: User) -> None:
    """Mail a person why they got neither link nor code: they are deactivated, or their address is not confirmed."""
    if not person.is_active:
        post_letter(kind="deactivated", to=person.email, context={}, language=person.language)
    elif not has_confirmed(person):
        address = EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"primary": True})[0]
        address.send_confirmation(request)
