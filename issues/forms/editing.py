"""What the issue page sends: one field at a time, or all of them from the full form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from issues.enums import Kind, Priority
from issues.models import DESCRIPTION_LENGTH, RESOLUTION_LENGTH, TITLE_LENGTH, Issue
from projects.access import Person
from projects.models import Project
from projects.queries import assignable_people, labels_of

HIGHEST_ESTIMATE = 999


class TextField(forms.CharField):
    """Text of several lines with the line ends of Unix, whatever the browser sends."""

    def __init__(self, *, max_length: int, rows: int, **options: Any) -> None:
        super().__init__(
            required=False, strip=False, max_length=max_length, widget=forms.Textarea({"rows": rows}), **options
        )

    def to_python(self, value: Any) -> str:
        """Return the text; the limit then counts what is stored."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class AssigneeField(forms.ChoiceField):
    """A member's username, `me`, or nothing for nobody; cleaned to the person."""

    def __init__(self, project: Project, person: Person) -> None:
        self.people = {member.username.lower(): member for member in assignable_people(project)}
        self.person = person
        names = [(member.username, member.name) for member in self.people.values()]
        super().__init__(label=_("Assignee"), required=False, choices=[("", _("Nobody")), *names])

    def to_python(self, value: Any) -> str:
        """Return the username as it is written in the account."""
        name = str(value or "").strip()
        if name == "me" and "me" not in self.people:
            return self.person.get_username()
        member = self.people.get(name.lower())
        return member.username if member else name

    def clean(self, value: Any) -> User | None:
        """Return the person, or None for nobody. Raises ValidationError for someone who is not a member."""
        name = super().clean(value)
        return self.people[name.lower()] if name else None


@dataclass(frozen=True)
class Edit:
    """What a person wants changed."""

    changes: Mapping[str, Any]
    version: int | None
    add_labels: Collection[int]
    remove_labels: Collection[int]


class EditForm(forms.Form):
    """Any of an issue's fields; what was not sent is not touched.

    Labels come as add_label and remove_label, or as `labels` (those ticked) beside `had_label` (those ticked when the
    page was made), which merges with what others did meanwhile.
    """

    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    description = TextField(
        label=_("Description"), max_length=DESCRIPTION_LENGTH, rows=12, help_text=_("Markdown works here.")
    )
    kind = forms.ChoiceField(label=_("Type"), choices=Kind)
    priority = forms.TypedChoiceField(label=_("Priority"), choices=list(reversed(Priority.choices)), coerce=int)
    due_on = forms.DateField(
        label=_("Due date"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    estimate = forms.IntegerField(
        label=_("Estimate"), required=False, min_value=0, max_value=HIGHEST_ESTIMATE, help_text=_("In points.")
    )
    labels = forms.TypedMultipleChoiceField(
        label=_("Labels"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    resolution = TextField(
        label=_("Resolution note"),
        max_length=RESOLUTION_LENGTH,
        rows=3,
        help_text=_("What was done, in a sentence or two."),
    )

    def __init__(self, data: Any, *, issue: Issue, person: Person, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if data is None or "assignee" in data:
            self.fields["assignee"] = AssigneeField(issue.project, person)
        if data is None or "had_label" in data or "labels" in data:
            self.fields["labels"].choices = [(label.pk, label.name) for label in labels_of(issue.project)]  # type: ignore[attr-defined]
        self.issue = issue
        if data is not None:
            for name in [name for name in self.fields if name not in data and name != "labels"]:
                del self.fields[name]
        self.order_fields(ORDER)

    def clean_labels(self) -> list[int]:
        """Return the labels; none are offered where the form did not send any."""
        return list(self.cleaned_data["labels"])

    def edit(self) -> Edit:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        changes = {name: data[name] for name in CHANGES if name in data}
        had, ticked = set(self._ids("had_label")), set(data.get("labels", []))
        return Edit(
            changes,
            data.get("version"),
            add_labels=(ticked - had) | set(self._ids("add_label")),
            remove_labels=(had - ticked) | set(self._ids("remove_label")),
        )

    def _ids(self, name: str) -> list[int]:
        sent = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        return [int(value) for value in sent if value.isascii() and value.isdecimal() and len(value) < 19]  # noqa: PLR2004


CHANGES = ("title", "description", "kind", "priority", "assignee", "due_on", "estimate", "resolution")
ORDER = (
    "version",
    "title",
    "description",
    "kind",
    "priority",
    "assignee",
    "labels",
    "due_on",
    "estimate",
    "resolution",
)


def initial_of(issue: Issue) -> dict[str, Any]:
    """Return what the full form shows before anything was typed."""
    values: dict[str, Any] = {name: getattr(issue, name) for name in CHANGES if name != "assignee"}
    assignee = issue.assignee.username if issue.assignee else ""
    return values | {"version": issue.version, "assignee": assignee, "labels": issue.label_ids}


def shown_value(field: str, value: Any) -> str:
    """Return a field's value in words, for the comparison of a conflict."""
    if isinstance(value, User):
        return value.name
    if field == "priority":
        return str(Priority(value).label)
    if field == "kind":
        return str(Kind(value).label)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def sent_value(value: Any) -> str:
    """Return a field's value as a form sends it."""
    if isinstance(value, User):
        return value.username
    return "" if value is None else str(value)
