"""People and teams in the admin, for site administrators."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from accounts.services.people import set_active, set_all_active
from accounts.stepup import ask_again, has_stepped_up
from config.errors import DomainError
from config.serviceadmin import ForAdministrators, ServiceAdmin, ServiceForm


class PersonForm(ServiceForm):
    """Whether a person may come in; all else about them is their own to change.

    Who is an administrator is decided on /instance/, where one confirms who one is before.
    """

    is_active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        help_text=gettext_lazy(
            "Without it the person is logged out everywhere and cannot log in. Nothing of theirs is lost."
        ),
    )

    def perform(self) -> User:
        """Activate or deactivate the person."""
        person = User.objects.get(pk=self.instance.pk)
        return set_active(actor=self.person, person=person, active=self.cleaned_data["is_active"])


@admin.register(User)
class PersonAdmin(ServiceAdmin, ForAdministrators):
    """Everyone."""

    form = PersonForm
    list_display = ("username", "display_name", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    readonly_fields = ("username", "display_name", "email", "time_zone", "is_superuser", "date_joined", "last_login")
    actions = ("activate", "deactivate")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Write for who has just said who they are, as the pages on /instance/ do; others who may are asked first."""
        if request.method == "POST" and self.has_change_permission(request) and not has_stepped_up(request):
            return ask_again(request, request.path)
        return super().changeform_view(request, object_id, form_url, extra_context)

    @admin.action(description=gettext_lazy("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, rows: QuerySet[User]) -> HttpResponse | None:
        return self._switch(request, rows, _("Activated."), active=True)

    @admin.action(description=gettext_lazy("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[User]) -> HttpResponse | None:
        return self._switch(request, rows, _("Deactivated."), active=False)

    def _switch(self, request: HttpRequest, rows: QuerySet[User], done: str, *, active: bool) -> HttpResponse | None:
        """Have it done to all of them or to none, and tell the administrator how it went."""
        if not has_stepped_up(request):
            return ask_again(request, request.get_full_path())
        try:
            set_all_active(actor=cast("User", request.user), people=list(rows.order_by("pk")), active=active)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return None


@admin.register(Team)
class TeamAdmin(ServiceAdmin, ForAdministrators):
    """Teams, to look at."""

    list_display = ("name", "is_personal", "created_at", "deleted_at")
    list_filter = ("is_personal",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    fields = readonly_fields = ("name", "is_personal", "created_at", "deleted_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields
