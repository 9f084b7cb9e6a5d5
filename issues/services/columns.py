"""What happens to many issues at once when a column or a label goes, and when a column's ranks have grown long."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, DomainError
from issues import rank
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services import rows
from notifications.history import delete_as
from notifications.services import Record, record_all
from projects.access import require
from projects.events import project_stream
from projects.models import Label, Project, State, Transition
from projects.permissions import Perm
from projects.services.labels import retire_label
from projects.services.workflow import retire_state, set_transition


def unplaced(state: State) -> str:
    """Return what is said where nobody said where the issues of a removed state go."""
    return _("Say to which state the issues of %s go.") % state.name


@transaction.atomic
def remove_state(*, actor: User, state: State, to: State | None) -> int:
    """Take a state out of the workflow and put its issues, also those in the trash, into `to`; returns how many.

    Where no step led there, one is made for this move and goes with the state. Locks the issues in id order, then the
    columns, then the project. Raises DomainError where there are issues and `to` is missing, another project's, or the
    state itself, and Conflict where issues arrived while the locks were taken.
    """
    require(state.project, actor, Perm.MANAGE_WORKFLOW)
    issues = _locked(Issue.objects.filter(state=state).values_list("pk", flat=True), state.project)
    if issues:
        if to is None or to.pk == state.pk or to.project_id != state.project_id or to.removed_at:
            raise DomainError(unplaced(state), code="target")
        _move_all(actor, issues, state, to)
    retire_state(actor=actor, state=state)
    if Issue.objects.filter(state=state).exists():
        raise Conflict(_("Issues came into %s meanwhile. Look at it again before you remove it.") % state.name)
    return len(issues)


def _move_all(actor: User, issues: list[Issue], state: State, to: State) -> None:
    if to.wip_is_hard and to.wip_limit is not None:
        room = to.wip_limit - rows.occupancy(to)
        if room < sum(1 for issue in issues if issue.deleted_at is None):
            message = _("%(state)s takes at most %(limit)d issues. Choose another state, or raise its limit first.")
            raise DomainError(message % {"state": to.name, "limit": to.wip_limit}, code="wip_limit")
    for step in Transition.objects.filter(from_state=state, to_state=to):
        delete_as(actor, step)
    set_transition(actor=actor, from_state=state, to_state=to, needs={"roles": ["lead"]})
    column = rows.lock_column(to)
    edge = rows.rank_at(column, foot=True)
    for issue in sorted(issues, key=lambda row: row.rank):
        issue.state, issue.rank = column, edge
        edge = rank.between(edge, "")
    rows.update(actor, issues, ["state", "rank"])
    diff = {"state": {"from": state.name, "to": to.name}}
    _record(actor, state.project, issues, diff, IssueEvent.MOVED)


@transaction.atomic
def remove_label(*, actor: User, label: Label) -> int:
    """Take a label off all its issues, also those in the trash, and out of use; returns how many carried it."""
    require(label.project, actor, Perm.MANAGE_LABELS)
    carrying = Issue.objects.filter(project=label.project, label_ids__contains=[label.pk])
    issues = _locked(carrying.values_list("pk", flat=True), label.project)
    for issue in issues:
        issue.label_ids = [pk for pk in issue.label_ids if pk != label.pk]
    if issues:
        rows.update(actor, issues, ["label_ids"])
        diff = {"labels": {"added": [], "removed": [label.name]}}
        _record(actor, label.project, issues, diff, IssueEvent.CHANGED)
    retire_label(actor=actor, label=label)
    return len(issues)


@transaction.atomic
def renew_ranks(*, state: State) -> int:
    """Give a column short ranks again, in the same order; returns how many cards were written, 0 where none is long.

    A rank grows by one character about every six moves into the same gap. Locks the cards in id order, then the column.
    """
    cards = Issue.objects.filter(state=state)
    if not cards.annotate(size=Length("rank")).filter(size__gt=rank.LONG).exists():
        return 0
    issues = _locked(cards.values_list("pk", flat=True), state.project)
    rows.lock_column(state)
    issues.sort(key=lambda issue: (issue.rank, issue.pk))
    for issue, new in zip(issues, rank.spread(len(issues)), strict=True):
        issue.rank = new
    rows.update(None, issues, ["rank"])
    return len(issues)


def _locked(ids: Iterable[int], project: Project) -> list[Issue]:
    """Lock issues in id order, those in the trash as well."""
    locked = Issue.objects.select_for_update(of=("self",), no_key=True).defer("search")
    found = list(locked.filter(pk__in=ids).order_by("pk"))
    for issue in found:
        issue.project = project
    return found


def _record(actor: User, project: Project, issues: list[Issue], diff: Mapping[str, Any], kind: IssueEvent) -> None:
    records = [
        Record(
            kind=kind,
            actor=actor,
            subject=issue_subject(issue.pk),
            data={"key": issue.key, "title": issue.title, "changes": diff},
        )
        for issue in issues
    ]
    record_all(project_stream(project.pk), records)
