"""Events that are still to be told, first those that were given up because their rule failed too often."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from config.serviceadmin import ForAdministrators
from notifications.dispatch import retry_events
from notifications.models import Outbox

if TYPE_CHECKING:
    from accounts.models import User


class GivenUp(admin.SimpleListFilter):
    """Only those that nobody tries any more, or only those that wait."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("dead", gettext_lazy("Given up")), ("waiting", gettext_lazy("Waiting"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(died_at__isnull=self.value() != "dead")


@admin.register(Outbox)
class OutboxAdmin(ForAdministrators):
    """The outbox. Empty a second after the last change, where workers run and no rule fails."""

    list_display = ("event_id", "kind", "subject", "attempts", "next_at", "died_at", "error")
    list_filter = (GivenUp,)
    list_select_related = ("event__stream",)
    fields = ("event_id", "kind", "stream", "subject", "attempts", "next_at", "died_at", "last_error")
    readonly_fields = ("event_id", "kind", "stream", "subject")
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("event__stream")
        return rows.order_by(F("died_at").desc(nulls_last=True), "event_id")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, obj: Outbox) -> str:
        return obj.event.kind

    @admin.display(description=gettext_lazy("stream"))
    def stream(self, obj: Outbox) -> str:
        return f"{obj.event.stream.name} {obj.event.seq}"

    @admin.display(description=gettext_lazy("subject"))
    def subject(self, obj: Outbox) -> str:
        return obj.event.subject

    @admin.display(description=gettext_lazy("last error"))
    def error(self, obj: Outbox) -> str:
        return obj.last_error[:80]

    @admin.action(description=gettext_lazy("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Outbox]) -> None:
        """Have the chosen events that were given up decided at the next turn."""
        count = retry_events(actor=cast("User", request.user), rows=rows)
        words = ngettext("%(count)d event is tried again.", "%(count)d events are tried again.", count)
        self.message_user(request, words % {"count": count})
