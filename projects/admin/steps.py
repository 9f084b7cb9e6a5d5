"""The steps of workflows in the admin: which transitions there are, who may take them, and what they need."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.serviceadmin import ServiceForm
from projects.admin.reach import ProjectFilter, ProjectServiceAdmin, active_projects
from projects.forms import StepForm
from projects.models import State, Transition
from projects.services.workflow import STEP_FIELDS, remove_transition, set_transition


class StateChoice(forms.ModelChoiceField):
    """A state, named with its project."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.project.key}: {obj.name}"


class NewTransitionForm(ServiceForm, StepForm):
    """A step between two states of one project."""

    from_state = StateChoice(State.objects.none(), label=gettext_lazy("From"))
    to_state = StateChoice(State.objects.none(), label=gettext_lazy("To"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = State.objects.filter(project__in=active_projects(self.person), removed_at__isnull=True)
        for name in ("from_state", "to_state"):
            ordered = states.select_related("project").order_by("project__key", "position")
            self.fields[name].queryset = ordered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a step that leads nowhere or into another project."""
        cleaned = super().clean()
        here, there = cleaned.get("from_state"), cleaned.get("to_state")
        if here and there and (here.project_id != there.project_id or here == there):
            self.add_error("to_state", _("Choose another state of the same project."))
        return cleaned

    def perform(self) -> Transition:
        """Allow the step, or change what it needs where it was allowed already."""
        data = self.cleaned_data
        needs = {name: data[name] for name in STEP_FIELDS}
        return set_transition(actor=self.person, from_state=data["from_state"], to_state=data["to_state"], needs=needs)


class TransitionForm(ServiceForm, StepForm):
    """What a step needs."""

    def perform(self) -> Transition:
        """Change what differs."""
        step = Transition.objects.select_related("from_state__project", "to_state").get(pk=self.instance.pk)
        needs = {name: self.cleaned_data[name] for name in STEP_FIELDS}
        return set_transition(actor=self.person, from_state=step.from_state, to_state=step.to_state, needs=needs)


@admin.register(Transition)
class TransitionAdmin(ProjectServiceAdmin):
    """The steps of the projects that the person leads."""

    form = TransitionForm
    add_form = NewTransitionForm
    first_fields = ("from_state", "to_state")
    list_display = ("step", "project", "roles", "needs_assignee", "needs_resolution", "own_only")
    list_filter = (ProjectFilter,)
    ordering = ("project__key", "from_state__position", "to_state__position")
    readonly_fields = ("project", "from_state", "to_state")
    actions = ("forbid",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("project", "from_state", "to_state")

    @admin.display(description=gettext_lazy("step"))
    def step(self, obj: Transition) -> str:
        return f"{obj.from_state} → {obj.to_state}"

    @admin.action(description=gettext_lazy("Forbid the step"), permissions=["change"])
    def forbid(self, request: HttpRequest, rows: QuerySet[Transition]) -> None:
        message = _("Forbidden. Issues stay where they are.")
        self.run_each(request, rows, lambda actor, row: remove_transition(actor=actor, step=row), message)
