"""What a member may do in a project, and why: for its leads, and for each member about themselves."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import get_member_or_404, require, require_member
from projects.explaining import explain
from projects.http import MemberRequest, open_project, project_page
from projects.permissions import Perm


@require_safe
@project_page("settings")
def member_permissions(request: MemberRequest, key: str, username: str) -> HttpResponse:
    """Show a member's permissions with the rule behind each; others than leads see their own."""
    project = open_project(request, key)
    require_member(project, request.user)
    person = get_member_or_404(project, username)
    if person != request.user:
        require(project, request.user, Perm.MANAGE_MEMBERS)
    context = {"project": project, "person": person, "lines": explain(project, person)}
    return render(request, "projects/permissions.html", context)
