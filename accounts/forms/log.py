"""What of the instance's log an administrator wants to see."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from accounts.logwords import GROUP_NAMES
from accounts.models import User
from accounts.queries.instance import person_named
from accounts.queries.log import LogFilter

# Beyond these the day after has no date, or its beginning none in another zone.
CALENDAR = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(9000, 1, 1))]


class LogForm(forms.Form):
    """Every field may stay empty; what is refused narrows nothing. Days are those of the reader's zone."""

    group = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Everything")), *GROUP_NAMES.items()])
    person = forms.CharField(label=_("Person"), required=False, max_length=254)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}), validators=CALENDAR
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}), validators=CALENDAR
    )

    def clean_person(self) -> User | None:
        """Return the person with this username or address, active or not."""
        name = self.cleaned_data["person"].strip().removeprefix("@")
        if not name:
            return None
        if (person := person_named(name)) is None:
            raise ValidationError(_("Nobody has this username or address. Write it as a whole."), code="unknown")
        return person

    def wanted(self) -> LogFilter:
        """Return what to look for; everything where the form is refused."""
        if not self.is_valid():
            return LogFilter()
        given = self.cleaned_data
        until = given["until"] + timedelta(days=1) if given["until"] else None
        return LogFilter(given["group"], given["person"], _begin_of(given["since"]), _begin_of(until))

    def query(self) -> str:
        """Return the address's part for the same wish; empty for everything."""
        if not self.is_valid():
            return ""
        given = {name: self.data.get(name, "") for name in self.fields}
        return urlencode({name: value for name, value in given.items() if value})


def _begin_of(day: date | None) -> datetime | None:
    return make_aware(datetime.combine(day, time.min)) if day else None
