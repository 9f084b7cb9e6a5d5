"""Issues in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.serviceadmin import HistoryWords, name_of
from issues.admin.forms import IssueAdminForm, NewIssueAdminForm
from issues.models import Issue
from issues.services.trash import delete_issue, restore_issue
from projects.admin.reach import ProjectFilter, ProjectServiceAdmin
from projects.models import Label

FIELDS = (
    *("key", "title", "kind", "state", "assignee", "priority", "labels", "due_on", "estimate"),
    *("description", "resolution", "reported_by", "created_at", "updated_at", "deleted_at", "seen_version"),
)


class TrashFilter(SimpleListFilter):
    """Shows what is not in the trash, unless asked for it."""

    title = gettext_lazy("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("In the trash"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class IssueHistoryWords(HistoryWords):
    """Shows labels by their names."""

    def __init__(self, model: type[Issue], record: Any, names: dict[int, str]) -> None:
        super().__init__(model, record)
        self.names = names

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """Return the names of labels, joined; everything else as usual."""
        if change.field == "label_ids":
            return ", ".join(self.names.get(pk, str(pk)) for pk in value) or _("none")
        return super().prepare_delta_change_value(change, value)


@admin.register(Issue)
class IssueAdmin(ProjectServiceAdmin):
    """The issues of the projects that the person leads."""

    form = IssueAdminForm
    add_form = NewIssueAdminForm
    history_hidden = ("version", "updated_at", "rank")
    list_display = ("key", "title", "kind", "state", "priority", "assignee", "updated_at")
    list_display_links = ("key", "title")
    list_filter = (ProjectFilter, "state__category", "priority", "kind", TrashFilter)
    search_fields = ("title", "=number")
    ordering = ("-updated_at", "-pk")
    readonly_fields = ("key", "reported_by", "created_at", "updated_at", "deleted_at")
    reported_by = name_of("reporter", gettext_lazy("reporter"))
    actions = ("put_into_trash", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).defer("search")
        return rows.select_related("project", "state", "assignee", "reporter")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the issue that the words name (BUG-12), otherwise what their words match."""
        key, _dash, number = search_term.strip().upper().partition("-")
        if number.isascii() and number.isdecimal() and len(number) < 10:  # noqa: PLR2004 (an integer of PostgreSQL)
            return queryset.filter(project__key=key, number=int(number)), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=gettext_lazy("key"), ordering="number")
    def key(self, obj: Issue) -> str:
        return obj.key

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return FIELDS if obj else super().get_fields(request)

    def view_on_site(self, obj: Issue) -> str | None:  # type: ignore[override]
        """Return the address of its page, where it has one."""
        return None if obj.deleted_at or obj.project.deleted_at else f"/{obj.key}/"

    def response_add(self, request: HttpRequest, obj: Issue, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the new issue's page, which offers what depends on its project."""
        if "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, _("%s was created.") % obj.key, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:issues_issue_change", args=(obj.pk,)))

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> HistoryWords:
        if not hasattr(request, "label_names"):
            labels = Label.objects.filter(project=historical_record.project_id)
            request.label_names = dict(labels.values_list("pk", "name"))  # type: ignore[attr-defined]
        return IssueHistoryWords(Issue, historical_record, request.label_names)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Put into the trash"), permissions=["change"])
    def put_into_trash(self, request: HttpRequest, rows: QuerySet[Issue]) -> None:
        self.run_each(request, rows, lambda actor, row: delete_issue(actor=actor, issue=row), _("Put into the trash."))

    @admin.action(description=gettext_lazy("Restore from the trash"), permissions=["change"])
    def restore(self, request: HttpRequest, rows: QuerySet[Issue]) -> None:
        self.run_each(request, rows, lambda actor, row: restore_issue(actor=actor, issue=row), _("Restored."))
