"""Deleting issues, and getting them back."""

from django.db import transaction

from accounts.models import User
from config import clock
from config.errors import DomainError
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services import rows
from notifications.services import record
from projects.access import require
from projects.events import project_stream
from projects.permissions import Perm
from projects.workflow import check_room, workflow_of


@transaction.atomic
def delete_issue(*, actor: User, issue: Issue) -> Issue:
    """Put an issue into the trash. It keeps its number; nothing of it is lost. Locks its row."""
    require(issue.project, actor, Perm.DELETE_ISSUE)
    issue = rows.lock_issue(issue)
    issue.deleted_at = clock.now()
    rows.update(actor, [issue], ["deleted_at"])
    _record(actor, issue, IssueEvent.DELETED)
    return issue


@transaction.atomic
def restore_issue(*, actor: User, issue: Issue) -> Issue:
    """Take an issue out of the trash, to the foot of its column. Locks its row, then the column.

    Raises DomainError where the column has a hard limit and is full. Restoring what is not deleted changes nothing.
    """
    require(issue.project, actor, Perm.DELETE_ISSUE)
    found = rows.lock_issues(issue.project, [issue.number], deleted=True)
    if not found:
        return issue
    issue = found[0]
    column = rows.lock_column(workflow_of(issue.project).state(issue.state_id))
    if refusal := check_room(column, rows.occupancy(column)):
        raise DomainError(refusal.message, code=refusal.code)
    issue.deleted_at = None
    issue.rank = rows.rank_at(column, foot=True)
    rows.update(actor, [issue], ["deleted_at", "rank"])
    _record(actor, issue, IssueEvent.RESTORED)
    return issue


def _record(actor: User, issue: Issue, kind: IssueEvent) -> None:
    data = {"key": issue.key, "title": issue.title}
    record(project_stream(issue.project_id), kind=kind, actor=actor, subject=issue_subject(issue.pk), data=data)
