"""What is asked about files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from files.enums import Place
from files.models.files import NAME_LENGTH

# Any longer name than this is no name; files/names.py shortens what is left.
LONGEST_NAME = 4096
LARGEST = 2**53


class _NameField(forms.Field):
    """A name as it was given: files/names.py takes out what cannot be shown, and refuses what is left of none."""

    def to_python(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_NAME:
            raise ValidationError(_("Send the name as text."))
        return value


class PortraitForm(forms.Form):
    """A picture of a person or a project that is announced; which place it takes says the address."""

    name = _NameField(required=False)
    size = forms.IntegerField(min_value=0, max_value=LARGEST)
    client_id = forms.UUIDField()


class StartForm(PortraitForm):
    """A file that is announced."""

    place = forms.ChoiceField(choices=[(each, each) for each in (Place.DRAFT, Place.PROJECT, Place.ISSUE)])
    issue = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def clean(self) -> dict[str, Any]:
        """An issue is named where the file is for one, and nowhere else."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if (found.get("place") == Place.ISSUE) != (found.get("issue") is not None):
            raise ValidationError(_("Say which issue the file is for."))
        return found


class RenameForm(forms.Form):
    """Another name of a file."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
