"""Reading projects: who sees which, and what the pages need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from accounts import instance
from accounts.models import Team, User
from notifications.models import Event
from projects.enums import Category, Role, Visibility
from projects.events import project_stream
from projects.models import (
    Label,
    Membership,
    Project,
    ProjectKey,
    ProjectUserObjectPermission,
    State,
    Transition,
)
from projects.models.projects import hue_of, icon_at
from projects.permissions import Perm

if TYPE_CHECKING:
    from files.models import File
    from projects.access import Person

ROLE_ORDER = Case(When(role=Role.LEAD, then=Value(0)), When(role=Role.DEVELOPER, then=Value(1)), default=Value(2))


def guests_may_read() -> bool:
    """Say whether people who are not logged in read public projects; administrators may ask everyone to log in."""
    return not instance.current().require_login


def ids_reached_by(person: "Person") -> list[int] | None:
    """Return the ids of the only projects that the person's token reaches; None where it, or no token, sets no limit.

    For statements written by hand, beside READABLE: `(%(reached)s::bigint[] IS NULL OR project.id = ANY(%(reached)s))`.
    """
    credential = person.credential if person.is_authenticated else None
    return None if credential is None or credential.projects is None else sorted(credential.projects)


def reached_by(person: "Person", projects: QuerySet[Project]) -> QuerySet[Project]:
    """Return those of the projects that the person's token reaches; without one, or a limit in it, all."""
    ids = ids_reached_by(person)
    return projects if ids is None else projects.filter(pk__in=ids)


def visible_to(person: "Person") -> QuerySet[Project]:
    """Return the projects that a person may read: public ones; internal ones once logged in; those granted to them.

    A site administrator sees all. Deleted projects are in none of these.
    """
    alive = Project.objects.filter(deleted_at__isnull=True)
    if not person.is_authenticated:
        return alive.filter(visibility=Visibility.PUBLIC) if guests_may_read() else alive.none()
    if not person.is_active:
        return alive.none()
    alive = reached_by(person, alive)
    if person.is_superuser:
        return alive
    granted = ProjectUserObjectPermission.objects.filter(
        content_object=OuterRef("pk"), user=person, permission__codename=Perm.READ.value
    )
    return alive.filter(Q(visibility__in=[Visibility.PUBLIC, Visibility.INTERNAL]) | Exists(granted))


def readers_of(project: Project) -> QuerySet[User]:
    """Return the active people who may read a project: the rule of `visible_to`, asked the other way round."""
    people = User.objects.filter(is_active=True)
    if project.deleted_at:
        return people.none()
    if project.visibility != Visibility.PRIVATE:
        return people
    granted = ProjectUserObjectPermission.objects.filter(
        content_object=project, user=OuterRef("pk"), permission__codename=Perm.READ.value
    )
    return people.filter(Q(is_superuser=True) | Exists(granted))


# The rule of `visible_to` for statements written by hand: whether the person with the id %(person)s, who is logged in,
# may read the row `project`.
READABLE = """
project.deleted_at IS NULL AND (project.visibility <> 'private'
    OR EXISTS (SELECT FROM projects_projectuserobjectpermission AS granted
               JOIN auth_permission AS permission ON permission.id = granted.permission_id
               WHERE granted.content_object_id = project.id AND granted.user_id = %(person)s
                   AND permission.codename = 'read_project')
    OR EXISTS (SELECT FROM accounts_user WHERE id = %(person)s AND is_superuser))
"""


def names_then(moments: Mapping[int, datetime]) -> dict[int, str]:
    """Return what projects were called at a moment of each, by id (one statement)."""
    if not moments:
        return {}
    then = Q()
    for project_id, moment in moments.items():
        then |= Q(id=project_id, history_date__lte=moment)
    rows = Project.history.filter(then).order_by("history_date", "history_id")
    return dict(rows.values_list("id", "name"))


def led_by(person: "Person") -> QuerySet[Project]:
    """Return the projects that a person runs, which is what the admin shows them: those whose settings they may change.

    A site administrator runs all, the deleted ones as well.
    """
    if not person.is_authenticated:
        return Project.objects.none()
    if person.is_superuser:
        return reached_by(person, Project.objects.all())
    granted = ProjectUserObjectPermission.objects.filter(
        content_object=OuterRef("pk"), user=person, permission__codename=Perm.MANAGE_SETTINGS.value
    )
    return reached_by(person, Project.objects.filter(Exists(granted), deleted_at__isnull=True))


def project_list(
    person: "Person", *, text: str = "", scope: str = "mine", team: Team | None = None
) -> QuerySet[Project]:
    """Return what the projects page lists, with open-issue and member counts: mine, all that I may see, or archived.

    With a team, only its own.
    """
    projects = visible_to(person).select_related("owner")
    projects = projects.filter(team=team) if team else projects
    mine = Membership.objects.filter(project=OuterRef("pk"), person_id=person.pk or 0)
    projects = projects.filter(archived_at__isnull=scope != "archived")
    if scope == "mine" and person.is_authenticated:
        projects = projects.filter(Exists(mine))
    if text:
        projects = projects.filter(Q(name__icontains=text) | Q(key__istartswith=text))
    return with_counts(projects).order_by("name", "pk")


def with_counts(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Return the same projects with their numbers of members and of issues that are open."""
    is_open = Q(issues__deleted_at__isnull=True, issues__state__category__in=[Category.OPEN, Category.PROGRESS])
    return projects.annotate(
        member_count=Count("memberships", distinct=True), open_count=Count("issues", filter=is_open, distinct=True)
    )


def has_public_projects() -> bool:
    """Say whether there is anything that guests may read."""
    public = Project.objects.filter(visibility=Visibility.PUBLIC, deleted_at__isnull=True, archived_at__isnull=True)
    return guests_may_read() and public.exists()


def roles_of(person: "Person", projects: Iterable[Project]) -> dict[int, str]:
    """Return the person's role in words in each of the projects of which they are a member, by project id."""
    rows = Membership.objects.filter(person_id=person.pk or 0, project__in=[project.pk for project in projects])
    return {row.project_id: row.get_role_display() for row in rows}


def owner_of(project: Project) -> User:
    """Return the project's owner."""
    return project.owner


def team_of(project: Project) -> Team:
    """Return the team that the project belongs to."""
    return project.team


def person_named(name: str) -> User | None:
    """Return the active person with this username or e-mail, or None."""
    return User.objects.named(name.strip())


def deleted_projects(person: User) -> QuerySet[Project]:
    """Return the deleted projects that the person may restore, the latest first."""
    deleted = Project.objects.filter(deleted_at__isnull=False, team__deleted_at__isnull=True)
    deleted = reached_by(person, deleted).select_related("owner").order_by("-deleted_at")
    return deleted if person.is_superuser else deleted.filter(owner=person)


@dataclass(frozen=True, slots=True)
class RailProject:
    """A project as the rail shows it; `role` is empty where the person only reads it, `unread` counts its chat."""

    pk: int
    key: str
    name: str
    visibility: str
    icon: UUID | None = None
    role: str = ""
    unread: int = 0

    @property
    def picture(self) -> str:
        """The address of its icon; empty for none."""
        return icon_at(self.key, self.icon)

    @property
    def hue(self) -> int:
        """The hue of its tile."""
        return hue_of(self.pk)

    @property
    def url(self) -> str:
        """The address of its board."""
        return f"/{self.key}/"


# Written by hand, because every page asks and the ORM takes four times as long to write it as PostgreSQL to run it. Who
# has never opened a chat has not read what was said since they joined, of which a hundred are counted at most.
_RAIL = """
SELECT project.id, project.key, project.name, project.visibility, project.icon_id, membership.role,
    CASE WHEN room.id IS NULL THEN 0 WHEN cursor.id IS NOT NULL THEN room.seq - cursor.seq
    ELSE (SELECT COUNT(*) FROM (SELECT at FROM chat_message WHERE thread_id = room.id ORDER BY seq DESC LIMIT 100)
          AS newest WHERE newest.at > membership.joined_at) END
FROM projects_membership AS membership JOIN projects_project AS project ON project.id = membership.project_id
LEFT JOIN chat_thread AS room ON room.project_id = project.id AND room.issue_id IS NULL
LEFT JOIN chat_readcursor AS cursor ON cursor.thread_id = room.id AND cursor.person_id = membership.person_id
WHERE membership.person_id = %s AND project.deleted_at IS NULL AND project.archived_at IS NULL
ORDER BY project.name, project.id
"""


def rail_of(person: "Person") -> list[RailProject]:
    """Return the active projects of which the person is a member, by name: the rail of every page (one statement)."""
    if not person.is_authenticated:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RAIL, [person.pk])
        return [RailProject(*row) for row in cursor.fetchall()]


def coming_icon(project: Project) -> "File | None":
    """Return the icon that was sent last, while it is being checked or where it was refused."""
    return project.files.coming("icon")


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


def known_labels(project: Project) -> tuple[Label, ...]:
    """Return the same from the process's memory while the project's revision, which labels change too, is the same."""
    return _labels(project.pk, project.revision)


@lru_cache(maxsize=512)
def _labels(project_id: int, revision: int) -> tuple[Label, ...]:
    return tuple(Label.objects.filter(project_id=project_id, removed_at__isnull=True).order_by("name"))


def known_people(project: Project) -> tuple[User, ...]:
    """Return the assignable people from the process's memory; read only, because every request shares these rows.

    The project's revision changes with its memberships, and by a trigger with a member's name, picture or activity.
    """
    return _people(project.pk, project.revision)


@lru_cache(maxsize=512)
def _people(project_id: int, revision: int) -> tuple[User, ...]:
    return tuple(
        User.objects.filter(memberships__project=project_id, is_active=True).order_by("display_name", "username")
    )


def step_between(here: State, there: State) -> Transition | None:
    """Return the transition between two states, or None. A row of its own, which a service may change."""
    ends = {"from_state": here, "to_state": there}
    return Transition.objects.filter(**ends).select_related("project", "from_state", "to_state").first()


def shared_by(person: User) -> QuerySet[Membership]:
    """Return the person's own memberships, of the projects that their token reaches."""
    ids, own = ids_reached_by(person), Membership.objects.filter(person=person)
    return own if ids is None else own.filter(project__in=ids)


def people_known_to(person: User, *, text: str = "") -> QuerySet[User]:
    """Return the directory: the person, and whoever shares an active project with them. Site administrators see all."""
    people = User.objects.filter(is_active=True)
    if not person.is_superuser:
        own = shared_by(person).filter(project__deleted_at__isnull=True).values("project")
        shared = Membership.objects.filter(person=OuterRef("pk"), project__in=own)
        people = people.filter(Q(pk=person.pk) | Exists(shared))
    if text:
        people = people.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    return people.order_by("display_name", "username")


PEOPLE_PAGE = 50


@dataclass(frozen=True)
class Known:
    """A person of the directory, and the projects that the reader shares with them, with the other's role there."""

    person: User
    memberships: list[Membership]


def with_shared_projects(reader: User, people: Iterable[User]) -> list[Known]:
    """Return people with the active projects that the reader shares with them, by name (one statement).

    Site administrators, who see every project, see all memberships.
    """
    people = list(people)
    shared = Membership.objects.filter(
        person__in=people, project__deleted_at__isnull=True, project__archived_at__isnull=True
    )
    if not reader.is_superuser:
        shared = shared.filter(project__in=shared_by(reader).values("project"))
    by_person: dict[int, list[Membership]] = {}
    for row in shared.select_related("project").order_by("project__name"):
        by_person.setdefault(row.person_id, []).append(row)
    return [Known(person, by_person.get(person.pk, [])) for person in people]


ACTIVITY_PAGE = 50
# What the activity page may be narrowed to, as beginnings of the kinds of events.
ACTIVITY_GROUPS: dict[str, tuple[str, ...]] = {
    "issues": (
        *("issue.created", "issue.changed", "issue.moved", "issue.deleted", "issue.restored"),
        *("issue.due_soon", "issue.overdue"),
    ),
    "files": ("file.added", "file.renamed", "file.removed", "file.restored", "file.purged", "file.lost"),
    "members": ("member.",),
    "settings": ("project.", "label.", "state.", "states.", "transition."),
}


@dataclass(frozen=True)
class ActivityPage:
    """Some events of a project, newest first; `older` is the number before which the next page begins, or None."""

    events: list[Event]
    older: int | None


def activity_page(project: Project, *, groups: Iterable[str], before: int | None = None) -> ActivityPage:
    """Return up to ACTIVITY_PAGE events of the groups (keys of ACTIVITY_GROUPS) with their actors, in one statement.

    Paged by the events' numbers, so that what happens meanwhile moves nothing from one page to the next.
    """
    wanted = Q()
    for start in (start for group in groups for start in ACTIVITY_GROUPS[group]):
        wanted |= Q(kind__startswith=start)
    events = Event.objects.filter(wanted, stream__name=project_stream(project.pk)).select_related("actor")
    if before is not None:
        events = events.filter(seq__lt=before)
    found = list(events.order_by("-seq")[: ACTIVITY_PAGE + 1])
    shown = found[:ACTIVITY_PAGE]
    return ActivityPage(shown, shown[-1].seq if len(found) > ACTIVITY_PAGE else None)
