"""People and teams in the admin, for site administrators."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from accounts.services.people import set_active
from config.errors import DomainError
from config.serviceadmin import ForAdministrators, ServiceAdmin, ServiceForm


def switch(actor: User, person: User, *, active: bool) -> User:
    """Activate or deactivate a person, never oneself: nobody locks the last door from the inside."""
    if actor.pk == person.pk and not active:
        raise DomainError(_("You cannot deactivate your own account. Another administrator can."), code="self")
    return set_active(actor=actor, person=person, active=active)


class PersonForm(ServiceForm):
    """Whether a person may come in; all else about them is their own to change."""

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
        return switch(self.person, person, active=self.cleaned_data["is_active"])


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

    @admin.action(description=gettext_lazy("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.run_each(request, rows, lambda actor, row: switch(actor, row, active=True), _("Activated."))

    @admin.action(description=gettext_lazy("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.run_each(request, rows, lambda actor, row: switch(actor, row, active=False), _("Deactivated."))


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
