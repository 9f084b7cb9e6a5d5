"""Who is told of what happens to a project's members, and who may read a project: lent to the notifications app."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from notifications.enums import NoticeKind, Reason
from notifications.hooks import Notice, audience
from notifications.models import Event
from projects.enums import Visibility
from projects.events import ProjectEvent
from projects.models import Project, ProjectUserObjectPermission
from projects.permissions import Perm


def readers_among(project_id: int, person_ids: Collection[int]) -> set[int]:
    """Return those of the people who are active and may read the project now, by the rule of `queries.visible_to`."""
    project = Project.objects.filter(pk=project_id, deleted_at__isnull=True).only("visibility").first()
    if project is None:
        return set()
    people = User.objects.filter(pk__in=person_ids, is_active=True)
    if project.visibility == Visibility.PRIVATE:
        granted = ProjectUserObjectPermission.objects.filter(
            content_object=project_id, user=OuterRef("pk"), permission__codename=Perm.READ.value
        )
        people = people.filter(Q(is_superuser=True) | Exists(granted))
    return set(people.values_list("pk", flat=True))


@audience(ProjectEvent.MEMBER_ADDED, ProjectEvent.MEMBER_CHANGED)
def told_of_joining(event: Event) -> Iterable[Notice]:
    """Whoever was added, or has another role now."""
    return [Notice(_person(event), NoticeKind.PROJECT_ADDED, Reason.MEMBER)]


@audience(ProjectEvent.MEMBER_REMOVED)
def told_of_removal(event: Event) -> Iterable[Notice]:
    """Whoever was removed. It is the one entry about a project that its reader may not read any more."""
    return [Notice(_person(event), NoticeKind.PROJECT_REMOVED, Reason.MEMBER)]


def _person(event: Event) -> int:
    return int(event.subject.removeprefix("person:"))
