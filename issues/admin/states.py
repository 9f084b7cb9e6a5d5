"""States in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.serviceadmin import ServiceForm
from issues.services.columns import remove_state
from projects.admin.reach import NewInProjectForm, ProjectFilter, ProjectServiceAdmin
from projects.forms import StateForm
from projects.models import State
from projects.services.workflow import STATE_FIELDS, change_state, create_state


class NewStateAdminForm(NewInProjectForm, StateForm):
    """A new state of a project, at the end of its board."""

    def perform(self) -> State:
        """Create it. Raises DomainError where its name is taken."""
        values = {name: self.cleaned_data[name] for name in STATE_FIELDS}
        return create_state(actor=self.person, project=self.cleaned_data["project"], values=values)


class StateAdminForm(ServiceForm, StateForm):
    """A state's settings."""

    def perform(self) -> State:
        """Change what differs. Raises DomainError where the name is taken or no start would be left."""
        state = State.objects.select_related("project").get(pk=self.instance.pk)
        changes = {name: self.cleaned_data[name] for name in STATE_FIELDS}
        return change_state(actor=self.person, state=state, changes=changes)


@admin.register(State)
class StateAdmin(ProjectServiceAdmin):
    """The states in use in the projects that the person leads."""

    form = StateAdminForm
    add_form = NewStateAdminForm
    list_display = ("name", "project", "category", "position", "is_initial", "wip_limit", "wip_is_hard")
    list_filter = (ProjectFilter, "category")
    search_fields = ("name",)
    ordering = ("project__key", "position")
    readonly_fields = ("project", "position")
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(removed_at__isnull=True).select_related("project")

    @admin.action(description=gettext_lazy("Take out of use (where no issue is in it)"), permissions=["change"])
    def remove(self, request: HttpRequest, rows: QuerySet[State]) -> None:
        self.run_each(
            request, rows, lambda actor, row: remove_state(actor=actor, state=row, to=None), _("Taken out of use.")
        )
