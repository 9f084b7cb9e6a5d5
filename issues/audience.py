"""Who is told of what happens to an issue. Of one in the trash nobody is told anything."""

from collections.abc import Iterable, Mapping
from typing import Any

from files.events import FileEvent
from files.models import File
from issues.events import IssueEvent
from issues.models import Issue
from notifications.enums import NoticeKind, Reason
from notifications.hooks import Notice, audience
from notifications.models import Event
from notifications.watching import circle_of

REMINDERS = {IssueEvent.DUE_SOON: NoticeKind.DUE_SOON, IssueEvent.OVERDUE: NoticeKind.OVERDUE}


@audience(IssueEvent.CREATED)
def told_of_creation(event: Event) -> Iterable[Notice]:
    """Whom it names, its assignee, and who follows everything in the project."""
    issue = _issue(event)
    if issue is None:
        return []
    circle = circle_of(issue.project_id, issue.pk)
    following = [Notice(person, NoticeKind.ISSUE_CREATED, Reason.FOLLOWING) for person in sorted(circle.following)]
    return circle.heard([*_named(event.data), *_reassigned(event.data), *following])


@audience(IssueEvent.CHANGED, IssueEvent.MOVED)
def told_of_change(event: Event) -> Iterable[Notice]:
    """Whom it newly names, its new and former assignee, and everyone near: of another state, or of any other change."""
    issue = _issue(event)
    if issue is None:
        return []
    circle = circle_of(issue.project_id, issue.pk)
    kind = NoticeKind.STATE_CHANGED if "state" in event.data["changes"] else NoticeKind.ISSUE_CHANGED
    near = circle.near(kind, assignee_id=issue.assignee_id, reporter_id=issue.reporter_id)
    return circle.heard([*_named(event.data), *_reassigned(event.data), *near])


@audience(*REMINDERS)
def told_of_date(event: Event) -> Iterable[Notice]:
    """Its assignee, or where it has none its reporter, if it is still due on that day."""
    issue = _issue(event)
    if issue is None or str(issue.due_on) != event.data["due_on"]:
        return []
    kind = REMINDERS[IssueEvent(event.kind)]
    person, reason = (issue.assignee_id, Reason.ASSIGNED) if issue.assignee_id else (issue.reporter_id, Reason.REPORTED)
    return circle_of(issue.project_id, issue.pk).heard([Notice(person, kind, reason)])


@audience(FileEvent.ADDED)
def told_of_file(event: Event) -> Iterable[Notice]:
    """Everyone near the issue that it was added to, unless it was removed meanwhile; of a project's own file nobody."""
    issue = _issue(event) if event.data["issue"] else None
    if issue is None or not File.objects.filter(pk=event.data["file"], removed_at__isnull=True).exists():
        return []
    circle = circle_of(issue.project_id, issue.pk)
    near = circle.near(NoticeKind.FILE_ADDED, assignee_id=issue.assignee_id, reporter_id=issue.reporter_id)
    return circle.heard(near)


def _issue(event: Event) -> Issue | None:
    """Return the issue as it is now; None where it is in the trash."""
    rows = Issue.objects.only("project", "assignee", "reporter", "due_on")
    return rows.filter(pk=int(event.subject.partition(":")[2]), deleted_at__isnull=True).first()


def _named(data: Mapping[str, Any]) -> Iterable[Notice]:
    """Return notices for whom the description names, and did not before."""
    return [Notice(person, NoticeKind.MENTIONED, Reason.MENTIONED) for person in data.get("mentions", [])]


def _reassigned(data: Mapping[str, Any]) -> Iterable[Notice]:
    """Return notices for whom the event gave the issue to, and took it from."""
    ids = data.get("assignee_ids") or {}
    if person := ids.get("to"):
        yield Notice(person, NoticeKind.ASSIGNED, Reason.ASSIGNED)
    if person := ids.get("from"):
        yield Notice(person, NoticeKind.UNASSIGNED, Reason.UNASSIGNED)
