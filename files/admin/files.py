"""Files: how far each has come, why one was refused, and what lies in quarantine. Their bytes are not shown here."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from config.jinja import filesize
from config.serviceadmin import ForAdministrators, name_of
from files.enums import FileState
from files.models import File

# What somebody must look at comes first.
URGENCY = Case(
    When(state=FileState.QUARANTINED, then=Value(0)), When(state=FileState.LOST, then=Value(1)), default=Value(2)
)


@admin.register(File)
class FileAdmin(ForAdministrators):
    """All files of the site, those of the people's own pictures included."""

    list_display = ("name", "in_project", "sender", "place", "state", "refusal", "bytes", "started_at", "removed_at")
    list_filter = ("state", "kind", "place")
    list_select_related = ("project", "uploader")
    search_fields = ("name", "=uuid", "=sha256", "=uploader__username")
    search_help_text = gettext_lazy("A part of the name; or a uuid, a SHA-256 or a username, as a whole.")
    fields = readonly_fields = (
        "name",
        "uuid",
        "in_project",
        "sender",
        "place",
        "state",
        "why",
        "bytes",
        "declared_type",
        "type",
        "sha256",
        "where",
        "started_at",
        "finished_at",
        "checked_at",
        "attempts",
        "next_at",
        "removed_at",
        "remover",
        "purged_at",
    )
    in_project = name_of("project", gettext_lazy("project"))
    sender = name_of("uploader", gettext_lazy("sent by"))
    remover = name_of("removed_by", gettext_lazy("removed by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("project", "uploader", "removed_by")
        return rows.order_by(URGENCY, "-pk")

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def bytes(self, obj: File) -> str:
        return filesize(obj.size)

    @admin.display(description=gettext_lazy("why"), empty_value="–")
    def why(self, obj: File) -> str:
        return str(obj.sentence)

    @admin.display(description=gettext_lazy("key in the bucket"))
    def where(self, obj: File) -> str:
        """Return where the bytes lie: to be fetched with the tools of the storage, on a machine that may meet them."""
        keys = {FileState.QUARANTINED: obj.quarantine_key, FileState.READY: obj.key}
        return keys.get(FileState(obj.state), obj.incoming_key)
