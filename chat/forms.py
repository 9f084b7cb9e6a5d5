"""What comes in about conversations."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST = 2**31 - 1
# Far beyond every limit: how long a text may be depends on the thread, and the service says so in its own words.
BODY = 1024 * 1024


class FilesField(forms.Field):
    """Files by their UUIDs, each once, in the order in which they were sent; what is no UUID is a file that is gone."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[uuid.UUID]:
        """Return the UUIDs."""
        return list(dict.fromkeys(_uuid(each) for each in value or []))


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


class ComposerForm(forms.Form):
    """A message as it is sent. `thread` or `issue` (its number) say where; neither means the room.

    A `client_id` that is no UUID counts as none, because only a retry needs it.
    """

    body = forms.CharField(max_length=BODY, strip=False, required=False, label=_("Message"))
    client_id = forms.CharField(max_length=64, required=False)
    thread = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
    issue = forms.IntegerField(min_value=1, max_value=MOST, required=False)
    reply_to = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    files = FilesField(required=False)  # type: ignore[assignment]  # the form's class gives it back as a field

    def clean_client_id(self) -> uuid.UUID:
        """Return the UUID that was sent, or a new one."""
        try:
            return uuid.UUID(self.cleaned_data["client_id"])
        except ValueError:
            return uuid.uuid4()


class EditForm(forms.Form):
    """The new text of a message and the version that it was written over."""

    body = forms.CharField(max_length=BODY, strip=False, required=False, label=_("Message"))
    version = forms.IntegerField(min_value=1, max_value=MOST, required=False)


class ReactForm(forms.Form):
    """A sign; without `on` it is put under the message or taken away, whichever it is not."""

    emoji = forms.CharField(max_length=16)
    on = forms.TypedChoiceField(
        choices=[("1", "on"), ("0", "off")], coerce=lambda value: value == "1", required=False, empty_value=None
    )


class ReadForm(forms.Form):
    """Up to which message a person has read."""

    seq = forms.IntegerField(min_value=0, max_value=MOST)


def first_problem(form: forms.Form) -> str:
    """Return the first sentence against a form that cannot be read."""
    problems: Any = next(iter(form.errors.values()))
    return str(problems[0])
