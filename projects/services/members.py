"""Who belongs to a project, and as what."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import people_as
from accounts.models import User
from accounts.naming import listed
from config.errors import DomainError
from notifications.history import delete_as, save_as
from notifications.services import record
from projects.access import require
from projects.enums import Role
from projects.events import ProjectEvent, member_subject, project_stream
from projects.models import Membership, Project
from projects.permissions import Perm
from projects.services.grants import grant_role, lock_project, revoke_all


@transaction.atomic
def add_member(*, actor: User, project: Project, person: User, role: Role) -> Membership:
    """Add a person with a role. Locks the project. Raises DomainError where they are a member already."""
    require(project, actor, Perm.MANAGE_MEMBERS)
    project = lock_project(project)
    if Membership.objects.filter(project=project, person=person).exists():
        raise DomainError(_("%s is a member already. Change the role in the list.") % person.name, code="member_exists")
    membership = save_as(actor, Membership(project=project, person=person, role=role, given_role=role))
    grant_role(membership)
    data = {"person": person.name, "role": role}
    record(
        project_stream(project.pk),
        kind=ProjectEvent.MEMBER_ADDED,
        actor=actor,
        subject=member_subject(person.pk),
        data=data,
    )
    return membership


@transaction.atomic
def change_role(*, actor: User, project: Project, person: User, role: Role) -> Membership:
    """Give a member another role. Locks the project.

    Raises DomainError for the last lead, for no member, and for less than follows from their place in the team.
    """
    require(project, actor, Perm.MANAGE_MEMBERS)
    membership = _locked_membership(lock_project(project), person)
    if membership.role == role:
        return membership
    old = membership.role
    _refuse_less_than_the_team_gives(membership, role)
    _keep_a_lead(membership)
    # What the team gives is not given twice: it goes on following the team.
    membership.given_role = None if role == membership.team_role else role
    membership.settle()
    save_as(actor, membership, ["role", "given_role"])
    grant_role(membership)
    data = {"person": person.name, "changes": {"role": {"from": old, "to": role}}}
    record(
        project_stream(project.pk),
        kind=ProjectEvent.MEMBER_CHANGED,
        actor=actor,
        subject=member_subject(person.pk),
        data=data,
    )
    return membership


@transaction.atomic
def remove_member(*, actor: User, project: Project, person: User) -> None:
    """Remove a member, or leave: everyone may remove themselves. Locks the project; refuses the last lead, and who is
    here by their place in the team.

    Their issues stay assigned to them, so that no workflow rule is broken behind anyone's back.
    """
    if actor.pk != person.pk:
        require(project, actor, Perm.MANAGE_MEMBERS)
    membership = _locked_membership(lock_project(project), person)
    if membership.team_role:
        raise _by_the_team(membership)
    _keep_a_lead(membership)
    end_membership(actor, membership)


def end_membership(actor: User, membership: Membership) -> None:
    """End a membership with its grants and record it; the caller holds the project's lock and has asked all rules."""
    person, role, project_id = membership.person, membership.role, membership.project_id
    revoke_all(membership)
    delete_as(actor, membership)
    kind = ProjectEvent.MEMBER_LEFT if actor.pk == person.pk else ProjectEvent.MEMBER_REMOVED
    data = {"person": person.name, "role": role}
    record(project_stream(project_id), kind=kind, actor=actor, subject=member_subject(person.pk), data=data)


def _locked_membership(project: Project, person: User) -> Membership:
    membership = Membership.objects.filter(project=project, person=person).select_related("person").first()
    if membership is None:
        raise DomainError(_("%s is not a member of this project.") % person.name, code="no_member")
    membership.project = project
    return membership


def _refuse_less_than_the_team_gives(membership: Membership, role: Role) -> None:
    wanted = Membership(given_role=role, team_role=membership.team_role)
    wanted.settle()
    if wanted.role != role:
        raise _by_the_team(membership)


def _by_the_team(membership: Membership) -> DomainError:
    """Build the refusal of less than the team gives: it says where the role comes from and who can change that."""
    team, person = membership.project.team, membership.person
    words = {
        "person": person.name,
        "role": Role(membership.team_role or membership.role).label,
        "project": membership.project.key,
        "team": team.name,
        "able": listed(manager.name for manager in people_as(team)),
    }
    message = _(
        "%(person)s is here as %(role)s by the team %(team)s, and no less. %(able)s can change that in the team, or a"
        " lead what the team's members are here, in the settings of %(project)s."
    )
    return DomainError(message % words, code="by_the_team", context={"team": team.pk})


def _keep_a_lead(membership: Membership) -> None:
    """Raise DomainError where the membership is the project's last lead; the caller holds the project's lock."""
    others = Membership.objects.filter(project=membership.project_id, role=Role.LEAD).exclude(pk=membership.pk)
    if membership.role == Role.LEAD and not others.exists():
        raise DomainError(_("A project keeps at least one lead. Make someone else a lead first."), code="last_lead")
