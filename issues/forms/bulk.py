"""What the list sends to change many issues at once."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from config.errors import DomainError
from issues.enums import Priority
from issues.forms.editing import AssigneeField, TextField
from issues.models import RESOLUTION_LENGTH
from projects.access import Person
from projects.models import Project
from projects.queries import labels_of
from projects.workflow import workflow_of


class BulkForm(forms.Form):
    """Numbers of issues, and one or more changes; what was not sent is not touched. Labels come by name."""

    state = forms.ChoiceField()
    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int)
    add_label = forms.ChoiceField()
    remove_label = forms.ChoiceField()
    resolution = TextField(max_length=RESOLUTION_LENGTH, rows=3)

    def __init__(self, data: Any, *, project: Project, person: Person) -> None:
        super().__init__(data)
        self.workflow = workflow_of(project)
        self.labels: dict[str, int] = {}
        if "assignee" in data:
            self.fields["assignee"] = AssigneeField(project, person)
        for name in [name for name in self.fields if name not in data]:
            del self.fields[name]
        if "state" in self.fields:
            self._offer("state", [state.slug for state in self.workflow.states])
        if {"add_label", "remove_label"} & set(self.fields):
            self.labels = {label.name: label.pk for label in labels_of(project)}
            self._offer("add_label", self.labels)
            self._offer("remove_label", self.labels)

    def _offer(self, name: str, words: Any) -> None:
        if name in self.fields:
            self.fields[name].choices = [(word, word) for word in words]  # type: ignore[attr-defined]

    def numbers(self) -> list[int]:
        """Return the numbers of the ticked issues, each once."""
        sent = cast(QueryDict, self.data).getlist("number")
        return list(dict.fromkeys(int(word) for word in sent if word.isascii() and word.isdecimal() and len(word) < 10))  # noqa: PLR2004

    def changes(self) -> Mapping[str, Any]:
        """Return the changes that the service is asked for."""
        data = self.cleaned_data
        changes: dict[str, Any] = {name: data[name] for name in ("assignee", "priority") if name in data}
        changes |= {name: self.labels[data[name]] for name in ("add_label", "remove_label") if name in data}
        if "state" in data:
            changes["state"] = self.workflow.by_slug(data["state"])
        return changes

    def note(self) -> str:
        """Return the note for issues that have none; it goes with a change of the state only."""
        return str(self.cleaned_data.get("resolution", "")) if "state" in self.cleaned_data else ""

    def refusal(self) -> DomainError:
        """Return what is wrong as what a person reads."""
        problem = next(iter(self.errors.values()))[0] if self.errors else _("Choose what to change.")
        return DomainError(str(problem), code="invalid")
