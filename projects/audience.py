"""Who is told of what happens to a project's members, and who may read a project: lent to the notifications app."""

from collections.abc import Collection, Iterable

from notifications.enums import NoticeKind, Reason
from notifications.hooks import Notice, audience
from notifications.models import Event
from projects.events import ProjectEvent
from projects.models import Project
from projects.queries import readers_of


def readers_among(project_id: int, person_ids: Collection[int]) -> set[int]:
    """Return those of the people who are active and may read the project now (two statements)."""
    project = Project.objects.filter(pk=project_id).only("visibility", "deleted_at").first()
    if project is None:
        return set()
    return set(readers_of(project).filter(pk__in=person_ids).values_list("pk", flat=True))


@audience(ProjectEvent.MEMBER_ADDED, ProjectEvent.MEMBER_CHANGED)
def told_of_joining(event: Event) -> Iterable[Notice]:
    """Whoever was added by somebody, or has another role now; nobody where it followed from a team: that told them."""
    if "team" in event.data:
        return []
    return [Notice(_person(event), NoticeKind.PROJECT_ADDED, Reason.MEMBER)]


@audience(ProjectEvent.MEMBER_REMOVED)
def told_of_removal(event: Event) -> Iterable[Notice]:
    """Whoever was removed. It is the one entry about a project that its reader may not read any more.

    Nobody where it followed from a team: they were told once, of the team.
    """
    if "team" in event.data:
        return []
    return [Notice(_person(event), NoticeKind.PROJECT_REMOVED, Reason.MEMBER)]


def _person(event: Event) -> int:
    return int(event.subject.removeprefix("person:"))
