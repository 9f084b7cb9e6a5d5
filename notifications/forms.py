"""Forms of the preferences page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.enums import DigestRhythm

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
