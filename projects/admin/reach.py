"""What of all projects' rows a person meets in the admin: those of the projects that they lead."""

from typing import Any, cast

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.serviceadmin import GuardedAdmin, ServiceAdmin, ServiceForm
from projects.models import Project
from projects.queries import led_by

CHOICES_AT_MOST = 500


def led_ids(request: HttpRequest) -> frozenset[int]:
    """Return the ids of the projects that the person leads; read once a request."""
    if not hasattr(request, "led_ids"):
        request.led_ids = frozenset(led_by(request.user).values_list("pk", flat=True))  # type: ignore[attr-defined]
    return cast("frozenset[int]", request.led_ids)  # type: ignore[attr-defined]


def active_projects(person: User) -> QuerySet[Project]:
    """Return the projects in which the person may make something new."""
    return led_by(person).filter(archived_at__isnull=True, deleted_at__isnull=True).order_by("key")


class ProjectFilter(SimpleListFilter):
    """Filters by project; names only those that the person leads."""

    title = _("project")
    parameter_name = "project"
    field = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = led_by(cast("User", request.user)).order_by("key")[:CHOICES_AT_MOST]
        return [(project.key, str(project)) for project in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field}__key": self.value()}) if self.value() else queryset


class OfLedProjects(GuardedAdmin):
    """Shows the rows of the projects that the person leads; a site administrator's reach is all."""

    path_to_project = "project"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return (
            rows
            if cast("User", request.user).is_superuser
            else rows.filter(**{f"{self.path_to_project}__in": led_ids(request)})
        )

    def project_id(self, obj: Any) -> int:
        """Return the id of the project that an object belongs to."""
        return int(obj.project_id)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say whether the person leads the object's project. Who is in the admin at all leads one."""
        return obj is None or cast("User", request.user).is_superuser or self.project_id(obj) in led_ids(request)


class ProjectServiceAdmin(ServiceAdmin, OfLedProjects):
    """Adds and changes things of the projects that the person leads."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.add_form is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)


class NewInProjectForm(ServiceForm):
    """A form for something new: it asks first in which of their projects the person wants it."""

    project = forms.ModelChoiceField(Project.objects.none(), label=_("Project"), to_field_name="key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = active_projects(self.person)  # type: ignore[attr-defined]
