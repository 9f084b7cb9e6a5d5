"""Reminders of due dates: one event the day before, one the day after, in the time zone of whoever it concerns."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import transaction

from config import clock
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from notifications.schedule import zone_of
from notifications.services import Record, record_all
from notifications.slots import take_all
from projects.enums import Category
from projects.events import project_stream

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Not at midnight: reminders come in the morning, of the person's own day.
MORNING = 8
# For how long an overdue issue is still told of where nobody could, because no worker ran.
CATCH_UP = 3
DAY = timedelta(days=1)


def remind() -> int:
    """Record what became due or overdue and was not recorded before; returns how many events.

    A transaction for each project. Once for each issue, kind and due date, however many run at the same time: each
    takes the turn of an issue first (notifications/slots.py), and then the stream. A changed date is another turn.
    """
    now, count = clock.now(), 0
    due = [(issue, kind) for issue in _candidates(now) if (kind := kind_of(issue, now))]
    for _project, group in groupby(due, key=lambda pair: pair[0].project_id):
        count += _record(list(group))
    return count


def kind_of(issue: Issue, now: datetime) -> IssueEvent | None:
    """Return of what an issue reminds now. Needs its assignee and reporter loaded."""
    person = issue.assignee or issue.reporter
    local = now.astimezone(zone_of(person.time_zone))
    if issue.due_on is None or local.hour < MORNING:
        return None
    if local.date() == issue.due_on - DAY:
        return IssueEvent.DUE_SOON
    is_over = issue.due_on < local.date() <= issue.due_on + CATCH_UP * DAY
    return IssueEvent.OVERDUE if is_over else None


def _candidates(now: datetime) -> "QuerySet[Issue]":
    """Return unfinished issues whose date is near anywhere on Earth, those of a project together."""
    today = now.date()
    days = (today - (CATCH_UP + 1) * DAY, today + 2 * DAY)
    rows = Issue.objects.filter(due_on__range=days, deleted_at__isnull=True)
    rows = rows.filter(state__category__in=[Category.OPEN, Category.PROGRESS])
    rows = rows.filter(project__archived_at__isnull=True, project__deleted_at__isnull=True)
    rows = rows.select_related("assignee", "reporter", "project").defer("search", "description")
    return rows.order_by("project_id", "pk")


@transaction.atomic
def _record(due: Iterable[tuple[Issue, IssueEvent]]) -> int:
    """Record the reminders of one project whose turn nobody has taken."""
    wanted = {_slot(issue, kind, issue.due_on): (issue, kind) for issue, kind in due}
    taken = take_all("issues.remind", wanted)
    records = [_event(*wanted[slot]) for slot in wanted if slot in taken]
    if records:
        project = next(issue.project_id for issue, _kind in wanted.values())
        record_all(project_stream(project), records)
    return len(records)


def _slot(issue: Issue, kind: IssueEvent, due_on: date | None) -> str:
    return f"{kind} {issue.pk} {due_on}"


def _event(issue: Issue, kind: IssueEvent) -> Record:
    data = {"key": issue.key, "title": issue.title, "due_on": str(issue.due_on)}
    return Record(kind=kind, actor=None, subject=issue_subject(issue.pk), data=data)
