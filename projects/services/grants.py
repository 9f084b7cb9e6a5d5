"""The one writer of django-guardian's permission rows."""

from django.contrib.auth.models import Permission

from projects.enums import Role
from projects.models import Membership, Project, ProjectUserObjectPermission
from projects.permissions import ROLE_PERMS


def grant_role(membership: Membership) -> None:
    """Make a person's permissions on the project those of their role. Call it in the membership's transaction."""
    revoke_all(membership)
    codenames = [perm.value for perm in ROLE_PERMS[Role(membership.role)]]
    permissions = Permission.objects.filter(content_type__app_label="projects", codename__in=codenames)
    ProjectUserObjectPermission.objects.bulk_create(
        ProjectUserObjectPermission(
            user_id=membership.person_id, permission=permission, content_object_id=membership.project_id
        )
        for permission in permissions
    )


def revoke_all(membership: Membership) -> None:
    """Take every permission on the project from the person."""
    rows = ProjectUserObjectPermission.objects.filter(user=membership.person_id, content_object=membership.project_id)
    rows.delete()


def lock_project(project: Project) -> Project:
    """Return a fresh copy of the project under its row lock: the first step of every change to its settings."""
    return Project.objects.select_for_update(of=("self",), no_key=True).get(pk=project.pk)
