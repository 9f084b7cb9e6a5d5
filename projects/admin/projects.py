"""Projects in the admin: their settings, archiving and restoring. A new one is made on the product's own page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.serviceadmin import ServiceForm, name_of
from projects.admin.reach import ProjectServiceAdmin
from projects.forms import ProjectForm
from projects.models import Project
from projects.services.projects import archive_project, change_project, restore_project, unarchive_project


class ProjectSettingsForm(ServiceForm, ProjectForm):
    """A project's general settings, as on the product's own page."""

    def perform(self) -> Project:
        """Change what differs. Raises DomainError where the key is or was another project's."""
        project = Project.objects.get(pk=self.instance.pk)
        changes = {name: self.cleaned_data[name] for name in ProjectForm.base_fields}
        return change_project(actor=self.person, project=project, changes=changes)


@admin.register(Project)
class ProjectAdmin(ProjectServiceAdmin):
    """The projects that the person leads."""

    form = ProjectSettingsForm
    path_to_project = "pk"
    list_display = ("key", "name", "visibility", "owner", "archived_at", "deleted_at")
    list_select_related = ("owner",)
    list_filter = ("visibility",)
    search_fields = ("key", "name")
    ordering = ("key",)
    readonly_fields = ("owned_by", "of_team", "created_at", "archived_at", "deleted_at")
    owned_by = name_of("owner", gettext_lazy("owner"))
    of_team = name_of("team", gettext_lazy("team"))
    actions = ("archive", "unarchive", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("owner", "team")

    def project_id(self, obj: Any) -> int:
        return int(obj.pk)

    def view_on_site(self, obj: Project) -> str | None:  # type: ignore[override]
        """Return the address of its board, where it has one."""
        return None if obj.deleted_at else obj.url

    @admin.action(description=gettext_lazy("Archive: read-only, out of the lists"), permissions=["change"])
    def archive(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        self.run_each(request, rows, lambda actor, row: archive_project(actor=actor, project=row), _("Archived."))

    @admin.action(description=gettext_lazy("Bring back from the archive"), permissions=["change"])
    def unarchive(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        self.run_each(request, rows, lambda actor, row: unarchive_project(actor=actor, project=row), _("Brought back."))

    @admin.action(description=gettext_lazy("Restore from the trash"), permissions=["change"])
    def restore(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        self.run_each(request, rows, lambda actor, row: restore_project(actor=actor, project=row), _("Restored."))
