"""What an issue that is made of a message says."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from issues.enums import Kind
from issues.forms.creation import PersonField
from issues.forms.editing import TextField
from issues.models import DESCRIPTION_LENGTH, TITLE_LENGTH
from projects.models import Project
from projects.queries import assignable_people


class FromMessageForm(forms.Form):
    """The few fields that one fills in while a conversation goes on; the rest has time."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    description = TextField(label=_("Description"), max_length=DESCRIPTION_LENGTH, rows=5)
    kind = forms.ChoiceField(label=_("Type"), choices=Kind.choices, initial=Kind.TASK)
    assignee = PersonField(
        label=_("Assignee"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        empty_label=_("Nobody"),
    )

    def __init__(self, data: Any = None, *, project: Project, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        people: Any = self.fields["assignee"]
        people.queryset = assignable_people(project)
