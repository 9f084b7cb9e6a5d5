"""Reading projects: who sees which, and what the pages need."""

from typing import TYPE_CHECKING

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from accounts.models import User
from notifications.models import Event
from projects.enums import Category, Role, Visibility
from projects.events import project_stream
from projects.models import Label, Membership, Project, ProjectKey, ProjectUserObjectPermission
from projects.permissions import Perm

if TYPE_CHECKING:
    from projects.access import Person

ROLE_ORDER = Case(When(role=Role.LEAD, then=Value(0)), When(role=Role.DEVELOPER, then=Value(1)), default=Value(2))


def visible_to(person: "Person") -> QuerySet[Project]:
    """Return the projects that a person may read: public ones; internal ones once logged in; those granted to them.

    A site administrator sees all. Deleted projects are in none of these.
    """
    alive = Project.objects.filter(deleted_at__isnull=True)
    if not person.is_authenticated:
        return alive.filter(visibility=Visibility.PUBLIC)
    if person.is_superuser:
        return alive
    granted = ProjectUserObjectPermission.objects.filter(
        content_object=OuterRef("pk"), user=person, permission__codename=Perm.READ.value
    )
    return alive.filter(Q(visibility__in=[Visibility.PUBLIC, Visibility.INTERNAL]) | Exists(granted))


def project_list(person: "Person", *, text: str = "", scope: str = "mine") -> QuerySet[Project]:
    """Return what the projects page lists, with open-issue and member counts: mine, all that I may see, or archived."""
    projects = visible_to(person).select_related("owner")
    mine = Membership.objects.filter(project=OuterRef("pk"), person_id=person.pk or 0)
    projects = projects.filter(archived_at__isnull=scope != "archived")
    if scope == "mine" and person.is_authenticated:
        projects = projects.filter(Exists(mine))
    if text:
        projects = projects.filter(Q(name__icontains=text) | Q(key__istartswith=text))
    return projects.annotate(
        member_count=Count("memberships", distinct=True),
        open_count=Count(
            "issues",
            filter=Q(issues__deleted_at__isnull=True)
            & Q(issues__state__category__in=[Category.OPEN, Category.PROGRESS]),
            distinct=True,
        ),
    ).order_by("name", "pk")


def deleted_projects(person: User) -> QuerySet[Project]:
    """Return the deleted projects that the person may restore, the latest first."""
    deleted = Project.objects.filter(deleted_at__isnull=False).select_related("owner").order_by("-deleted_at")
    return deleted if person.is_superuser else deleted.filter(owner=person)


def rail_projects(person: "Person") -> list[Project]:
    """Return the active projects of which the person is a member, by name: the rail of every page."""
    if not person.is_authenticated:
        return []
    memberships = Membership.objects.filter(
        person=person, project__deleted_at__isnull=True, project__archived_at__isnull=True
    )
    return [row.project for row in memberships.select_related("project").order_by("project__name")]


def current_key(person: "Person", old_key: str) -> str | None:
    """Return the present key of the project that once had `old_key`, where the person may see it."""
    project_id = ProjectKey.objects.filter(key=old_key).values_list("project_id", flat=True).first()
    if project_id is None:
        return None
    return visible_to(person).filter(pk=project_id).exclude(key=old_key).values_list("key", flat=True).first()


def members_of(project: Project) -> QuerySet[Membership]:
    """Return a project's memberships with their people, leads first, then by name."""
    return (
        Membership.objects.filter(project=project)
        .select_related("person")
        .order_by(ROLE_ORDER, "person__display_name", "person__username")
    )


def assignable_people(project: Project) -> QuerySet[User]:
    """Return the active members of a project, to whom its issues can be assigned, by name."""
    return User.objects.filter(memberships__project=project, is_active=True).order_by("display_name", "username")


def labels_of(project: Project) -> QuerySet[Label]:
    """Return a project's labels by name."""
    return Label.objects.filter(project=project, removed_at__isnull=True).order_by("name")


def people_known_to(person: User, *, text: str = "") -> QuerySet[User]:
    """Return the directory: the person, and whoever shares an active project with them. Site administrators see all."""
    people = User.objects.filter(is_active=True)
    if not person.is_superuser:
        own = Membership.objects.filter(person=person, project__deleted_at__isnull=True).values("project")
        shared = Membership.objects.filter(person=OuterRef("pk"), project__in=own)
        people = people.filter(Q(pk=person.pk) | Exists(shared))
    if text:
        people = people.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    return people.order_by("display_name", "username")


def activity_of(project: Project) -> QuerySet[Event]:
    """Return a project's events, newest first, with their actors."""
    return Event.objects.filter(stream__name=project_stream(project.pk)).select_related("actor").order_by("-seq")
