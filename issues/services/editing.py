"""Editing an issue's fields. Different fields merge; the same field, changed by two, is shown to the second."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, DomainError
from files.services.hanging import hang_named, tell_added
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services import rows
from notifications.enums import Reason
from notifications.services import record
from notifications.watching import watch_quietly
from projects.access import require
from projects.events import project_stream
from projects.models import Label
from projects.permissions import Perm
from projects.workflow import Facts, check_clearing, workflow_of

EDITABLE = frozenset({"title", "description", "kind", "priority", "assignee", "due_on", "estimate", "resolution"})


@dataclass(frozen=True)
class Clash:
    """One field that two people changed: what it was, what the other made of it, what this person wanted."""

    field: str
    base: Any
    theirs: Any
    yours: Any


class EditConflict(Conflict):
    """Someone changed the same fields since the page was loaded. Nothing was written."""

    def __init__(self, issue: Issue, clashes: list[Clash]) -> None:
        super().__init__(_("Someone changed %s while you were editing it. Nothing of yours is saved yet.") % issue.key)
        self.issue = issue
        self.clashes = clashes


@transaction.atomic
def edit_issue(
    *,
    actor: User,
    issue: Issue,
    changes: Mapping[str, Any],
    version: int | None = None,
    add_labels: Collection[int] = (),
    remove_labels: Collection[int] = (),
) -> Issue:
    """Change fields (EDITABLE; others raise ValueError) and labels of an issue. Locks its row; returns the fresh issue.

    `version` is the one that the person's page was based on; without it the present one. A field that others changed
    since is merged unless the person changed it as well: then EditConflict is raised and nothing is written. Labels are
    added and taken away, never replaced, so they always merge. No version, history row or event where nothing changed.
    A new assignee watches the issue, and so does whom the description newly names. Drafts that it names hang on the
    issue from then on; they are locked after its row.
    """
    if unknown := set(changes) - EDITABLE:
        raise ValueError(f"not editable: {sorted(unknown)}")
    _require_permissions(actor, issue, changes, add_labels, remove_labels)
    issue = rows.lock_issue(issue)
    had, said = issue.assignee_id, issue.description
    wanted = _merge(issue, _stripped(changes), version or issue.version)
    diff = _apply(issue, wanted) | _apply_labels(issue, set(add_labels), set(remove_labels))
    if not diff:
        return issue
    rows.validate(issue)
    rows.update(actor, [issue], [field if field != "labels" else "label_ids" for field in diff])
    if "assignee" in diff and issue.assignee_id:
        watch_quietly([issue.assignee_id], issue.pk, Reason.ASSIGNED)
    named = rows.newly_named(issue.project, issue.description, said) if "description" in diff else []
    if named:
        watch_quietly(named, issue.pk, Reason.MENTIONED)
    files = hang_named(actor, issue, issue.description) if "description" in diff else []
    data = {"key": issue.key, "title": issue.title, "changes": diff} | rows.reassigned(had, issue.assignee_id)
    data |= rows.mentions(named)
    subject = issue_subject(issue.pk)
    record(project_stream(issue.project_id), kind=IssueEvent.CHANGED, actor=actor, subject=subject, data=data)
    tell_added(actor, files)
    return issue


def _require_permissions(actor: User, issue: Issue, changes: Mapping[str, Any], *labels: Collection[int]) -> None:
    if "assignee" in changes:
        require(issue.project, actor, Perm.ASSIGN_ISSUE)
    if set(changes) - {"assignee"} or any(labels):
        require(issue.project, actor, Perm.EDIT_ISSUE)


def _stripped(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes with a title as creating an issue would store it, so that blanks alone are no title."""
    return {field: value.strip() if field == "title" else value for field, value in changes.items()}


def _merge(issue: Issue, changes: dict[str, Any], version: int) -> dict[str, Any]:
    """Return the changes that the person really made, against the state that their page showed."""
    if version == issue.version:
        return changes
    base = Issue.history.filter(id=issue.pk, version=version).first()
    if base is None:
        raise Conflict(_("This page is based on a state of %s that is not known. Reload it.") % issue.key)
    mine = {field: value for field, value in changes.items() if value != _base_value(base, field)}
    clashes = [
        Clash(field, _base_value(base, field), getattr(issue, field), value)
        for field, value in mine.items()
        if getattr(issue, field) not in (_base_value(base, field), value)
    ]
    if clashes:
        raise EditConflict(issue, clashes)
    return mine


def _base_value(base: Any, field: str) -> Any:
    if field == "assignee":
        return User.objects.filter(pk=base.assignee_id).first() if base.assignee_id else None
    return getattr(base, field)


def _apply(issue: Issue, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set the fields that differ and return the event's account of them."""
    changed = {field: value for field, value in wanted.items() if getattr(issue, field) != value}
    if "assignee" in changed:
        rows.check_assignee(issue.project, changed["assignee"])
    facts = Facts(issue.key, issue.state_id, issue.assignee_id, issue.resolution)
    refusal = check_clearing(
        workflow_of(issue.project),
        facts,
        assignee=changed.get("assignee", issue) is None and issue.assignee_id is not None,
        resolution=not str(changed.get("resolution", "kept")).strip() and bool(issue.resolution.strip()),
    )
    if refusal:
        raise DomainError(refusal.message, code=refusal.code)
    diff = {}
    for field, value in changed.items():
        diff[field] = {"from": rows.shown(field, getattr(issue, field)), "to": rows.shown(field, value)}
        setattr(issue, field, value)
    return diff


def _apply_labels(issue: Issue, add: set[int], remove: set[int]) -> dict[str, Any]:
    added = sorted(add - set(issue.label_ids))
    removed = sorted(remove & set(issue.label_ids))
    if not added and not removed:
        return {}
    names = rows.check_labels(issue.project, added)
    names |= dict(Label.objects.filter(project=issue.project, pk__in=removed).values_list("pk", "name"))
    issue.label_ids = sorted((set(issue.label_ids) | set(added)) - set(removed))
    return {"labels": {"added": [names[pk] for pk in added], "removed": [names[pk] for pk in removed]}}
