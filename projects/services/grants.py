"""The one writer of django-guardian's permission rows."""

from collections.abc import Collection

from django.contrib.auth.models import Permission
from django.db.models import Q

from projects.enums import Role
from projects.models import Membership, Project, ProjectUserObjectPermission
from projects.permissions import ROLE_PERMS


def grant_role(membership: Membership) -> None:
    """Make a person's permissions on the project those of their role. Call it in the membership's transaction."""
    grant_roles([membership])


def grant_roles(memberships: Collection[Membership]) -> None:
    """Do the same for several memberships, with three statements whatever their number."""
    if not memberships:
        return
    revoke_every(memberships)
    ids = dict(Permission.objects.filter(content_type__app_label="projects").values_list("codename", "pk"))
    ProjectUserObjectPermission.objects.bulk_create(
        (
            ProjectUserObjectPermission(
                user_id=row.person_id, permission_id=ids[perm.value], content_object_id=row.project_id
            )
            for row in memberships
            for perm in ROLE_PERMS[Role(row.role)]
        ),
        batch_size=5000,
    )


def revoke_all(membership: Membership) -> None:
    """Take every permission on the project from the person."""
    revoke_every([membership])


def revoke_every(memberships: Collection[Membership]) -> None:
    """Do the same for several memberships, with one statement."""
    people: dict[int, list[int]] = {}
    for row in memberships:
        people.setdefault(row.project_id, []).append(row.person_id)
    theirs = Q(pk=None)
    for project_id, person_ids in people.items():
        theirs |= Q(content_object=project_id, user__in=person_ids)
    ProjectUserObjectPermission.objects.filter(theirs).delete()


def lock_project(project: Project) -> Project:
    """Return a fresh copy of the project under its row lock: the first step of every change to its settings."""
    return Project.objects.select_for_update(of=("self",), no_key=True).get(pk=project.pk)
