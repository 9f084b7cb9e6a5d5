"""Moving issues: into another state, and within a column."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, DomainError
from issues import rank
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services import rows
from notifications.enums import Reason
from notifications.services import record
from notifications.watching import watch_quietly
from projects.access import Access, require
from projects.events import project_stream
from projects.models import State
from projects.permissions import Perm
from projects.workflow import Facts, Refusal, check_move, workflow_of


class MoveRefused(DomainError):
    """The workflow says no; `refusal.fix` names the field that would make it a yes."""

    def __init__(self, issue: Issue, to: State, refusal: Refusal) -> None:
        super().__init__(refusal.message, code=refusal.code, context={"issue": issue, "to": to})
        self.issue = issue
        self.to = to
        self.refusal = refusal
        self.status = 403 if refusal.code == "permission" else 422


@dataclass(frozen=True)
class Place:
    """Where in the column: under the issue with this number, or above that one; without either at the top or foot."""

    after: int | None = None
    before: int | None = None
    foot: bool = False


TOP = Place()


@transaction.atomic
def move_issue(
    *,
    actor: User,
    issue: Issue,
    to: State,
    place: Place = TOP,
    seen: State | None = None,
    assignee: User | None = None,
    resolution: str | None = None,
) -> Issue:
    """Move an issue to `to` and to its place there; an assignee or note that the step needs can come with the move.

    Locks the issue, then the column. One row is written; a new assignee watches the issue. Raises MoveRefused with the
    guard's reason, or Conflict where the issue is no longer in the state in which the person saw it (`seen`) and not
    yet where they want it.
    """
    access = require(issue.project, actor, Perm.READ)
    issue = rows.lock_issue(issue)
    workflow = workflow_of(issue.project)
    _refuse_stale(issue, to, seen)
    had = issue.assignee_id
    diff = _fill(actor, issue, assignee, resolution)
    if refusal := _refusal(access, issue, to):
        raise MoveRefused(issue, to, refusal)
    column = rows.lock_column(to)
    if column.wip_is_hard and (refusal := _refusal(access, issue, column, occupied=True)):
        raise MoveRefused(issue, to, refusal)
    here = workflow.state(issue.state_id)
    fields = ["state", "rank", *diff]
    if here.pk != to.pk:
        diff = {"state": {"from": here.name, "to": to.name}} | diff
    new_rank = _rank(issue, column, place)
    if here.pk == to.pk and new_rank == issue.rank and not diff:
        return issue
    issue.state, issue.rank = column, new_rank
    rows.update(actor, [issue], fields)
    if "assignee" in diff and issue.assignee_id:
        watch_quietly([issue.assignee_id], issue.pk, Reason.ASSIGNED)
    _record(actor, issue, to, diff, rows.reassigned(had, issue.assignee_id))
    return issue


def _record(actor: User, issue: Issue, to: State, diff: dict[str, Any], more: dict[str, Any]) -> None:
    """Record what the move came to: another state, or only what came with it, or only another place in the column."""
    kind = IssueEvent.MOVED if "state" in diff else IssueEvent.CHANGED if diff else IssueEvent.ORDERED
    data = {"key": issue.key, "title": issue.title, "state": to.name, "changes": diff} | more
    record(project_stream(issue.project_id), kind=kind, actor=actor, subject=issue_subject(issue.pk), data=data)


def moves_for(access: Access, issue: Issue, counts: dict[int, int]) -> dict[int, Refusal | None]:
    """Return for each state, by its id, why this issue may not go there now; None where it may. Writes nothing.

    `counts` gives the number of issues in each state that has a hard limit.
    """
    workflow = workflow_of(issue.project)
    facts = _facts(issue)
    return {
        state.pk: check_move(workflow, access, facts, state, occupancy=counts.get(state.pk))
        for state in workflow.states
    }


def _facts(issue: Issue) -> Facts:
    return Facts(issue.key, issue.state_id, issue.assignee_id, issue.resolution)


def _refusal(access: Access, issue: Issue, to: State, *, occupied: bool = False) -> Refusal | None:
    occupancy = rows.occupancy(to, besides=[issue.pk]) if occupied else None
    return check_move(workflow_of(issue.project), access, _facts(issue), to, occupancy=occupancy)


def _refuse_stale(issue: Issue, to: State, seen: State | None) -> None:
    if seen is None or issue.state_id in (seen.pk, to.pk):
        return
    message = _("%(key)s was moved to %(state)s meanwhile. Look at it again before you move it.")
    state = workflow_of(issue.project).state(issue.state_id).name
    raise Conflict(message % {"key": issue.key, "state": state}, code="moved_meanwhile")


def _fill(actor: User, issue: Issue, assignee: User | None, resolution: str | None) -> dict[str, Any]:
    """Set what comes with the move, under the permissions that it needs alone, and return the event's account."""
    diff: dict[str, Any] = {}
    if assignee is not None and issue.assignee_id != assignee.pk:
        require(issue.project, actor, Perm.ASSIGN_ISSUE)
        rows.check_assignee(issue.project, assignee)
        diff["assignee"] = {"from": rows.shown("assignee", issue.assignee), "to": assignee.name}
        issue.assignee = assignee
    if resolution is not None and resolution.strip() and issue.resolution != resolution.strip():
        require(issue.project, actor, Perm.EDIT_ISSUE)
        diff["resolution"] = {"from": issue.resolution, "to": resolution.strip()}
        issue.resolution = resolution.strip()
        rows.validate(issue)
    return diff


def _rank(issue: Issue, column: State, place: Place) -> str:
    """Return the rank for the place; a neighbour that has left the column meanwhile counts as not named."""
    cards = Issue.objects.filter(state=column).exclude(pk=issue.pk)
    named = cards.filter(number=place.after or place.before or 0).values_list("rank", flat=True).first()
    if named is None:
        return rows.rank_at(column, foot=place.foot) if issue.state_id != column.pk or place != TOP else issue.rank
    if place.after:
        below = cards.filter(rank__gt=named).aggregate(edge=Min("rank"))["edge"] or ""
        low, high = named, below
    else:
        low, high = cards.filter(rank__lt=named).aggregate(edge=Max("rank"))["edge"] or "", named
    if low < issue.rank < (high or "\x7f") and issue.state_id == column.pk:
        return issue.rank
    return rank.between(low, high)
