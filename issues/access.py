"""The only ways to get an issue from outside input. Not visible: 404. Visible but not allowed: 403 with the reason."""

from django.http import Http404

from accounts.models import User
from issues.models import Issue, SavedFilter
from issues.queries import saved_filters
from projects.access import Person, access_to, get_project_or_404, require
from projects.permissions import Perm
from projects.workflow import workflow_of


def get_issue_or_404(person: Person, key: str, number: int, perm: Perm = Perm.READ) -> Issue:
    """Return the live issue KEY-number with its project, state, people and the person's access (two statements).

    Raises Http404 where the person may not know of it, PermissionRefused where they may not do `perm`.
    """
    project = get_project_or_404(person, key)
    issue = (
        Issue.objects.filter(project=project, number=number, deleted_at__isnull=True)
        .select_related("assignee", "reporter")
        .defer("search")
        .first()
    )
    if issue is None:
        raise Http404("no such issue")
    issue.project = project
    issue.state = workflow_of(project).state(issue.state_id)
    require(project, person, perm)
    return issue


def get_deleted_issue_or_404(person: Person, key: str, number: int) -> Issue:
    """Return an issue that is in the trash, for those who may restore it."""
    project = get_project_or_404(person, key)
    issue = Issue.objects.filter(project=project, number=number, deleted_at__isnull=False).defer("search").first()
    if issue is None or not access_to(project, person).can(Perm.DELETE_ISSUE):
        raise Http404("no such issue")
    issue.project = project
    return issue


def get_saved_filter_or_404(person: User, pk: int) -> SavedFilter:
    """Return a saved filter of the person's own with its project, or raise Http404, also where that is not visible."""
    found = saved_filters(person).filter(pk=pk).first()
    if found is None:
        raise Http404("no such filter")
    return found
