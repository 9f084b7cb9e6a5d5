"""Forms of second factors: allauth's, with our limit of guesses and our memory of used codes."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.services.factors import guess, guessed, step_of, take_code

CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}


class _CodeForm(base.BaseAuthenticateForm):
    """Takes a code of the authenticator app, or one of the recovery codes."""

    code = forms.CharField(label=_("Code"), max_length=20, widget=forms.TextInput(attrs=CODE))
    authenticator: Authenticator

    def clean_code(self) -> str:
        guess(self.user)
        code = str(self.cleaned_data["code"])
        factors = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)
        for factor in factors.order_by("-type"):
            if take_code(factor, code):
                guessed(self.user)
                factor.user = self.user
                self.authenticator = factor
                return code
        if first := factors.order_by("-type").first():
            self._emit_authentication_failed(first)
        raise get_adapter().validation_error("incorrect_code")


class AuthenticateForm(_CodeForm, base.AuthenticateForm):
    """At the log-in, after the password."""


class ReauthenticateForm(_CodeForm, base.ReauthenticateForm):
    """Where somebody says once more who they are."""


class ActivateTOTPForm(totp.ActivateTOTPForm):
    """Shows that the authenticator app has the secret."""

    code = forms.CharField(
        label=_("Code of the app"), max_length=12, widget=forms.TextInput(attrs={**CODE, "inputmode": "numeric"})
    )
    step = 0

    def clean_code(self) -> str:
        guess(self.user)
        code = str(self.cleaned_data["code"])
        step = step_of(self.secret, code)
        if step is None:
            raise get_adapter().validation_error("incorrect_code")
        guessed(self.user)
        self.step = step
        return code


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """Names a passkey; static/js/passkey.js fills in what the browser says of it."""

    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    field_order = ("name", "credential")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whether it may log in alone is the browser's to say (it keeps a discoverable credential), not a question.
        self.fields.pop("passwordless", None)
