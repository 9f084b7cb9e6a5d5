"""Reading files."""

from typing import TYPE_CHECKING

from django.http import Http404

from projects.models import Project

if TYPE_CHECKING:
    from issues.models import Issue


def issue_for(project: Project, number: int) -> "Issue":
    """Return the issue of the project that a file is for, or raise Http404."""
    found = project.issues.filter(number=number, deleted_at__isnull=True).first()
    if found is None:
        raise Http404("no such issue")
    found.project = project
    return found
