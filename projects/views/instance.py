"""Projects, and one person's place in all of them, for site administrators."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.administrators import administrators_only
from accounts.queries.instance import get_person_or_404, person_card
from accounts.queries.log import lines_about
from config.errors import DomainError
from config.http import AuthedRequest, page_or_fragment
from projects.access import access_to, leads_of
from projects.explaining import explain
from projects.forms import TakeOverForm
from projects.inventory import (
    PAGE,
    get_any_project_or_404,
    memberships_of,
    project_with_key,
    projects_of_instance,
    sizes_of,
)
from projects.models import Project
from projects.services.projects import restore_project
from projects.services.takeover import take_over


@require_safe
@administrators_only
def projects(request: AuthedRequest) -> HttpResponse:
    """List every project, narrowed by words and by state."""
    text, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    page = Paginator(projects_of_instance(text=text, state=state), PAGE).get_page(request.GET.get("page"))
    sizes = sizes_of([project.pk for project in page.object_list])
    context = {"page": page, "sizes": sizes, "text": text, "state": state}
    return page_or_fragment(request, "instance/projects.html", "found", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def project(request: AuthedRequest, project_id: int) -> HttpResponse:
    """Show one project's figures and people; take it over, with the reason that all of its members read."""
    found = get_any_project_or_404(project_id)
    form = TakeOverForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _project_page(request, found, form, status=422 if form.is_bound else 200)
    try:
        take_over(actor=request.user, project=found, reason=form.cleaned_data["reason"])
    except DomainError as error:
        form.add_error("reason", str(error))
        return _project_page(request, found, form, status=error.status)
    messages.success(request, _("You lead %s now. Its activity says so, with your reason.") % found.name)
    return redirect("projects:instance-project", project_id)


@require_POST
@administrators_only
def project_restore(request: AuthedRequest, project_id: int) -> HttpResponse:
    """Take a project out of the trash."""
    found = get_any_project_or_404(project_id)
    try:
        restore_project(actor=request.user, project=found)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%s is back.") % found.name)
    return redirect("projects:instance-project", project_id)


@require_safe
@administrators_only
def person(request: AuthedRequest, username: str) -> HttpResponse:
    """Show one person: where they belong, how they come in, and what the log says of them."""
    found = get_person_or_404(username)
    context = {
        "person": found,
        "card": person_card(found),
        "memberships": memberships_of(found),
        "lines": lines_about(found),
    }
    return render(request, "instance/person.html", context)


@require_safe
@administrators_only
def permissions(request: AuthedRequest, username: str) -> HttpResponse:
    """Show what somebody may do in a project, each with the rule that decides."""
    found, key = get_person_or_404(username), request.GET.get("project", "")[:20]
    chosen = project_with_key(key) if key else None
    context = {
        "person": found,
        "memberships": memberships_of(found),
        "key": key,
        "chosen": chosen,
        "lines": explain(chosen, found) if chosen else [],
    }
    return render(request, "instance/permissions.html", context, status=404 if key and chosen is None else 200)


def _project_page(request: AuthedRequest, found: Project, form: TakeOverForm, *, status: int = 200) -> HttpResponse:
    context = {
        "project": found,
        "size": sizes_of([found.pk])[found.pk],
        "leads": leads_of(found),
        "leads_it": access_to(found, request.user).role == "lead",
        "form": form,
    }
    return render(request, "instance/project.html", context, status=status)
