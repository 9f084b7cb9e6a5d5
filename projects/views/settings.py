"""A project's general settings, and what ends it: archiving, deleting, leaving."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from config.http import fragment_or_redirect, go
from projects.access import access_to, may_delete, reason_against, require_delete
from projects.forms import DeleteForm, ProjectForm
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm
from projects.queries import coming_icon, owner_of, team_of
from projects.services.members import remove_member
from projects.services.projects import archive_project, change_project, delete_project, unarchive_project

TEMPLATE = "projects/settings.html"


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def project_settings(request: MemberRequest, key: str) -> HttpResponse:
    """Show the general settings to everyone who may read the project; leads change them."""
    if request.method != "POST":
        return _page(request, open_project(request, key))
    project = open_project(request, key, Perm.MANAGE_SETTINGS)
    form = ProjectForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form=form, status=422)
    try:
        project = change_project(actor=request.user, project=project, changes=form.cleaned_data)
    except DomainError as error:
        form.add_error("key", str(error))
        return _page(request, project, form=form, status=error.status)
    messages.success(request, _("The settings are saved."))
    return go(request, f"{project.url}settings/")


@require_POST
@project_page("settings")
def project_archive(request: MemberRequest, key: str) -> HttpResponse:
    """Put the project into the archive: out of lists, and read-only."""
    project = open_project(request, key, Perm.MANAGE_SETTINGS)
    archive_project(actor=request.user, project=project)
    messages.success(request, _("%s is archived. It can be read, and brought back here.") % project.name)
    return go(request, f"{project.url}settings/")


@require_POST
@project_page("settings")
def project_unarchive(request: MemberRequest, key: str) -> HttpResponse:
    """Bring the project back from the archive."""
    project = open_project(request, key, Perm.MANAGE_SETTINGS)
    unarchive_project(actor=request.user, project=project)
    messages.success(request, _("%s is active again.") % project.name)
    return go(request, f"{project.url}settings/")


@require_POST
@project_page("settings")
def project_delete(request: MemberRequest, key: str) -> HttpResponse:
    """Put the project into the trash; its key, typed again, says that this is meant."""
    project = open_project(request, key)
    require_delete(project, request.user)
    form = DeleteForm(request.POST)
    if not form.is_valid():
        return _page(request, project, delete_form=form, status=422)
    try:
        delete_project(actor=request.user, project=project, **form.cleaned_data)
    except DomainError as error:
        form.add_error("typed_key", str(error))
        return _page(request, project, delete_form=form, status=error.status)
    messages.success(request, _("%s is in the trash, from which you can restore it.") % project.name)
    return go(request, "/projects/trash/")


@require_POST
@project_page("settings")
def project_leave(request: MemberRequest, key: str) -> HttpResponse:
    """Leave the project; its last lead cannot."""
    project = open_project(request, key)
    try:
        remove_member(actor=request.user, project=project, person=request.user)
    except DomainError as error:
        return _page(request, project, refusal=str(error), status=error.status)
    messages.success(request, _("You have left %s.") % project.name)
    return redirect("projects:project-list")


def _page(request: MemberRequest, project: Project, *, status: int = 200, **forms: Any) -> HttpResponse:
    access = access_to(project, request.user)
    context = {
        "project": project,
        "coming": coming_icon(project) if access.can(Perm.MANAGE_SETTINGS) else None,
        "owner": owner_of(project),
        "team": team_of(project),
        "reason": reason_against(project, access, Perm.MANAGE_SETTINGS),
        "is_member": access.role is not None,
        "may_delete": may_delete(project, request.user),
        "form": ProjectForm.of(project),
        "delete_form": DeleteForm(),
        "refusal": "",
    }
    return fragment_or_redirect(request, TEMPLATE, "body", context | forms, status=status)
