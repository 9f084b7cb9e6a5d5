"""What people may do in projects, asked for many at once: lent to the guard of open sockets."""

from collections.abc import Collection, Iterable, Mapping

from django.db import connection

from accounts.models import User
from notifications.live.sockets import Place
from projects.access import Access, Person, access_to
from projects.models import Project
from projects.permissions import Perm

# The rows of `projects.access.with_access`, for many people and projects.
_PAIRS = """
SELECT project.*, wanted.person AS granted_to,
    ARRAY(SELECT permission.codename FROM projects_projectuserobjectpermission AS granted
          JOIN auth_permission AS permission ON permission.id = granted.permission_id
          WHERE granted.content_object_id = project.id AND granted.user_id = wanted.person) AS granted_perms,
    (SELECT role FROM projects_membership AS membership
     WHERE membership.project_id = project.id AND membership.person_id = wanted.person) AS granted_role
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(person, project)
JOIN projects_project AS project ON project.id = wanted.project AND project.deleted_at IS NULL
"""
_ROOMS = """
SELECT membership.person_id, project.id, project.key
FROM projects_membership AS membership JOIN projects_project AS project ON project.id = membership.project_id
WHERE membership.person_id = ANY(%s) AND project.deleted_at IS NULL AND project.archived_at IS NULL
"""


def place_of(project: Project, person: Person) -> Place:
    """Return a project as the person may see it; equal to an earlier answer while nothing about that has changed."""
    return _place(project, access_to(project, person))


def places_of(people: Mapping[int, User], pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Place]:
    """Return the place of each (person, project) whose person is among `people` and may read it now (one statement)."""
    wanted = [pair for pair in pairs if pair[0] in people]
    found = {}
    for project in Project.objects.raw(_PAIRS, [[pair[0] for pair in wanted], [pair[1] for pair in wanted]]):
        person = people[project.__dict__["granted_to"]]
        if access_to(project, person).can(Perm.READ):
            found[person.pk, project.pk] = place_of(project, person)
    return found


def rooms_of(person_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """Return the projects whose rooms the rail of each person shows: their keys by id (one statement)."""
    rooms: dict[int, dict[int, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS, [list(person_ids)])
        for person_id, project_id, key in cursor.fetchall():
            rooms.setdefault(person_id, {})[project_id] = key
    return rooms


def _place(project: Project, access: Access) -> Place:
    return Place(
        project.pk,
        project.key,
        (access.role, access.perms),
        access.role is not None or access.is_administrator,
        access.can(Perm.EDIT_ISSUE),
    )
