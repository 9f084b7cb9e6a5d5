"""Changing many issues at once: all or nothing, with the same guards, history and events as one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config.errors import DomainError
from issues import rank
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services import rows
from notifications.enums import Reason
from notifications.services import Record, record_all
from notifications.watching import watch_all
from projects.access import Access, require
from projects.events import project_stream
from projects.models import Project, State
from projects.permissions import Perm
from projects.workflow import Facts, check_clearing, check_move, workflow_of

BULK_FIELDS = frozenset({"state", "assignee", "priority", "add_label", "remove_label"})
BULK_LIMIT = 500


@dataclass(frozen=True)
class BulkRefusal:
    """One issue that a guard would not let through, its sentence, and the field that would make it a yes."""

    issue: Issue
    message: str
    fix: str = ""


class BulkRefused(DomainError):
    """Some issues may not be changed like this; none was. `refusals` lists them."""

    def __init__(self, refusals: list[BulkRefusal], total: int) -> None:
        words = ngettext("%(count)d issue stands in the way", "%(count)d issues stand in the way", len(refusals))
        message = _("Nothing was changed: %(words)s, of %(total)d.")
        super().__init__(message % {"words": words % {"count": len(refusals)}, "total": total}, code="bulk")
        self.refusals = refusals


@transaction.atomic
def change_issues(
    *, actor: User, project: Project, numbers: Sequence[int], changes: Mapping[str, Any], resolution: str = ""
) -> list[Issue]:
    """Change the state, assignee, priority or labels (BULK_FIELDS) of issues of one project; returns the changed ones.

    Locks the issues in id order, then the column. `resolution` fills the note of issues that have none, for a state
    that needs one. Raises BulkRefused with every guard's sentence, or DomainError where an issue is not there; nothing
    is written then.
    """
    if unknown := set(changes) - BULK_FIELDS:
        raise ValueError(f"not for bulk changes: {sorted(unknown)}")
    access = _required(project, actor, changes)
    issues = rows.lock_issues(project, numbers)
    _refuse_missing(project, set(numbers), issues)
    rows.check_assignee(project, changes.get("assignee"))
    names = rows.check_labels(project, filter(None, [changes.get("add_label"), changes.get("remove_label")]))
    had = {issue.pk: issue.assignee_id for issue in issues}
    diffs = {issue.pk: _change(issue, changes, names, resolution) for issue in issues}
    if "state" in changes:
        _place(access, project, issues, changes["state"], diffs)
    changed = [issue for issue in issues if diffs[issue.pk]]
    if changed:
        rows.update(actor, changed, ["state", "rank", "assignee", "priority", "label_ids", "resolution"])
        assigned = [issue for issue in changed if "assignee" in diffs[issue.pk] and issue.assignee_id]
        watch_all((changes["assignee"].pk, issue.pk, Reason.ASSIGNED) for issue in assigned)
        record_all(project_stream(project.pk), [_event(actor, issue, diffs[issue.pk], had) for issue in changed])
    return changed


def _required(project: Project, actor: User, changes: Mapping[str, Any]) -> Access:
    access = require(project, actor, Perm.READ)
    needed = {"state": Perm.MOVE_ISSUE, "assignee": Perm.ASSIGN_ISSUE}
    for field in changes:
        require(project, actor, needed.get(field, Perm.EDIT_ISSUE))
    return access


def _refuse_missing(project: Project, numbers: set[int], issues: Sequence[Issue]) -> None:
    if len(numbers) > BULK_LIMIT:
        raise DomainError(_("Choose at most %d issues at once.") % BULK_LIMIT, code="too_many")
    if not numbers:
        raise DomainError(_("Choose at least one issue."), code="none")
    missing = sorted(numbers - {issue.number for issue in issues})
    if missing:
        keys = ", ".join(f"{project.key}-{number}" for number in missing[:10])
        raise DomainError(_("Nothing was changed: %s no longer exists or is in the trash.") % keys, code="missing")


def _change(issue: Issue, changes: Mapping[str, Any], names: dict[int, str], resolution: str) -> dict[str, Any]:
    """Set everything but the state on one issue and return the event's account of it."""
    diff: dict[str, Any] = {}
    for field in ("assignee", "priority"):
        if field in changes and getattr(issue, field) != changes[field]:
            diff[field] = {"from": rows.shown(field, getattr(issue, field)), "to": rows.shown(field, changes[field])}
            if field == "assignee" and changes[field] is None:
                _refuse_clearing(issue)
            setattr(issue, field, changes[field])
    if resolution.strip() and not issue.resolution.strip():
        diff["resolution"] = {"from": issue.resolution, "to": resolution.strip()}
        issue.resolution = resolution.strip()
    add, remove = changes.get("add_label"), changes.get("remove_label")
    added = [names[add]] if add and add not in issue.label_ids else []
    removed = [names[remove]] if remove and remove in issue.label_ids else []
    if added or removed:
        issue.label_ids = sorted((set(issue.label_ids) | ({add} if add and added else set())) - {remove})
        diff["labels"] = {"added": added, "removed": removed}
    return diff


def _refuse_clearing(issue: Issue) -> None:
    facts = Facts(issue.key, issue.state_id, issue.assignee_id, issue.resolution)
    refusal = check_clearing(workflow_of(issue.project), facts, assignee=True, resolution=False)
    if refusal:
        raise BulkRefused([BulkRefusal(issue, refusal.message)], 1)


def _place(access: Access, project: Project, issues: list[Issue], to: State, diffs: dict[int, dict[str, Any]]) -> None:
    """Move the issues that are elsewhere to the foot of `to`, in their order, or raise BulkRefused with every no."""
    workflow = workflow_of(project)
    column = rows.lock_column(to)
    moving = [issue for issue in issues if issue.state_id != to.pk]
    occupied = Counter(base=rows.occupancy(column, besides=[issue.pk for issue in moving]))
    refusals = []
    for issue in moving:
        facts = Facts(issue.key, issue.state_id, issue.assignee_id, issue.resolution)
        if refusal := check_move(workflow, access, facts, column, occupancy=occupied["base"]):
            refusals.append(BulkRefusal(issue, refusal.message, refusal.fix))
        occupied["base"] += 1
    if refusals:
        raise BulkRefused(refusals, len(issues))
    edge = rows.rank_at(column, foot=True)
    for issue in moving:
        here = workflow.state(issue.state_id).name
        diffs[issue.pk] = {"state": {"from": here, "to": to.name}} | diffs[issue.pk]
        issue.state, issue.rank = column, edge
        edge = rank.between(edge, "")


def _event(actor: User, issue: Issue, diff: dict[str, Any], had: Mapping[int, int | None]) -> Record:
    kind = IssueEvent.MOVED if "state" in diff else IssueEvent.CHANGED
    data = {"key": issue.key, "title": issue.title, "changes": diff}
    data |= rows.reassigned(had[issue.pk], issue.assignee_id)
    return Record(kind=kind, actor=actor, subject=issue_subject(issue.pk), data=data)
