"""What scripts read of projects beyond what the pages do: one project with its counts, and a person's own roles."""

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from notifications.models import Event
from projects.access import Person
from projects.enums import Role
from projects.events import project_stream
from projects.models import Membership, Project
from projects.queries import ROLE_ORDER, with_counts


def with_own_counts(project: Project) -> Project:
    """Return one project that an access function has found, with its owner, its team and its counts (one statement)."""
    return with_counts(Project.objects.filter(pk=project.pk)).select_related("owner", "team").get()


def own_roles(person: Person, projects: Iterable[Project]) -> dict[int, Role]:
    """Return the person's role in each of the projects of which they are a member, by project id (one statement)."""
    rows = Membership.objects.filter(person_id=person.pk or 0, project__in=[project.pk for project in projects])
    return {project: Role(role) for project, role in rows.values_list("project", "role")}


def members_found(project: Project, *, text: str = "", role: str = "") -> QuerySet[Membership]:
    """Return the memberships of a project with their people, by words of the name and a role.

    `rank` is 0 for leads, 1 for developers, 2 for viewers.
    """
    rows = Membership.objects.filter(project=project).select_related("person").annotate(rank=ROLE_ORDER)
    if text:
        rows = rows.filter(Q(person__username__icontains=text) | Q(person__display_name__icontains=text))
    return rows.filter(role=role) if role else rows


def membership_of(project: Project, person: Person) -> Membership | None:
    """Return the person's membership with its person loaded, or None."""
    return Membership.objects.filter(project=project, person_id=person.pk or 0).select_related("person").first()


def told_events(project: Project, beginnings: Collection[str]) -> QuerySet[Event]:
    """Return the project's events whose kinds begin with one of these, with their actors."""
    wanted = Q(pk__in=[])
    for start in beginnings:
        wanted |= Q(kind__startswith=start)
    return Event.objects.filter(wanted, stream__name=project_stream(project.pk)).select_related("actor")
