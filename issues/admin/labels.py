"""Labels in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Hue
from config.serviceadmin import ServiceForm
from issues.services.columns import remove_label
from projects.admin.reach import NewInProjectForm, ProjectFilter, ProjectServiceAdmin
from projects.forms import LabelForm
from projects.models import Label
from projects.services.labels import change_label, create_label


class NewLabelAdminForm(NewInProjectForm, LabelForm):
    """A new label of a project."""

    def perform(self) -> Label:
        """Create it. Raises DomainError where its name is taken."""
        data = self.cleaned_data
        return create_label(actor=self.person, project=data["project"], name=data["name"], hue=Hue(data["hue"]))


class LabelAdminForm(ServiceForm, LabelForm):
    """A label's name and colour."""

    def perform(self) -> Label:
        """Change what differs. Raises DomainError where the name is taken."""
        label = Label.objects.select_related("project").get(pk=self.instance.pk)
        data = self.cleaned_data
        return change_label(actor=self.person, label=label, name=data["name"], hue=Hue(data["hue"]))


@admin.register(Label)
class LabelAdmin(ProjectServiceAdmin):
    """The labels in use in the projects that the person leads."""

    form = LabelAdminForm
    add_form = NewLabelAdminForm
    list_display = ("name", "project", "hue")
    list_filter = (ProjectFilter,)
    search_fields = ("name",)
    ordering = ("project__key", "name")
    readonly_fields = ("project",)
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(removed_at__isnull=True).select_related("project")

    @admin.action(description=gettext_lazy("Take off all issues and out of use"), permissions=["change"])
    def remove(self, request: HttpRequest, rows: QuerySet[Label]) -> None:
        message = _("Taken off all issues and out of use.")
        self.run_each(request, rows, lambda actor, row: remove_label(actor=actor, label=row), message)
