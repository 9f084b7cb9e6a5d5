"""A person leaves all projects at once: with their account."""

from accounts.hooks import SeenProject
from accounts.models import Team, User
from notifications.history import save_as
from notifications.services import record
from projects.enums import Role
from projects.events import ProjectEvent, project_stream
from projects.models import Membership, Project
from projects.services.grants import lock_project, revoke_all
from projects.services.members import remove_member


def projects_led_alone(person: User) -> list[SeenProject]:
    """Return the projects that nobody else who can log in leads, by name; none from the trash."""
    mine = Project.objects.filter(memberships__person=person, memberships__role=Role.LEAD, deleted_at=None)
    others = Membership.objects.filter(role=Role.LEAD, person__is_active=True).exclude(person=person)
    alone = mine.exclude(pk__in=others.values("project"))
    return [SeenProject(*row) for row in alone.order_by("name", "pk").values_list("pk", "key", "name")]


def projects_held(team: Team) -> list[SeenProject]:
    """Return the projects of a team by name; none from the trash."""
    rows = Project.objects.filter(team=team, deleted_at=None).order_by("name", "pk")
    return [SeenProject(*row) for row in rows.values_list("pk", "key", "name")]


def leave_projects(person: User) -> None:
    """Leave every project; what the person owned of them goes to another lead. In the transaction of their leaving.

    A project in the trash that only they led keeps them as its lead by name, without any right: a project has one, and
    an administrator who restores it takes it over.
    """
    for membership in Membership.objects.filter(person=person).select_related("project").order_by("project_id"):
        project = lock_project(membership.project)
        heir = _other_lead(project, person)
        if project.owner_id == person.pk and heir:
            _hand_over(person, project, heir)
        if heir or membership.role != Role.LEAD:
            remove_member(actor=person, project=project, person=person)
        else:
            revoke_all(membership)


def _other_lead(project: Project, person: User) -> User | None:
    leads = Membership.objects.filter(project=project, role=Role.LEAD).exclude(person=person).select_related("person")
    first = leads.order_by("-person__is_active", "pk").first()
    return first.person if first else None


def _hand_over(person: User, project: Project, heir: User) -> None:
    project.owner = heir
    save_as(person, project, ["owner"])
    data = {"changes": {"owner": {"from": person.name, "to": heir.name}}}
    record(project_stream(project.pk), kind=ProjectEvent.CHANGED, actor=person, data=data)
