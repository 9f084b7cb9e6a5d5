"""Forms of the door: allauth's, with our limits, and with answers that do not say who has an account."""

import contextlib
import secrets
from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.core import context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import attempts
from accounts.adapter import TAKEN, token_of
from accounts.forms.people import NameField
from accounts.models import User
from accounts.queries.entering import has_confirmed, person_named
from accounts.services import entering, registration
from config.errors import DomainError
from config.http import AuthedRequest

TAKEN_CODES = {"username_taken", "email_taken"}
NO_MAIL = _("This installation sends no mail. Ask an administrator of the site.")


class _Pretended(Exception):
    """Ends a transaction whose work was done for its time only."""


class LoginForm(allauth.LoginForm):
    """Username or address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class SignupForm(allauth.SignupForm):
    """Registers a person. Whether it is the username or the e-mail that is taken is not said.

    Where mail can be sent, a taken address gets the same answer as a free one, in the same time, and a mail.
    """

    display_name = NameField(label=_("Your name"), max_length=80, required=False)
    field_order = ("username", "display_name", "email", "password1")

    def clean_username(self) -> str:
        return self._unless_taken(super().clean_username, "username")

    def clean_email(self) -> str:
        email = self._unless_taken(super().clean_email, "email").lower()
        try:
            registration.require_registration(email=email, token=token_of(context.request))
        except registration.RegistrationClosed as error:
            raise ValidationError(str(error), code=error.code) from None
        return email

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if getattr(self, "is_taken", False):
            raise ValidationError(TAKEN, code="taken")
        if not self.errors:
            attempts.spend_sign_up(context.request)
            if settings.CAN_MAIL:
                attempts.spend_mail(context.request, cleaned["email"])
        return cleaned

    def try_save(self, request: HttpRequest) -> Any:
        """Save the person, or do as much work for one whose address is taken."""
        if self.account_already_exists:
            self._pretend(request)
        return super().try_save(request)

    def _pretend(self, request: HttpRequest) -> None:
        """Make an account with an address of nobody's, and take it back."""
        email = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{secrets.token_hex(16)}@{email.rpartition('@')[2]}"
        self.account_already_exists = False
        with contextlib.suppress(_Pretended, DomainError), transaction.atomic():
            self.save(request)
            raise _Pretended
        self.cleaned_data["email"], self.account_already_exists = email, True

    def _unless_taken(self, check: Any, name: str) -> str:
        """Run allauth's check, but keep for `clean` what would tell that an account exists."""
        try:
            return str(check())
        except ValidationError as error:
            if getattr(error, "code", None) not in TAKEN_CODES:
                raise
            self.is_taken = True
            return str(self.cleaned_data[name])


class ResetForm(forms.Form):
    """Asks for a link for a new password. It goes to the address that is stored, never to the one that was typed."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)

    def clean_email(self) -> str:
        if not settings.CAN_MAIL:
            raise ValidationError(NO_MAIL)
        email = str(self.cleaned_data["email"])
        attempts.spend_mail(context.request, email)
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mail the link, or why there is none."""
        email = str(self.cleaned_data["email"])
        person = person_named(email)
        entering.note_reset_asked(person=person, request=request)
        if person and person.is_active:
            request_password_reset(request, person.email, [person], allauth.default_token_generator)
        else:
            send_unknown_account_mail(request, person.email if person else email)
        return email


class ResetLinkForm(allauth.UserTokenForm):
    """Looks at a link for a new password; those of deactivated people open nothing."""

    def _get_user(self, uidb36: str) -> User | None:
        found: User | None = super()._get_user(uidb36)
        return found if found and found.is_active else None


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    """Takes the new password for which a link was mailed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_once(self)

    def save(self) -> None:
        """Set the password, once for each link."""
        entering.reset_password(
            person=self.user,
            key=self.temp_key,
            password=self.cleaned_data["password1"],
            tokens=allauth.default_token_generator,
        )


class ChangePasswordForm(allauth.ChangePasswordForm):
    """Takes the present password and a new one; wrong ones count as they do at the log-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""
        _ask_once(self)

    def clean_oldpassword(self) -> str:
        password = str(self.cleaned_data["oldpassword"])
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password


class SetPasswordForm(allauth.SetPasswordForm):
    """Takes the first password of who has logged in with an identity provider until now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_once(self)


class CodeForm(forms.Form):
    """Asks for a code to log in with."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    _user: User | None = None

    def clean_email(self) -> str:
        if not settings.CAN_MAIL:
            raise ValidationError(NO_MAIL)
        email = str(self.cleaned_data["email"])
        attempts.spend_code_mail(context.request, email)
        person = person_named(email)
        if person and person.is_active and has_confirmed(person):
            self._user = person
        return person.email if person else email


class ConfirmCodeForm(allauth.ConfirmLoginCodeForm):
    """Takes the code: five guesses are looked at, and one use counts, also of many at once."""

    def clean_code(self) -> str:
        request = context.request
        sent = f"{request.session.session_key}:{request.session[LOGIN_SESSION_KEY]['initiated_at']}"
        person = request._login_stage.login.user  # noqa: SLF001 (allauth's own way to hand it on)
        try:
            if not attempts.may_guess_code(sent):
                raise get_adapter().validation_error("incorrect_code")
            code = str(super().clean_code())
            if person:
                attempts.require_unlocked(person)
            if not attempts.may_use_code(sent):
                raise get_adapter().validation_error("incorrect_code")
        except ValidationError:
            entering.note_log_in_failed(person=person, request=request, way="code")
            raise
        return code


class AddressForm(forms.Form):
    """Takes the address that a person wants to change to."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254)

    def __init__(self, *args: Any, request: AuthedRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if email == self.request.user.email.lower():
            raise ValidationError(gettext("This is your address already."))
        try:
            registration.require_domain(email)
        except registration.RegistrationClosed as error:
            raise ValidationError(str(error), code=error.code) from None
        if settings.CAN_MAIL:
            attempts.spend_mail(self.request, email)
        return email


class DisconnectForm(forms.Form):
    """Names an account elsewhere that is to log in no more."""

    connection = forms.IntegerField(min_value=1)


def _ask_once(form: forms.Form) -> None:
    """Take out the second field for the same password: browsers show and keep what was typed."""
    del form.fields["password2"]
    form.fields["password1"].label = gettext("New password")
