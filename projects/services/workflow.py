"""A project's states and transitions. Emptying a state before it goes is the issues app's part (issues/services)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.enums import Hue
from accounts.models import User
from config import clock
from config.errors import DomainError
from notifications.history import delete_as, save_as
from notifications.services import record
from projects.access import require
from projects.enums import Category, Role, Template
from projects.events import ProjectEvent, project_stream
from projects.models import Label, Project, State, Transition
from projects.models.projects import new_revision
from projects.permissions import Perm
from projects.services.grants import lock_project

STATE_FIELDS = frozenset({"name", "category", "hue", "is_initial", "wip_limit", "wip_is_hard"})
STEP_FIELDS = ("roles", "needs_assignee", "needs_resolution", "own_only")
WORKERS = [Role.DEVELOPER.value, Role.LEAD.value]


class NewState(NamedTuple):
    """A state of a template."""

    name: str
    category: Category
    is_initial: bool


TEMPLATE_STATES: dict[Template, list[NewState]] = {
    Template.BUG: [
        NewState("Open", Category.OPEN, is_initial=True),
        NewState("In progress", Category.PROGRESS, is_initial=False),
        NewState("Resolved", Category.RESOLVED, is_initial=False),
        NewState("Closed", Category.CLOSED, is_initial=False),
    ],
    Template.TASK: [
        NewState("To do", Category.OPEN, is_initial=True),
        NewState("In progress", Category.PROGRESS, is_initial=True),
        NewState("Done", Category.CLOSED, is_initial=True),
    ],
}
# The strict tracker's steps, by position: what they need, and who may take them. What an earlier step asked for,
# the later ones ask for as well, so that it cannot be taken away again further on.
BUG_STEPS: list[tuple[int, int, dict[str, Any]]] = [
    (0, 1, {"roles": WORKERS, "needs_assignee": True}),
    (1, 2, {"roles": WORKERS, "needs_assignee": True, "needs_resolution": True, "own_only": True}),
    (2, 3, {"roles": [Role.LEAD.value], "needs_assignee": True, "needs_resolution": True}),
]
TEMPLATE_LABELS = {
    Template.BUG: [("regression", Hue.RED), ("crash", Hue.AMBER), ("docs", Hue.TEAL)],
    Template.TASK: [("idea", Hue.BLUE), ("docs", Hue.TEAL), ("maintenance", Hue.GREEN)],
}


def fill_from_template(*, actor: User, project: Project, template: Template) -> None:
    """Give a new project the template's states, transitions and labels, in the transaction that creates it."""
    states = [
        save_as(actor, State(project=project, slug=slugify(new.name), position=position, **new._asdict()))
        for position, new in enumerate(TEMPLATE_STATES[template])
    ]
    steps = BUG_STEPS
    if template == Template.TASK:
        places = range(len(states))
        steps = [(here, there, {"roles": WORKERS}) for here in places for there in places if here != there]
    for here, there, needs in steps:
        save_as(actor, Transition(project=project, from_state=states[here], to_state=states[there], **needs))
    for name, hue in TEMPLATE_LABELS[template]:
        save_as(actor, Label(project=project, name=name, hue=hue))


@transaction.atomic
def create_state(*, actor: User, project: Project, values: Mapping[str, Any]) -> State:
    """Add a state at the end of the board. Locks the project. Raises DomainError where its name is taken."""
    project = _begin(actor, project)
    name = values["name"]
    _refuse_taken(project, name)
    last = State.objects.filter(project=project).aggregate(last=Max("position"))["last"]
    state = State(project=project, slug=_free_slug(project, name), position=(last or 0) + 1, **_state_values(values))
    save_as(actor, state)
    _finish(project, actor, ProjectEvent.STATE_CREATED, {"state": name, "category": state.category})
    return state


@transaction.atomic
def change_state(*, actor: User, state: State, changes: Mapping[str, Any]) -> State:
    """Change a state (STATE_FIELDS); its slug stays, because addresses hold it. Locks the project.

    Raises DomainError where the name is taken, or where no state would be left in which issues may start.
    """
    project = _begin(actor, state.project)
    state.refresh_from_db()
    wanted = _state_values(changes)
    old = {field: getattr(state, field) for field, value in wanted.items() if getattr(state, field) != value}
    if not old:
        return state
    if "name" in old:
        _refuse_taken(project, wanted["name"], besides=state)
    for field in old:
        setattr(state, field, wanted[field])
    save_as(actor, state, list(old))
    _keep_a_start(project)
    diff = {field: {"from": value, "to": wanted[field]} for field, value in old.items()}
    _finish(project, actor, ProjectEvent.STATE_CHANGED, {"state": state.name, "changes": diff})
    return state


@transaction.atomic
def order_states(*, actor: User, project: Project, slugs: Sequence[str]) -> None:
    """Put the columns in this order. Locks the project. Raises DomainError unless each state is named exactly once."""
    project = _begin(actor, project)
    states = {state.slug: state for state in State.objects.filter(project=project, removed_at__isnull=True)}
    if sorted(slugs) != sorted(states):
        raise DomainError(_("The states have changed meanwhile. Reload the page and order them again."), code="order")
    for position, slug in enumerate(slugs):
        if states[slug].position != position:
            states[slug].position = position
            save_as(actor, states[slug], ["position"])
    _finish(project, actor, ProjectEvent.STATES_ORDERED, {"order": [states[slug].name for slug in slugs]})


@transaction.atomic
def retire_state(*, actor: User, state: State) -> None:
    """Take an empty state out of use with its transitions; its row stays for history. Locks the project.

    Raises DomainError where no state would be left in which issues may start.
    """
    project = _begin(actor, state.project)
    for step in Transition.objects.filter(project=project):
        if state.pk in (step.from_state_id, step.to_state_id):
            delete_as(actor, step)
    state.removed_at = clock.now()
    save_as(actor, state, ["removed_at"])
    _keep_a_start(project)
    _finish(project, actor, ProjectEvent.STATE_REMOVED, {"state": state.name})


@transaction.atomic
def set_transition(*, actor: User, from_state: State, to_state: State, needs: Mapping[str, Any]) -> Transition:
    """Allow a step, or change what it needs (STEP_FIELDS). Locks the project."""
    project = _begin(actor, from_state.project)
    step = Transition.objects.filter(from_state=from_state, to_state=to_state).first()
    step = step or Transition(project=project, from_state=from_state, to_state=to_state)
    if not needs.get("roles"):
        raise DomainError(_("Name at least one role that may take this step, or remove the step."), code="no_roles")
    before = {field: getattr(step, field) for field in STEP_FIELDS} if step.pk else None
    after = {field: needs.get(field, False) for field in STEP_FIELDS}
    if before == after:
        return step
    for field, value in after.items():
        setattr(step, field, value)
    save_as(actor, step)
    data = {"from": from_state.name, "to": to_state.name, "before": before, "after": after}
    _finish(project, actor, ProjectEvent.TRANSITION_SET, data)
    return step


@transaction.atomic
def remove_transition(*, actor: User, step: Transition) -> None:
    """Forbid a step; issues stay where they are. Locks the project."""
    project = _begin(actor, step.project)
    data = {"from": step.from_state.name, "to": step.to_state.name}
    delete_as(actor, step)
    _finish(project, actor, ProjectEvent.TRANSITION_REMOVED, data)


def _begin(actor: User, project: Project) -> Project:
    """Check the permission; lock the states in id order, then the project: in this order creating an issue locks."""
    require(project, actor, Perm.MANAGE_WORKFLOW)
    columns = State.objects.select_for_update(of=("self",), no_key=True).filter(project=project).order_by("pk")
    list(columns.values_list("pk"))
    return lock_project(project)


def _state_values(values: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(values) - STATE_FIELDS:
        raise ValueError(f"not fields of a state: {sorted(unknown)}")
    return dict(values)


def _refuse_taken(project: Project, name: str, besides: State | None = None) -> None:
    same = State.objects.filter(project=project, name__iexact=name, removed_at__isnull=True)
    if same.exclude(pk=besides.pk if besides else 0).exists():
        raise DomainError(_("There is a state called %s already.") % name, code="state_exists")


def _free_slug(project: Project, name: str) -> str:
    base = slugify(name)[:40] or "state"
    taken = set(State.objects.filter(project=project, removed_at__isnull=True).values_list("slug", flat=True))
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)


def _keep_a_start(project: Project) -> None:
    if not State.objects.filter(project=project, removed_at__isnull=True, is_initial=True).exists():
        message = _("Issues must be able to start somewhere. Let another state be a start first.")
        raise DomainError(message, code="start")


def _finish(project: Project, actor: User, kind: ProjectEvent, data: Mapping[str, Any]) -> None:
    project.revision = new_revision()
    Project.objects.filter(pk=project.pk).update(revision=project.revision)
    record(project_stream(project.pk), kind=kind, actor=actor, data=data)
