"""Every project of the installation, as site administrators see them: archived ones and those in the trash as well."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from projects.models import Membership, Project

PAGE = 50
STATES: Mapping[str, Q] = {
    "": Q(),
    "active": Q(deleted_at=None, archived_at=None),
    "archived": Q(deleted_at=None, archived_at__isnull=False),
    "trash": Q(deleted_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much a project holds: members, issues outside of the trash, and bytes of its files."""

    members: int = 0
    issues: int = 0
    file_bytes: int = 0


def projects_of_instance(*, text: str = "", state: str = "") -> QuerySet[Project]:
    """Return projects with team and owner, by name: of one of STATES, narrowed by words of name, key, team or owner."""
    projects = Project.objects.filter(STATES.get(state, Q())).select_related("team", "owner")
    if text:
        projects = projects.filter(
            Q(name__icontains=text)
            | Q(key__istartswith=text)
            | Q(team__name__icontains=text)
            | Q(owner__username__iexact=text)
        )
    return projects.order_by("name", "pk")


_SIZES = """
SELECT project.id,
    (SELECT COUNT(*) FROM projects_membership WHERE project_id = project.id),
    (SELECT COUNT(*) FROM issues_issue WHERE project_id = project.id AND deleted_at IS NULL),
    (SELECT COALESCE(SUM(size), 0)::bigint FROM files_file
     WHERE project_id = project.id AND purged_at IS NULL AND state NOT IN ('pending', 'refused', 'lost'))
FROM unnest(%s::bigint[]) AS project(id)
"""


def sizes_of(project_ids: Collection[int]) -> dict[int, Size]:
    """Return how much each project holds, by id (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [list(project_ids)])
        return {pk: Size(*counts) for pk, *counts in cursor.fetchall()}


def get_any_project_or_404(pk: int) -> Project:
    """Return a project, also one in the trash, or raise Http404. For administrators' pages, which check who asks."""
    project = Project.objects.filter(pk=pk).select_related("team", "owner").first()
    if project is None:
        raise Http404("no such project")
    return project


def project_with_key(key: str) -> Project | None:
    """Return the project with this key, also one in the trash, or None. For administrators' pages as well."""
    return Project.objects.filter(key=key.strip().upper()).select_related("team", "owner").first()


def memberships_of(person: User) -> QuerySet[Membership]:
    """Return a person's memberships of projects outside of the trash, by the projects' names."""
    rows = Membership.objects.filter(person=person, project__deleted_at=None).select_related("project__team")
    return rows.order_by("project__name", "pk")
