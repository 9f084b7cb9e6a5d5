"""Every permission and every role, once. Granted on a project; what hangs on a project derives from it."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from projects.enums import Role


class Perm(StrEnum):
    """What may be done in a project. The values are the codenames of the guardian permissions."""

    READ = "read_project"
    CREATE_ISSUE = "create_issue"
    EDIT_ISSUE = "edit_issue"
    ASSIGN_ISSUE = "assign_issue"
    MOVE_ISSUE = "move_issue"
    DELETE_ISSUE = "delete_issue"
    WRITE_MESSAGE = "write_message"
    DELETE_MESSAGE = "delete_message"
    ADD_FILE = "add_file"
    DELETE_FILE = "delete_file"
    MANAGE_LABELS = "manage_labels"
    MANAGE_WORKFLOW = "manage_workflow"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_SETTINGS = "manage_settings"


# How a refusal names the act: "Moving issues needs the role developer or lead."
ACTS = {
    Perm.READ: _("Reading this project"),
    Perm.CREATE_ISSUE: _("Creating issues"),
    Perm.EDIT_ISSUE: _("Editing issues"),
    Perm.ASSIGN_ISSUE: _("Assigning issues"),
    Perm.MOVE_ISSUE: _("Moving issues"),
    Perm.DELETE_ISSUE: _("Deleting and restoring issues"),
    Perm.WRITE_MESSAGE: _("Writing messages"),
    Perm.DELETE_MESSAGE: _("Deleting other people's messages"),
    Perm.ADD_FILE: _("Adding files to issues and projects"),
    Perm.DELETE_FILE: _("Changing other people's files"),
    Perm.MANAGE_LABELS: _("Changing labels"),
    Perm.MANAGE_WORKFLOW: _("Changing the workflow"),
    Perm.MANAGE_MEMBERS: _("Changing members"),
    Perm.MANAGE_SETTINGS: _("Changing a project's settings"),
}

VIEWER_PERMS = frozenset({Perm.READ})
DEVELOPER_PERMS = VIEWER_PERMS | {
    Perm.CREATE_ISSUE,
    Perm.EDIT_ISSUE,
    Perm.ASSIGN_ISSUE,
    Perm.MOVE_ISSUE,
    Perm.WRITE_MESSAGE,
    Perm.ADD_FILE,
}
LEAD_PERMS = DEVELOPER_PERMS | {
    Perm.DELETE_ISSUE,
    Perm.DELETE_MESSAGE,
    Perm.DELETE_FILE,
    Perm.MANAGE_LABELS,
    Perm.MANAGE_WORKFLOW,
    Perm.MANAGE_MEMBERS,
    Perm.MANAGE_SETTINGS,
}
ROLE_PERMS: dict[Role, frozenset[Perm]] = {
    Role.VIEWER: VIEWER_PERMS,
    Role.DEVELOPER: DEVELOPER_PERMS,
    Role.LEAD: LEAD_PERMS,
}


def roles_with(perm: Perm) -> list[Role]:
    """Return the roles that include a permission, the weakest first."""
    return [role for role in (Role.VIEWER, Role.DEVELOPER, Role.LEAD) if perm in ROLE_PERMS[role]]
