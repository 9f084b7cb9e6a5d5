"""Deleting issues, the trash, and getting them back."""

import json

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.http import render_fragment, safe_next
from issues.access import get_deleted_issue_or_404
from issues.http import open_issue
from issues.models import Issue
from issues.queries import LIST_PAGE, trash_of
from issues.services.trash import delete_issue, restore_issue
from issues.views.lists import page_of
from projects.http import MemberRequest, open_project, project_page
from projects.permissions import Perm


@require_POST
@project_page("issues")
def issue_delete(request: MemberRequest, key: str, number: int) -> HttpResponse:
    """Put an issue into the trash; a toast offers to undo it, over the board or list or on the page that follows."""
    issue = delete_issue(actor=request.user, issue=open_issue(request, key, number, Perm.DELETE_ISSUE))
    words = _("%s is in the trash.") % issue.key
    if request.htmx and request.POST.get("panel") == "1":
        response = render_fragment(request, "issues/deleted.html", "toast", {"issue": issue, "words": words})
        response.headers["HX-Trigger"] = json.dumps({"issue-changed": {"key": issue.key, "gone": True}})
        return response
    messages.success(request, words, extra_tags=f"undo:/{issue.key}/restore/")
    return _leave(request, f"/{issue.project.key}/")


@require_POST
@project_page("issues")
def issue_restore(request: MemberRequest, key: str, number: int) -> HttpResponse:
    """Take an issue out of the trash. Restoring what is there already leads to it."""
    issue = _in_trash_or_back(request, key, number)
    issue = restore_issue(actor=request.user, issue=issue)
    words = _("%s is back.") % issue.key
    if request.htmx:
        response = HttpResponse(status=204)
        told = {"toast": {"kind": "ok", "title": words}, "issue-changed": {"key": issue.key}}
        response.headers["HX-Trigger"] = json.dumps(told)
        return response
    messages.success(request, words)
    return redirect(safe_next(request, f"/{issue.key}/"))


@project_page("trash")
@require_safe
def trash(request: MemberRequest, key: str) -> HttpResponse:
    """List a project's deleted issues with a button to restore each."""
    project = open_project(request, key, Perm.DELETE_ISSUE)
    page = Paginator(trash_of(project), LIST_PAGE).get_page(page_of(request))
    return render(request, "issues/trash.html", {"project": project, "page": page})


def _in_trash_or_back(request: MemberRequest, key: str, number: int) -> Issue:
    """Return the issue from the trash, or as it is where someone has restored it meanwhile."""
    try:
        issue = get_deleted_issue_or_404(request.user, key, number)
    except Http404:
        return open_issue(request, key, number, Perm.DELETE_ISSUE)
    request.project = issue.project
    return issue


def _leave(request: MemberRequest, to: str) -> HttpResponse:
    if not request.htmx:
        return redirect(to)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = to
    return response
