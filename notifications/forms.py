"""Forms of the preferences page, and of webhooks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications import hooks
from notifications.enums import DigestRhythm
from notifications.models import Webhook

DAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
MAIL_FIELDS = ("quiet_from", "quiet_until", "working_days", "digest", "digest_at", "digest_day")


class _Time(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MailForm(forms.Form):
    """When mail may reach a person, in their own time zone."""

    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=_Time())
    quiet_until = forms.TimeField(label=_("Quiet until"), required=False, widget=_Time())
    working_days = forms.TypedMultipleChoiceField(
        label=_("Days on which mail may come"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    digest = forms.ChoiceField(label=_("Digest"), choices=DigestRhythm)
    digest_at = forms.TimeField(label=_("At"), widget=_Time())
    digest_day = forms.TypedChoiceField(label=_("A weekly one on"), choices=DAYS, coerce=int)


class HookForm(forms.Form):
    """A webhook: where it leads, and which kinds of events it is told of; none chosen is all of them."""

    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.URLInput({"placeholder": "https://ci.example.org/plumbline"})
    )
    kinds = forms.MultipleChoiceField(
        label=_("Told of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: of everything, also of kinds that come later."),
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = hooks.lent.hook_kinds()  # type: ignore[attr-defined]

    @classmethod
    def of(cls, webhook: Webhook, data: Any = None) -> "HookForm":
        """Return the form with what the webhook is now."""
        return cls(data, initial={name: getattr(webhook, name) for name in cls.base_fields})

    def wanted(self) -> dict[str, Any]:
        """Return what the services take; a new webhook is active."""
        values = dict(self.cleaned_data)
        if not self.initial:
            values.pop("is_active")
        return values
