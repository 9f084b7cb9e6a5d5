"""Finding issues: the search page, a person's own issues, and the command palette."""

from urllib.parse import quote, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_safe

from accounts.limits import SEARCH, SUGGEST, limited
from config.http import AuthedRequest, HtmxRequest, page_or_fragment, render_fragment
from issues.filters import TEXT_LENGTH
from issues.palette import commands
from issues.queries import LIST_PAGE, my_issues
from issues.search import named_issue, search, suggested_projects, suggestions
from issues.views.lists import page_of
from projects.access import access_to, get_project_or_404
from projects.models import Project
from projects.permissions import Perm


@login_not_required
@require_safe
@limited(SEARCH, asking="q")
def search_page(request: HtmxRequest) -> HttpResponse:
    """Show what matches in all projects that the person may read; the key of an issue leads to it at once."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_LENGTH]
    if text and (issue := named_issue(request.user, text)):
        return redirect(f"/{issue.key}/")
    found = search(request.user, text, page_of(request)) if text else None
    return page_or_fragment(request, "issues/search.html", "results", {"text": text, "found": found})


@require_safe
def mine(request: AuthedRequest) -> HttpResponse:
    """Show the open and running issues that are assigned to the person, the most urgent first."""
    page = Paginator(my_issues(request.user), LIST_PAGE).get_page(page_of(request))
    return render(request, "issues/mine.html", {"page": page})


@require_safe
@limited(SUGGEST, asking="q")
def palette(request: AuthedRequest) -> HttpResponse:
    """Return the palette's dialog, or with `q` what it offers for a text; `at` is the page over which it is open."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_LENGTH]
    project, issue_key = _place(request)
    may_create = project is not None and access_to(project, request.user).can(Perm.CREATE_ISSUE)
    here = (project.key, project.name) if project else None
    context = {
        "text": text,
        "at": request.GET.get("at", ""),
        "commands": commands(text, project=here, on_issue=issue_key, may_create=may_create),
        "projects": suggested_projects(request.user, text),
        "issues": suggestions(request.user, text),
        "create": f"/{project.key}/issues/new/?title={quote(text)}" if project and may_create and text else "",
    }
    block = "results" if "q" in request.GET else "dialog"
    return render_fragment(request, "issues/palette.html", block, context)


def _place(request: AuthedRequest) -> tuple[Project | None, str | None]:
    """Return the project and the issue's key of the page in `at`, as far as the person may see them."""
    try:
        match = resolve(urlsplit(request.GET.get("at", "")).path)
        project = get_project_or_404(request.user, match.kwargs["key"])
    except (Resolver404, KeyError, Http404, ValueError):
        return None, None
    number = match.kwargs.get("number")
    return project, f"{project.key}-{number}" if number else None
