"""What happened in a project, from the event log."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import access_to
from projects.activity import by_day
from projects.http import ProjectRequest, open_project, project_page
from projects.queries import ACTIVITY_GROUPS, activity_page

SEQ_DIGITS = 18


@login_not_required
@require_safe
@project_page("activity")
def project_activity(request: ProjectRequest, key: str) -> HttpResponse:
    """Tell what happened, by day. Who is no member sees what befell issues and files, but not who joined or left."""
    project = open_project(request, key)
    access = access_to(project, request.user)
    groups = list(ACTIVITY_GROUPS) if access.role or access.is_administrator else ["issues", "files"]
    kind = request.GET.get("kind", "")
    before = request.GET.get("before", "")
    number = int(before) if before.isdecimal() and len(before) <= SEQ_DIGITS else None
    found = activity_page(project, groups=[kind] if kind in groups else groups, before=number)
    context = {
        "project": project,
        "days": by_day(found.events),
        "older": found.older,
        "kind": kind if kind in groups else "",
        "groups": groups,
        "is_first": number is None,
    }
    return render(request, "projects/activity.html", context)
