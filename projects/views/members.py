"""A project's members: who they are, who joins, and as what."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from config.http import fragment_or_redirect, go
from projects.access import access_to, get_member_or_404, reason_against, require, require_member
from projects.enums import Role
from projects.forms import NewMemberForm, RoleForm
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm
from projects.queries import members_of, person_named, team_of
from projects.services.members import add_member, change_role, remove_member

TEMPLATE = "projects/members.html"


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def member_list(request: MemberRequest, key: str) -> HttpResponse:
    """List the members for each other; leads add people by username or e-mail."""
    project = open_project(request, key)
    require_member(project, request.user)
    if request.method != "POST":
        return _page(request, project)
    require(project, request.user, Perm.MANAGE_MEMBERS)
    form = NewMemberForm(request.POST)
    person = person_named(form.cleaned_data["person"]) if form.is_valid() else None
    if form.is_valid() and person is None:
        form.add_error("person", _("No active person goes by this username or e-mail. They can register themselves."))
    if person is None:
        return _page(request, project, form=form, status=422)
    try:
        add_member(actor=request.user, project=project, person=person, role=Role(form.cleaned_data["role"]))
    except DomainError as error:
        form.add_error("person", str(error))
        return _page(request, project, form=form, status=error.status)
    return _page(request, project, to=_address(project))


@require_POST
@project_page("settings")
def member_change(request: MemberRequest, key: str, username: str) -> HttpResponse:
    """Give a member another role; the last lead keeps theirs."""
    project = open_project(request, key, Perm.MANAGE_MEMBERS)
    person = get_member_or_404(project, username)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, project, refusal=_("Choose one of the roles."), status=422)
    try:
        change_role(actor=request.user, project=project, person=person, role=Role(form.cleaned_data["role"]))
    except DomainError as error:
        return _page(request, project, refusal=str(error), status=error.status)
    if person == request.user:
        return go(request, _address(project))
    return _page(request, project, to=_address(project))


@require_POST
@project_page("settings")
def member_remove(request: MemberRequest, key: str, username: str) -> HttpResponse:
    """Remove a member; whoever removes themselves leaves."""
    project = open_project(request, key)
    require_member(project, request.user)
    person = get_member_or_404(project, username)
    try:
        remove_member(actor=request.user, project=project, person=person)
    except DomainError as error:
        return _page(request, project, refusal=str(error), status=error.status)
    if person == request.user:
        messages.success(request, _("You have left %s.") % project.name)
        return go(request, "/projects/")
    return _page(request, project, to=_address(project))


def _address(project: Project) -> str:
    return f"{project.url}settings/members/"


def _page(
    request: MemberRequest, project: Project, *, status: int = 200, to: str | None = None, **changes: Any
) -> HttpResponse:
    reason = reason_against(project, access_to(project, request.user), Perm.MANAGE_MEMBERS)
    context = {
        "project": project,
        "members": members_of(project),
        "team": team_of(project),
        "roles": Role.choices,
        "reason": reason,
        "form": NewMemberForm(),
        "refusal": "",
    }
    return fragment_or_redirect(request, TEMPLATE, "body", context | changes, status=status, to=to)
