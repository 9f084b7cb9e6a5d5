"""Objects that are still to be deleted, first those that were given up because the storage refused too often."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from config.serviceadmin import ForAdministrators
from files.models import ObjectDeletion
from files.services.deleting import retry_deletions

if TYPE_CHECKING:
    from accounts.models import User


@admin.register(ObjectDeletion)
class ObjectDeletionAdmin(ForAdministrators):
    """The files' outbox. Empty a minute after the last removal, where workers run and the storage answers."""

    list_display = ("key", "attempts", "next_at", "died_at", "error")
    search_fields = ("key",)
    fields = readonly_fields = ("key", "attempts", "next_at", "died_at", "last_error")
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by(F("died_at").desc(nulls_last=True), "pk")

    @admin.display(description=gettext_lazy("last error"))
    def error(self, obj: ObjectDeletion) -> str:
        return obj.last_error[:80]

    @admin.action(description=gettext_lazy("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: QuerySet[ObjectDeletion]) -> None:
        """Have the chosen objects that were given up deleted at the next turn, with all their tries before them."""
        count = retry_deletions(actor=cast("User", request.user), rows=rows)
        words = ngettext("%(count)d object is tried again.", "%(count)d objects are tried again.", count)
        self.message_user(request, words % {"count": count})
