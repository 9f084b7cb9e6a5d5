"""Creating, changing, archiving, deleting and restoring projects."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.access import people_as, team_access
from accounts.enums import TeamRole
from accounts.models import Team, User
from accounts.naming import listed
from accounts.services.teams import lock_team
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.history import save_as
from notifications.services import record
from projects.access import require, require_delete
from projects.enums import Role, Template, Visibility
from projects.events import ProjectEvent, project_stream
from projects.models import Membership, Project, ProjectKey
from projects.models.projects import new_revision
from projects.permissions import Perm
from projects.services.grants import grant_role, lock_project
from projects.services.inheritance import align_project
from projects.services.workflow import fill_from_template

SETTINGS_FIELDS = frozenset(
    {"name", "key", "description", "visibility", "developers_move_own", "viewers_may_write", "default_role"}
)


@transaction.atomic
def create_project(
    *,
    actor: User,
    team: Team,
    name: str,
    key: str,
    description: str = "",
    visibility: Visibility = Visibility.PRIVATE,
    template: Template = Template.TASK,
    default_role: Role | None = None,
) -> Project:
    """Create a project of a team, with `actor` as its owner and first lead, and the template's workflow and labels.

    `default_role` is what the team's members are in it without being added. Locks the team. Raises PermissionRefused
    where the actor is a guest of the team or not in it, DomainError where the key is or was another project's.
    """
    team = lock_team(team)
    _require_place(team, actor)
    project = Project(team=team, owner=actor, name=name, key=key, description=description, visibility=visibility)
    project.default_role = default_role
    _take_key(project, key, lambda: save_as(actor, project))
    membership = save_as(actor, Membership(project=project, person=actor, role=Role.LEAD, given_role=Role.LEAD))
    grant_role(membership)
    fill_from_template(actor=actor, project=project, template=template)
    data = {"name": name, "key": key, "visibility": visibility, "template": template}
    data |= {"default_role": default_role} if default_role else {}
    record(project_stream(project.pk), kind=ProjectEvent.CREATED, actor=actor, data=data)
    align_project(actor, project)
    return project


@transaction.atomic
def change_project(*, actor: User, project: Project, changes: Mapping[str, Any]) -> Project:
    """Change settings (SETTINGS_FIELDS; others raise ValueError). A new key keeps the old one as a redirect.

    A new `default_role` (None: nothing) changes what the team's members are in the project at once; the team is locked
    before the project where it is among the changes.
    """
    if unknown := set(changes) - SETTINGS_FIELDS:
        raise ValueError(f"not settings of a project: {sorted(unknown)}")
    require(project, actor, Perm.MANAGE_SETTINGS)
    team = lock_team(project.team) if "default_role" in changes else None
    project = lock_project(project)
    old = {name: getattr(project, name) for name, value in changes.items() if getattr(project, name) != value}
    if not old:
        return project
    for name in old:
        setattr(project, name, changes[name])
    if "key" in old:
        _take_key(project, project.key, lambda: save_as(actor, project, list(old)))
    else:
        save_as(actor, project, list(old))
    data = {"changes": {name: {"from": value, "to": changes[name]} for name, value in old.items()}}
    record(project_stream(project.pk), kind=ProjectEvent.CHANGED, actor=actor, data=data)
    if team and "default_role" in old:
        project.team = team
        align_project(actor, project)
    return project


@transaction.atomic
def set_icon(*, actor: User, project: Project, icon: UUID | None) -> UUID | None:
    """Make a file, by its public name, the project's icon, or take the icon away; returns the one before.

    Locks the project and gives it a new revision. Whether the file is a picture that was checked is for the caller to
    know, and so is what becomes of the earlier one. No history and no event where nothing changed.
    """
    require(project, actor, Perm.MANAGE_SETTINGS)
    project = lock_project(project)
    earlier = project.icon_id
    if earlier == icon:
        return earlier
    project.icon_id, project.revision = icon, new_revision()
    save_as(actor, project, ["icon", "revision"])
    names = {"from": str(earlier) if earlier else None, "to": str(icon) if icon else None}
    record(project_stream(project.pk), kind=ProjectEvent.CHANGED, actor=actor, data={"changes": {"icon": names}})
    return earlier


def archive_project(*, actor: User, project: Project) -> Project:
    """Hide a project from lists and make it read-only; its members can still read it."""
    return _set_moment(actor, project, "archived_at", ProjectEvent.ARCHIVED)


def unarchive_project(*, actor: User, project: Project) -> Project:
    """Bring an archived project back."""
    return _set_moment(actor, project, "archived_at", ProjectEvent.UNARCHIVED, clear=True)


@transaction.atomic
def delete_project(*, actor: User, project: Project, typed_key: str) -> Project:
    """Put a project into the trash: nobody sees it until its owner or a site administrator restores it.

    Raises DomainError unless `typed_key` is the project's key, PermissionRefused for anyone else.
    """
    require_delete(project, actor)
    if typed_key.strip().upper() != project.key:
        raise DomainError(_("Type %s to delete the project.") % project.key, code="typed_key")
    return _set_moment(actor, project, "deleted_at", ProjectEvent.DELETED, perm=None)


@transaction.atomic
def restore_project(*, actor: User, project: Project) -> Project:
    """Take a project out of the trash with everything in it. For its owner and site administrators.

    Its files, and its icon, are in it for FILE_TRASH_DAYS only; their rows stay, and say so. Raises DomainError while
    its team is deleted.
    """
    require_delete(project, actor)
    if project.team.deleted_at:
        message = _("Its team, %s, is deleted. An owner of the team can restore it, and its projects with it.")
        raise DomainError(message % project.team.name, code="team_deleted")
    return _set_moment(actor, project, "deleted_at", ProjectEvent.RESTORED, clear=True, perm=None)


@transaction.atomic
def _set_moment(
    actor: User,
    project: Project,
    field: str,
    kind: ProjectEvent,
    *,
    clear: bool = False,
    perm: Perm | None = Perm.MANAGE_SETTINGS,
) -> Project:
    if perm:
        require(project, actor, perm)
    project = lock_project(project)
    if (getattr(project, field) is None) is clear:
        return project
    setattr(project, field, None if clear else clock.now())
    save_as(actor, project, [field])
    record(project_stream(project.pk), kind=kind, actor=actor, data={"name": project.name})
    return project


def _require_place(team: Team, actor: User) -> None:
    """Raise PermissionRefused for guests of a team, who is not in it, and a token that reaches some projects only."""
    if actor.credential is not None and actor.credential.projects is not None:
        raise PermissionRefused(_("This token is for some projects only, so it creates none."), code="token_projects")
    role = team_access(team, actor).role
    if role in {None, TeamRole.GUEST}:
        words = {
            "team": team.name,
            "you": _("a guest") if role else _("not in it"),
            "able": listed(person.name for person in people_as(team)),
        }
        message = _("Creating projects of %(team)s needs more than a guest; you are %(you)s. %(able)s can change that.")
        raise PermissionRefused(message % words)


def _take_key(project: Project, key: str, save: Any) -> None:
    """Save the project and note its key; the database says whether the key is or was another project's."""
    try:
        with transaction.atomic():
            save()
            owner = ProjectKey.objects.get_or_create(key=key, defaults={"project": project})[0].project_id
    except IntegrityError:
        owner = None
    if owner is None or owner != project.pk:
        raise DomainError(_("The key %s is or was another project's. Choose a different one.") % key, code="key_taken")
