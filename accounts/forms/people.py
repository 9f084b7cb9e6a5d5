"""Forms about people."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.enums import Theme


class NameField(forms.CharField):
    """A name of one line: it stands in sentences, and in mails, where a second line would speak for itself."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value)).split())


class ThemeForm(forms.Form):
    """The colours of a person's pages."""

    theme = forms.ChoiceField(label=_("Colours"), choices=Theme, required=False)


class ProfileForm(ThemeForm):
    """What a person may change about themselves."""

    display_name = NameField(label=_("Your name"), max_length=80, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Dates and times are shown in it."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
