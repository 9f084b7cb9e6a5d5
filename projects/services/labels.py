"""A project's labels. Removing one from its issues is the issues app's part (issues/services/labels.py)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Hue
from accounts.models import User
from config import clock
from config.errors import DomainError
from notifications.history import save_as
from notifications.services import record
from projects.access import require
from projects.events import ProjectEvent, project_stream
from projects.models import Label, Project
from projects.models.projects import new_revision
from projects.permissions import Perm
from projects.services.grants import lock_project


@transaction.atomic
def create_label(*, actor: User, project: Project, name: str, hue: Hue) -> Label:
    """Create a label. Locks the project. Raises DomainError where its name is taken."""
    require(project, actor, Perm.MANAGE_LABELS)
    project = lock_project(project)
    _refuse_taken(project, name)
    label = save_as(actor, Label(project=project, name=name, hue=hue))
    _finish(project, actor, ProjectEvent.LABEL_CREATED, {"label": name})
    return label


@transaction.atomic
def change_label(*, actor: User, label: Label, name: str, hue: Hue) -> Label:
    """Rename or recolour a label. Locks the project. Raises DomainError where the name is taken."""
    require(label.project, actor, Perm.MANAGE_LABELS)
    project = lock_project(label.project)
    label.refresh_from_db()
    changes = {
        field: {"from": old, "to": new}
        for field, old, new in (("name", label.name, name), ("hue", label.hue, int(hue)))
        if old != new
    }
    if not changes:
        return label
    _refuse_taken(project, name, besides=label)
    label.name, label.hue = name, hue
    save_as(actor, label, ["name", "hue"])
    _finish(project, actor, ProjectEvent.LABEL_CHANGED, {"label": name, "changes": changes})
    return label


@transaction.atomic
def retire_label(*, actor: User, label: Label) -> None:
    """Take a label out of use; its row stays for history. The caller has taken it off the issues."""
    require(label.project, actor, Perm.MANAGE_LABELS)
    project = lock_project(label.project)
    label.removed_at = clock.now()
    save_as(actor, label, ["removed_at"])
    _finish(project, actor, ProjectEvent.LABEL_REMOVED, {"label": label.name})


def _refuse_taken(project: Project, name: str, besides: Label | None = None) -> None:
    same = Label.objects.filter(project=project, name__iexact=name, removed_at__isnull=True)
    if same.exclude(pk=besides.pk if besides else 0).exists():
        raise DomainError(_("There is a label called %s already.") % name, code="label_exists")


def _finish(project: Project, actor: User, kind: ProjectEvent, data: Mapping[str, object]) -> None:
    project.revision = new_revision()
    Project.objects.filter(pk=project.pk).update(revision=project.revision)
    record(project_stream(project.pk), kind=kind, actor=actor, data=data)
