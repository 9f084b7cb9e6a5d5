"""Creating issues."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import User
from config import clock
from config.errors import DomainError
from files.services.hanging import hang_named, tell_added
from issues.enums import Kind, Priority
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services import rows
from notifications.enums import Reason
from notifications.services import record
from notifications.watching import watch_all
from projects.access import require
from projects.events import project_stream
from projects.models import Project, State
from projects.permissions import Perm
from projects.workflow import check_start, workflow_of


@transaction.atomic
def create_issue(
    *,
    actor: User,
    project: Project,
    title: str,
    description: str = "",
    kind: str = Kind.TASK,
    state: State | None = None,
    priority: int = Priority.NONE,
    assignee: User | None = None,
    label_ids: Sequence[int] = (),
    due_on: date | None = None,
    estimate: int | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Issue:
    """Create an issue at the foot of its column, with the project's next number.

    Its creator, its assignee and whom its description names watch it.

    Drafts that its description names hang on it from then on.

    Locks the column, the counter, the files, the stream. `origin` is kept in the event: of which message it was made.
    Raises PermissionRefused, or DomainError where the workflow lets no issue start in `state` or a value does not fit.
    """
    require(project, actor, Perm.CREATE_ISSUE)
    workflow = workflow_of(project)
    column = rows.lock_column(state or workflow.initial())
    if refusal := check_start(workflow, column, occupancy=rows.occupancy(column) if column.wip_is_hard else None):
        raise DomainError(refusal.message, code=refusal.code)
    rows.check_assignee(project, assignee)
    names = rows.check_labels(project, label_ids)
    named = rows.newly_named(project, description)
    now = clock.now()
    issue = Issue(
        project=project,
        title=title.strip(),
        description=description,
        kind=kind,
        state=column,
        priority=priority,
        assignee=assignee,
        reporter=actor,
        label_ids=sorted(names),
        due_on=due_on,
        estimate=estimate,
        rank=rows.rank_at(column, foot=True),
        created_at=now,
        updated_at=now,
    )
    issue.number = rows.next_number(project)
    rows.insert(actor, issue)
    data = _told(issue, named) | ({"from": dict(origin)} if origin else {})
    assigned = [(assignee.pk, issue.pk, Reason.ASSIGNED)] if assignee else []
    mentioned = [(person, issue.pk, Reason.MENTIONED) for person in named]
    watch_all([*assigned, (actor.pk, issue.pk, Reason.REPORTED), *mentioned])
    files = hang_named(actor, issue, description)
    record(project_stream(project.pk), kind=IssueEvent.CREATED, actor=actor, subject=issue_subject(issue.pk), data=data)
    tell_added(actor, files)
    return issue


def _told(issue: Issue, named: Sequence[int]) -> dict[str, Any]:
    """Return what the event keeps of a new issue."""
    return {
        "key": issue.key,
        "title": issue.title,
        "state": issue.state.name,
        "kind": issue.kind,
        "assignee": issue.assignee.name if issue.assignee else None,
        **rows.reassigned(None, issue.assignee_id),
        **rows.mentions(named),
    }
