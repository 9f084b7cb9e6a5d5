"""Saved filters: the menu of them over a board or list, and keeping what the address filters by."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.errors import DomainError
from config.http import page_or_fragment, safe_next
from issues.access import get_saved_filter_or_404
from issues.forms.filters import SavedFilterForm
from issues.queries import saved_filters
from issues.services.filters import change_filter, delete_filter, save_filter
from issues.views.board import filter_of
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project

PAGE = "issues/filters.html"


@project_page("issues")
@require_http_methods(["GET", "HEAD", "POST"])
def filters(request: MemberRequest, key: str) -> HttpResponse:
    """Show the person's filters for a project, and keep, rename or delete one."""
    project = open_project(request, key)
    if request.method != "POST":
        form = SavedFilterForm(initial={"query": filter_of(request, project).query().removeprefix("?")})
        return page_or_fragment(request, PAGE, "dialog", _context(request, project, form))
    form = SavedFilterForm(request.POST)
    if form.is_valid():
        try:
            words = _done(request, project, form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, words)
            return redirect(safe_next(request, f"/{project.key}/issues/"))
    return render(request, PAGE, _context(request, project, form), status=422)


def _done(request: MemberRequest, project: Project, sent: dict[str, Any]) -> str:
    """Do what the form asks for and return what to say of it."""
    if sent["act"] == "save":
        place = None if sent["everywhere"] else project
        saved = save_filter(actor=request.user, project=place, name=sent["name"], query=sent["query"])
        return _("The filter “%s” is saved.") % saved.name
    saved = get_saved_filter_or_404(request.user, sent["pk"])
    if sent["act"] == "delete":
        delete_filter(saved=saved)
        return _("The filter “%s” is gone.") % saved.name
    change_filter(actor=request.user, saved=saved, changes={"name": sent["name"]})
    return _("The filter is called “%s” now.") % saved.name


def _context(request: MemberRequest, project: Project, form: SavedFilterForm) -> dict[str, Any]:
    view = "board" if request.GET.get("view", request.POST.get("view")) == "board" else "list"
    return {
        "project": project,
        "form": form,
        "query": form["query"].value() or "",
        "saved": saved_filters(request.user, project),
        "view": view,
        "base": f"/{project.key}/" if view == "board" else f"/{project.key}/issues/",
    }
