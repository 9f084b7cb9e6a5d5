"""An administrator becomes a lead of a project that lost its own, and says why: for all of its members to read."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.administrators import require_administrator
from accounts.events import INSTANCE, AccountEvent
from accounts.models import User
from config.errors import DomainError
from notifications.history import save_as
from notifications.services import record
from projects.enums import Role
from projects.events import ProjectEvent, member_subject, project_stream
from projects.models import Membership, Project
from projects.services.grants import grant_role, lock_project

# As much as the activity shows of a text.
REASON_LENGTH = 160


@transaction.atomic
def take_over(*, actor: User, project: Project, reason: str) -> Membership:
    """Make a site administrator a lead of a project. Locks the project.

    The project's activity and the instance's log tell it with the reason. Raises PermissionRefused for everyone else,
    DomainError without a reason, for a project in the trash, and for who leads it already.
    """
    require_administrator(actor)
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_LENGTH:
        message = _("Say why you take it over, in at most %d characters. The project's members read it.")
        raise DomainError(message % REASON_LENGTH, code="reason")
    project = lock_project(project)
    if project.deleted_at:
        raise DomainError(_("%s is in the trash. Restore it first.") % project.key, code="deleted")
    membership = Membership.objects.filter(project=project, person=actor).first()
    if membership and membership.role == Role.LEAD:
        raise DomainError(_("You lead %s already.") % project.key, code="lead_already")
    membership = membership or Membership(project=project, person=actor)
    membership.given_role = Role.LEAD
    membership.settle()
    save_as(actor, membership)
    grant_role(membership)
    _tell(actor, project, reason)
    return membership


def _tell(actor: User, project: Project, reason: str) -> None:
    """Record it in the project's stream first, then in the instance's: in this order their rows lock everywhere."""
    data = {"person": actor.name, "role": Role.LEAD.value, "reason": reason}
    subject = member_subject(actor.pk)
    record(project_stream(project.pk), kind=ProjectEvent.TAKEN_OVER, actor=actor, subject=subject, data=data)
    told = {"key": project.key, "name": project.name, "reason": reason}
    record(INSTANCE, kind=AccountEvent.PROJECT_TAKEN_OVER, actor=actor, subject=f"project:{project.pk}", data=told)
