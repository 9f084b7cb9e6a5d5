"""The event log in the admin, to read. It stands here, because what of it a lead may read is a question of projects."""

import json
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.serviceadmin import ForAdministrators, GuardedAdmin, name_of
from notifications.models import Event, EventStream
from projects.admin.reach import ProjectFilter, led_ids
from projects.events import project_stream
from projects.models import Project


class EventProjectFilter(ProjectFilter):
    """Filters events by the stream of a project."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        ids = Project.objects.filter(key=self.value()).values_list("pk", flat=True)
        return queryset.filter(stream__name__in=[project_stream(pk) for pk in ids])


@admin.register(Event)
class EventAdmin(GuardedAdmin):
    """What happened in the projects that the person leads; for site administrators everywhere."""

    list_display = ("at", "kind", "actor", "subject", "stream", "seq")
    list_filter = (EventProjectFilter,)
    search_fields = ("=kind", "=subject", "actor__username")
    ordering = ("-pk",)
    in_stream = name_of("stream", _("stream"))
    by = name_of("actor", _("actor"))
    fields = ("in_stream", "seq", "kind", "by", "subject", "at", "content", "hash")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("stream", "actor")
        if cast("User", request.user).is_superuser:
            return rows
        return rows.filter(stream__name__in=[project_stream(pk) for pk in led_ids(request)])

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        names = {project_stream(pk) for pk in led_ids(request)} if obj else set()
        return obj is None or cast("User", request.user).is_superuser or obj.stream.name in names

    @admin.display(description=_("content"))
    def content(self, obj: Event) -> str:
        return json.dumps(obj.data, indent=2, ensure_ascii=False)


@admin.register(EventStream)
class EventStreamAdmin(ForAdministrators):
    """The streams with their newest number and hash, for site administrators."""

    list_display = ("name", "seq", "head")
    search_fields = ("name",)
    ordering = ("name",)
    fields = readonly_fields = ("name", "seq", "head")
