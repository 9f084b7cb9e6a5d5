"""Forms about people."""

import zoneinfo
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

TAKEN_CODES = {"username_taken", "email_taken"}
TAKEN = _("These details cannot be used for a new account. If one of them is yours already, log in instead.")


class NameField(forms.CharField):
    """A name of one line: it stands in sentences, and in mails, where a second line would speak for itself."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value)).split())


class SignupForm(AllauthSignupForm):
    """Registers a person. Whether it is the username or the e-mail that is taken is not said.

    Where mail can be sent, allauth goes further: a taken address gets the same answer as a free one, and a mail
    (ACCOUNT_PREVENT_ENUMERATION with mandatory verification).
    """

    display_name = NameField(label=_("Your name"), max_length=80, required=False)
    field_order = ("username", "display_name", "email", "password1")

    def clean_username(self) -> str:
        return self._unless_taken(super().clean_username, "username")

    def clean_email(self) -> str:
        return self._unless_taken(super().clean_email, "email")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if getattr(self, "is_taken", False):
            raise ValidationError(TAKEN, code="taken")
        return cleaned

    def _unless_taken(self, check: Any, name: str) -> str:
        """Run allauth's check, but keep for `clean` what would tell that an account exists."""
        try:
            return str(check())
        except ValidationError as error:
            if getattr(error, "code", None) not in TAKEN_CODES:
                raise
            self.is_taken = True
            return str(self.cleaned_data[name])


class ProfileForm(forms.Form):
    """What a person may change about themselves."""

    display_name = NameField(label=_("Your name"), max_length=80, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Dates and times are shown in it."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
