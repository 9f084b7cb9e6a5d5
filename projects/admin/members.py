"""Members in the admin: who belongs to a project, and as what."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.serviceadmin import ServiceForm, name_of
from projects.admin.reach import NewInProjectForm, ProjectFilter, ProjectServiceAdmin
from projects.enums import Role
from projects.forms import RoleForm
from projects.models import Membership
from projects.queries import person_named
from projects.services.members import add_member, change_role, remove_member


class NewMembershipForm(NewInProjectForm, RoleForm):
    """Who joins. People are named, not chosen: the list of everyone is not for every lead to see."""

    name = forms.CharField(label=gettext_lazy("Username or e-mail"), max_length=254)

    def clean_name(self) -> User:
        """Return the person of this name."""
        person = person_named(self.cleaned_data["name"])
        if person is None:
            raise ValidationError(_("No active person goes by this username or e-mail. They can register themselves."))
        return person

    def perform(self) -> Membership:
        """Add the person. Raises DomainError where they are a member already."""
        data = self.cleaned_data
        return add_member(actor=self.person, project=data["project"], person=data["name"], role=Role(data["role"]))


class MembershipForm(ServiceForm, RoleForm):
    """A member's role."""

    def perform(self) -> Membership:
        """Give the role. Raises DomainError for the last lead."""
        row = Membership.objects.select_related("project", "person").get(pk=self.instance.pk)
        role = Role(self.cleaned_data["role"])
        return change_role(actor=self.person, project=row.project, person=row.person, role=role)


@admin.register(Membership)
class MembershipAdmin(ProjectServiceAdmin):
    """The members of the projects that the person leads."""

    form = MembershipForm
    add_form = NewMembershipForm
    list_display = ("person", "project", "role", "joined_at")
    list_filter = (ProjectFilter, "role")
    search_fields = ("person__username", "person__display_name")
    ordering = ("project__key", "person__display_name")
    readonly_fields = ("project", "member", "joined_at")
    member = name_of("person", gettext_lazy("person"))
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("project", "person")

    @admin.action(description=gettext_lazy("Remove from the project"), permissions=["change"])
    def remove(self, request: HttpRequest, rows: QuerySet[Membership]) -> None:
        def act(actor: User, row: Membership) -> None:
            remove_member(actor=actor, project=row.project, person=row.person)

        self.run_each(request, rows, act, _("Removed. Their issues stay assigned to them."))
