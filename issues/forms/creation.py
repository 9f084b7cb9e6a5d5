"""What a new issue says."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from issues.enums import Kind, Priority
from issues.models import DESCRIPTION_LENGTH, TITLE_LENGTH
from projects.models import Label, Project, State
from projects.queries import assignable_people, labels_of
from projects.workflow import workflow_of

ESTIMATE_MAX = 999


class PersonField(forms.ModelChoiceField):
    """A choice of people by username."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class IssueForm(forms.Form):
    """A new issue with all its fields; a column's quick add sends the title and the state alone."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Markdown: **bold**, lists, `code`."),
    )
    kind = forms.ChoiceField(label=_("Type"), choices=Kind.choices, initial=Kind.TASK)
    state = forms.CharField(label=_("State"), max_length=48)
    priority = forms.ChoiceField(label=_("Priority"), choices=list(reversed(Priority.choices)), initial=Priority.NONE)
    assignee = PersonField(
        label=_("Assignee"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        empty_label=_("Nobody"),
    )
    labels = forms.ModelMultipleChoiceField(
        label=_("Labels"), queryset=Label.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    due_on = forms.DateField(label=_("Due date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    estimate = forms.IntegerField(label=_("Estimate"), min_value=0, max_value=ESTIMATE_MAX, required=False)

    def __init__(self, data: QueryDict | None = None, *, project: Project, initial: Any = None) -> None:
        starts = [(state.slug, state.name) for state in workflow_of(project).states if state.is_initial]
        super().__init__(_filled(data, starts[0][0] if starts else "") if data is not None else None, initial=initial)
        self.project = project
        self.fields["state"].widget = forms.Select(choices=starts)
        self.rows("assignee").queryset = assignable_people(project)
        self.rows("labels").queryset = labels_of(project)

    def rows(self, name: str) -> Any:
        """Return a field whose choices are rows of the project."""
        return self.fields[name]

    def clean_priority(self) -> int:
        """Return the priority as the number that the database keeps."""
        return int(self.cleaned_data["priority"])

    def clean_state(self) -> State:
        """Return the state; whether issues start there is for the service to say."""
        state = workflow_of(self.project).by_slug(self.cleaned_data["state"])
        if state is None:
            raise forms.ValidationError(_("This state is not there any more. Choose another one."))
        return state

    def issue(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = dict(self.cleaned_data)
        return data | {"label_ids": [label.pk for label in data.pop("labels")]}


def _filled(data: QueryDict, start: str) -> QueryDict:
    """Return what was sent, with the values that a quick add leaves to us."""
    filled = data.copy()
    for name, value in (("kind", Kind.TASK), ("priority", str(Priority.NONE.value)), ("state", start)):
        if not filled.get(name):
            filled[name] = value
    return filled
