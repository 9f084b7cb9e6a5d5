"""Forms of the administrators' pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.domains import clean_domains, split_domains
from accounts.enums import Registration

MOST_AT_ONCE = 100


class DomainsField(forms.CharField):
    """Domains, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Show them one a line."""
        return value if isinstance(value, str) or value is None else "\n".join(value)

    def clean(self, value: Any) -> Any:
        """Return a tuple of domains."""
        return clean_domains(split_domains(str(super().clean(value) or "")))


class InstanceForm(forms.Form):
    """The settings of the installation."""

    registration = forms.ChoiceField(
        label=_("Who may create an account"), choices=Registration.choices, widget=forms.RadioSelect
    )
    allowed_domains = DomainsField(
        label=_("Allowed domains"),
        required=False,
        max_length=8000,
        help_text=_("One a line, such as example.org. They count while the choice above says so."),
    )
    require_two_factors = forms.BooleanField(
        label=_("Everyone needs a second factor"),
        required=False,
        help_text=_("Who has none is asked to set one up at once, and gets to nothing else before."),
    )
    require_login = forms.BooleanField(
        label=_("Public projects need a log-in"),
        required=False,
        help_text=_("Guests then see no project at all; everyone who is logged in reads the public ones."),
    )
    session_days = forms.IntegerField(
        label=_("Days after which one logs in again"),
        min_value=1,
        max_value=90,
        help_text=_("Counted from the log-in, whatever is done meanwhile. From 1 to 90."),
    )


class PeopleForm(forms.Form):
    """People who were ticked, and what is done to all of them."""

    people = forms.TypedMultipleChoiceField(coerce=int, label=_("People"))
    act = forms.ChoiceField(choices=[("activate", _("Activate")), ("deactivate", _("Deactivate"))])

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        given = [value for value in data.getlist("people") if value.isdecimal() and len(value) < 18][:MOST_AT_ONCE]  # noqa: PLR2004 (digits of a bigint)
        self.fields["people"].choices = [(value, value) for value in given]  # type: ignore[attr-defined]


class SwitchForm(forms.Form):
    """One of two states of a person: on or off."""

    on = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")


class LettersForm(forms.Form):
    """Letters that were ticked, of one kind."""

    ids = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        given = [value for value in data.getlist("ids") if value.isdecimal() and len(value) < 18][:MOST_AT_ONCE]  # noqa: PLR2004 (digits of a bigint)
        self.fields["ids"].choices = [(value, value) for value in given]  # type: ignore[attr-defined]
