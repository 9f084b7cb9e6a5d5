"""What all views of one issue have in common."""

from typing import cast

from django.http import HttpRequest

from issues.access import get_issue_or_404
from issues.models import Issue
from projects.http import ProjectRequest
from projects.permissions import Perm


def open_issue(request: HttpRequest, key: str, number: int, perm: Perm = Perm.READ) -> Issue:
    """Return the issue by its access function and note its project as the one that the rail shows open.

    Raises Http404 or PermissionRefused as the access function does.
    """
    issue = get_issue_or_404(request.user, key, number, perm)
    cast(ProjectRequest, request).project = issue.project
    return issue
