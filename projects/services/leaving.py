"""A person leaves all projects at once: with their account."""

from django.db.models import Q

from accounts.hooks import SeenProject
from accounts.models import Team, User
from notifications.history import save_as
from notifications.services import record
from projects.enums import Role
from projects.events import ProjectEvent, project_stream
from projects.models import Membership, Project
from projects.services.grants import revoke_all
from projects.services.members import end_membership


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


def lock_projects_of(person: User) -> None:
    """Lock every project that the person leaves with their account, in the order of their ids.

    Before it is asked who else leads them: that stays true then until they have left. The caller holds their teams.
    """
    theirs = Project.objects.filter(Q(memberships__person=person) | Q(team__memberships__person=person)).values("pk")
    list(Project.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=theirs).order_by("pk"))


def leave_projects(person: User) -> None:
    """Leave every project; what the person owned of them goes to another lead. In the transaction of their leaving.

    The caller holds `lock_projects_of`, and has taken them out of the teams that are not deleted. A project in the
    trash that only they led keeps them as its lead by name, without any right: a project has one. An administrator who
    restores it takes it over, or becomes the owner of its team who leads it.
    """
    for membership in Membership.objects.filter(person=person).select_related("project").order_by("project_id"):
        membership.person = person
        heir = _other_lead(membership.project, person)
        if membership.project.owner_id == person.pk and heir:
            _hand_over(person, membership.project, heir)
        if heir or membership.role != Role.LEAD:
            end_membership(person, membership)
        else:
            _keep_by_name(membership)


def _keep_by_name(membership: Membership) -> None:
    """Leave the row of a last lead, not as following from a team that they are not in any more, but no right."""
    if membership.team_role:
        membership.given_role, membership.team_role = Role.LEAD, None
        save_as(membership.person, membership, ["given_role", "team_role"])
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
