"""Mails: those that wait, and why, and those that were given up, to be tried again. What they say is not shown."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from config.serviceadmin import ForAdministrators, name_of
from notifications.enums import DeliveryState
from notifications.mailing import retry_mails
from notifications.models import Delivery

if TYPE_CHECKING:
    from accounts.models import User

# What somebody must look at comes first.
URGENCY = Case(
    When(state=DeliveryState.DEAD, then=Value(0)), When(state=DeliveryState.WAITING, then=Value(1)), default=Value(2)
)


@admin.register(Delivery)
class DeliveryAdmin(ForAdministrators):
    """Who is to get a mail, about what sort of thing, and how that goes. The topic tells the issue by its id."""

    list_display = ("pk", "reader", "channel", "topic", "state", "attempts", "next_at", "error")
    list_filter = ("state", "channel")
    list_select_related = ("person",)
    search_fields = ("=person__username", "=person__email", "=topic")
    search_help_text = gettext_lazy("A username, an address, or a topic such as issue:12, as a whole.")
    fields = readonly_fields = (
        "reader",
        "channel",
        "topic",
        "state",
        "attempts",
        "created_at",
        "first_tried_at",
        "next_at",
        "ended_at",
        "message_id",
        "last_error",
    )
    actions = ("try_again",)
    reader = name_of("person", gettext_lazy("person"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("person").order_by(URGENCY, "-pk")

    @admin.display(description=gettext_lazy("last error"))
    def error(self, obj: Delivery) -> str:
        return obj.last_error[:80]

    @admin.action(description=gettext_lazy("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        """Have the chosen mails that failed sent at the next turn, with all their tries before them."""
        count = retry_mails(actor=cast("User", request.user), rows=rows)
        words = ngettext("%(count)d mail is tried again.", "%(count)d mails are tried again.", count)
        self.message_user(request, words % {"count": count})
