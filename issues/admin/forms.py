"""What the admin sends about issues; the same services and guards as everywhere else answer it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.errors import DomainError
from config.serviceadmin import ServiceForm
from issues.forms.editing import TextField, shown_value
from issues.models import DESCRIPTION_LENGTH, RESOLUTION_LENGTH, Issue
from issues.services.creation import create_issue
from issues.services.editing import EDITABLE, EditConflict, edit_issue
from issues.services.moving import move_issue
from projects.admin.reach import NewInProjectForm
from projects.models import Label, State
from projects.queries import assignable_people, labels_of

NEW_FIELDS = ("title", "description", "kind", "priority", "due_on", "estimate")


class NewIssueAdminForm(NewInProjectForm):
    """A new issue. State, assignee and labels follow on its own page, where only those of its project are offered."""

    description = TextField(label=gettext_lazy("Description"), max_length=DESCRIPTION_LENGTH, rows=12)

    class Meta:
        model = Issue
        fields = NEW_FIELDS

    def perform(self) -> Issue:
        """Create it in the workflow's first state."""
        data = self.cleaned_data
        values = {name: data[name] for name in NEW_FIELDS}
        return create_issue(actor=self.person, project=data["project"], **values)


class IssueAdminForm(ServiceForm):
    """All of an issue, based on the version that the page showed."""

    seen_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    description = TextField(label=gettext_lazy("Description"), max_length=DESCRIPTION_LENGTH, rows=12)
    state = forms.ModelChoiceField(State.objects.none(), label=gettext_lazy("State"), empty_label=None)
    assignee = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Assignee"), required=False)
    labels = forms.ModelMultipleChoiceField(
        Label.objects.none(), label=gettext_lazy("Labels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    resolution = TextField(label=gettext_lazy("Resolution note"), max_length=RESOLUTION_LENGTH, rows=4)

    class Meta:
        model = Issue
        fields = ("title", "kind", "priority", "due_on", "estimate")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.instance.project
        people = assignable_people(project) | User.objects.filter(pk=self.instance.assignee_id or 0)
        states = State.objects.filter(project=project, removed_at__isnull=True)
        choices = {"state": states, "assignee": people.distinct(), "labels": labels_of(project)}
        for name, rows in choices.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        self.initial.update(seen_version=self.instance.version, labels=self.instance.label_ids)

    def show_refusal(self, refusal: DomainError) -> None:
        """Show a conflict at the fields that it is about, with what the other person made of them."""
        super().show_refusal(refusal)
        for clash in refusal.clashes if isinstance(refusal, EditConflict) else ():
            theirs = shown_value(clash.field, clash.theirs) or _("empty")
            message = _("Meanwhile: %s. Load the page anew to go on from there.")
            self.add_error(clash.field, message % theirs)

    def perform(self) -> Issue:
        """Edit and move the issue as far as the person changed it. Raises EditConflict, MoveRefused and their like.

        What a step needs is filled in before it is taken; what the old state needs is taken away after it was left.
        """
        data = self.cleaned_data
        issue = Issue.objects.defer("search").select_related("project", "state").get(pk=self.instance.pk)
        base = self._base(issue)
        if (base.assignee_id and not data["assignee"]) or (base.resolution and not data["resolution"]):
            issue = self._move(issue, base, **self._fills(issue, base))
            return self._edit(issue, base)
        return self._move(self._edit(issue, base), base)

    def _fills(self, issue: Issue, base: Any) -> dict[str, Any]:
        """Return what can come with the move: what nobody else has changed since the page was made."""
        data = self.cleaned_data
        fills = {"resolution": data["resolution"]} if issue.resolution == base.resolution else {}
        return fills | ({"assignee": data["assignee"]} if issue.assignee_id == base.assignee_id else {})

    def _base(self, issue: Issue) -> Any:
        """Return the issue as the page showed it; as it is now where that version is unknown (it is refused)."""
        version = self.cleaned_data["seen_version"]
        past = Issue.history.filter(id=issue.pk, version=version).first() if version != issue.version else None
        return past or Issue.objects.defer("search").get(pk=issue.pk)

    def _edit(self, issue: Issue, base: Any) -> Issue:
        data = self.cleaned_data
        chosen = {label.pk for label in data["labels"]}
        offered = {label.pk for label in self.fields["labels"].queryset}  # type: ignore[attr-defined]
        return edit_issue(
            actor=self.person,
            issue=issue,
            changes={name: data[name] for name in EDITABLE},
            version=data["seen_version"],
            add_labels=chosen - set(base.label_ids),
            remove_labels=set(base.label_ids) & offered - chosen,
        )

    def _move(self, issue: Issue, base: Any, **fills: Any) -> Issue:
        state = self.cleaned_data["state"]
        if state.pk == base.state_id:
            return issue
        seen = State.objects.get(pk=base.state_id)
        return move_issue(actor=self.person, issue=issue, to=state, seen=seen, **fills)
