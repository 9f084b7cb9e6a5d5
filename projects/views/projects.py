"""The list of projects, a new one, and the trash of projects."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries.teams import my_team, teams_to_create_in
from config.errors import DomainError, PermissionRefused
from config.http import AuthedRequest, HtmxRequest, page_or_fragment, render_fragment
from projects.access import get_deleted_project_or_404
from projects.enums import Template, Visibility
from projects.flowchart import chart_of_template
from projects.forms import NewProjectForm, suggest_key
from projects.queries import deleted_projects, has_public_projects, project_list, roles_of
from projects.services.projects import create_project, restore_project

PROJECTS_PAGE = 30
SCOPES = ("mine", "all", "archived")


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead people to their projects, guests to the public ones, or to the log-in page where there are none."""
    if request.user.is_authenticated or has_public_projects():
        return redirect("projects:project-list")
    return redirect("account_login")


@login_not_required
@require_safe
def projects_page(request: HtmxRequest) -> HttpResponse:
    """List projects: mine, all that I may see, or archived ones; narrowed by words of the name or the key."""
    scope = request.GET.get("scope", "")
    scope = scope if scope in SCOPES else "mine" if request.user.is_authenticated else "all"
    text = request.GET.get("q", "").strip()[:100]
    team = my_team(request.user, request.GET.get("team", ""))
    found = project_list(request.user, text=text, scope=scope, team=team)
    page = Paginator(found, PROJECTS_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "roles": roles_of(request.user, page.object_list),
        "scope": scope,
        "scopes": SCOPES if request.user.is_authenticated else SCOPES[1:2],
        "text": text,
        "team": team,
        "has_trash": request.user.is_authenticated and deleted_projects(request.user).exists(),
    }
    return page_or_fragment(request, "projects/list.html", "found", context)


@require_http_methods(["GET", "HEAD", "POST"])
def project_create(request: AuthedRequest) -> HttpResponse:
    """Create a project, whose creator becomes its owner and first lead."""
    teams = teams_to_create_in(request.user)
    if not teams:
        raise PermissionRefused(_("You are a guest of every team that you are in, and guests create no projects."))
    if request.method != "POST":
        return _new_project(request, NewProjectForm(teams=teams))
    form = NewProjectForm(request.POST, teams=teams)
    if not form.is_valid():
        return _new_project(request, form, status=422)
    try:
        project = create_project(actor=request.user, **_values(form))
    except DomainError as error:
        form.add_error("key", str(error))
        return _new_project(request, form, status=error.status)
    return redirect(project.url)


@require_safe
def key_suggestion(request: AuthedRequest) -> HttpResponse:
    """Answer the key field filled from the name, or 204 where the person has typed a key of their own."""
    if request.GET.get("key", "") not in {"", request.GET.get("suggested", "")}:
        return HttpResponse(status=204)
    key = suggest_key(request.GET.get("name", "")[:80])
    form = NewProjectForm(initial={"key": key}, teams=teams_to_create_in(request.user))
    return render_fragment(request, "projects/new.html", "key_field", {"form": form, "suggested": key})


@require_safe
def project_trash(request: AuthedRequest) -> HttpResponse:
    """List the deleted projects that the person may restore."""
    context = {"projects": deleted_projects(request.user), "file_days": settings.FILE_TRASH_DAYS}
    return render(request, "projects/trash.html", context)


@require_POST
def project_restore(request: AuthedRequest, key: str) -> HttpResponse:
    """Take a project out of the trash."""
    project = get_deleted_project_or_404(request.user, key)
    restore_project(actor=request.user, project=project)
    messages.success(request, _("%s is back.") % project.name)
    return redirect(project.url)


def _new_project(request: AuthedRequest, form: NewProjectForm, status: int = 200) -> HttpResponse:
    charts = {template.value: chart_of_template(template) for template in Template}
    context = {"form": form, "charts": charts, "suggested": ""}
    return render(request, "projects/new.html", context, status=status)


def _values(form: NewProjectForm) -> dict[str, Any]:
    values = form.cleaned_data
    return values | {"visibility": Visibility(values["visibility"]), "template": Template(values["template"])}
