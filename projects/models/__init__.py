"""Projects, their members, labels and workflow."""

from notifications.history import append_only
from projects.models.labels import Label
from projects.models.projects import Membership, Project, ProjectKey, ProjectUserObjectPermission
from projects.models.workflow import State, Transition

__all__ = ["Label", "Membership", "Project", "ProjectKey", "ProjectUserObjectPermission", "State", "Transition"]

for model in (Project, Membership, Label, State, Transition):
    append_only(model.history.model)
