"""The workflow of a project: its states, and what the steps between them need.

Removing a state moves its issues, so that operation stands in issues/api/columns.py.
"""

from typing import Annotated, Any

from django.http import Http404
from pydantic import Field

from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf
from config.api.shapes import In, Out
from projects.access import get_project_or_404, get_state_or_404
from projects.api.shapes import HueNumber, sent
from projects.enums import Category
from projects.forms import LIMIT_AT_MOST
from projects.models import Project, State, Transition
from projects.permissions import Perm, roles_with
from projects.queries import step_between
from projects.services.workflow import (
    change_state,
    create_state,
    order_states,
    remove_transition,
    set_transition,
)
from projects.workflow import workflow_of

routes = Operations(tags=["Workflow"])
ALL = "/projects/{key:key}/workflow"
STATE = f"{ALL}/states/{{slug:slug}}"
STEP = f"{ALL}/transitions/{{slug:here}}/{{slug:there}}"
CategoryWord = Annotated[str, OneOf(*Category.values)]
# Viewers move nothing, whatever a step says.
MoverWord = Annotated[str, OneOf(*(role.value for role in roles_with(Perm.MOVE_ISSUE)))]
StateName = Annotated[str, Field(min_length=1, max_length=40, examples=["In review"])]
WipLimit = Annotated[int, Field(ge=1, le=LIMIT_AT_MOST)]
SOFT = "False: the column only shows that it is too full. True: what exceeds the limit is refused."


class StateOut(Out):
    """A state: a column of the board. `slug` names it for good, whatever it is called."""

    slug: str = Field(examples=["in-review"])
    name: str
    category: CategoryWord
    hue: HueNumber | None = Field(description="Null: the colour of its category.")
    is_initial: bool = Field(description="New issues may start here.")
    wip_limit: int | None = Field(description="How many issues it should hold at most; null: any number.")
    wip_is_hard: bool = Field(description=SOFT)


class TransitionOut(Out):
    """A step that is allowed, who may take it, and what the issue needs for it."""

    from_state: str = Field(examples=["in-progress"])
    to_state: str = Field(examples=["resolved"])
    roles: list[MoverWord]
    needs_assignee: bool
    needs_resolution: bool
    own_only: bool = Field(description="Developers take it only with what is assigned to them.")


class WorkflowOut(Out):
    """A workflow: the states in the order of the columns, and every step that is allowed."""

    states: list[StateOut]
    transitions: list[TransitionOut]
    developers_move_own: bool = Field(description="Developers move only what is assigned to them, at every step.")


class StateIn(In):
    """A new state; it stands last."""

    name: StateName
    category: CategoryWord
    hue: HueNumber | None = None
    is_initial: bool = False
    wip_limit: WipLimit | None = None
    wip_is_hard: bool = Field(default=False, description=SOFT)


class StateEditIn(In):
    """What to change of a state; what is left out stays."""

    name: StateName = ""
    category: CategoryWord = Category.OPEN.value
    hue: HueNumber | None = None
    is_initial: bool = False
    wip_limit: WipLimit | None = None
    wip_is_hard: bool = Field(default=False, description=SOFT)


class OrderIn(In):
    """Every state once, by its slug."""

    states: list[Annotated[str, Field(max_length=48)]] = Field(max_length=500, examples=[["open", "review", "closed"]])


class TransitionIn(In):
    """Who may take a step, and what the issue needs for it."""

    roles: list[MoverWord] = Field(min_length=1, max_length=10, examples=[["developer", "lead"]])
    needs_assignee: bool = False
    needs_resolution: bool = False
    own_only: bool = False


@routes.get(ALL, scope=Scope.PROJECTS_READ, answer=WorkflowOut, errors=(404,))
def read_workflow(request: ApiRequest, key: str) -> WorkflowOut:
    """Read the workflow of a project.

    For everyone who is logged in and may read the project.
    """
    return _workflow_out(get_project_or_404(request.user, key))


@routes.post(f"{ALL}/states", scope=Scope.PROJECTS_WRITE, answer=StateOut, status=201)
def create_a_state(request: ApiRequest, key: str, state: StateIn) -> StateOut:
    """Add a state to a workflow.

    No step leads to it yet. 422 where there is one by that name. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    return _state_out(create_state(actor=request.user, project=project, values=state.model_dump()))


@routes.patch(STATE, scope=Scope.PROJECTS_WRITE, answer=StateOut)
def change_a_state(request: ApiRequest, key: str, slug: str, changes: StateEditIn) -> StateOut:
    """Change a state of a workflow.

    Its slug stays. 422 where there is another one by that name, and where issues could start nowhere. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    state = get_state_or_404(project, slug)
    return _state_out(change_state(actor=request.user, state=state, changes=sent(changes)))


@routes.put(f"{ALL}/order", scope=Scope.PROJECTS_WRITE, answer=WorkflowOut)
def order_all_states(request: ApiRequest, key: str, order: OrderIn) -> WorkflowOut:
    """Put the states of a workflow into an order.

    422 unless each is named once. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    order_states(actor=request.user, project=project, slugs=order.states)
    return _workflow_out(get_project_or_404(request.user, key))


@routes.put(STEP, scope=Scope.PROJECTS_WRITE, answer=TransitionOut)
def set_a_transition(request: ApiRequest, key: str, here: str, there: str, step: TransitionIn) -> TransitionOut:
    """Allow a step between two states, or change what it needs.

    For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    ends = _ends(project, here, there)
    needs: dict[str, Any] = step.model_dump() | {"roles": list(dict.fromkeys(step.roles))}
    made = set_transition(actor=request.user, from_state=ends[0], to_state=ends[1], needs=needs)
    return _transition_out(made, here, there)


@routes.delete(STEP, scope=Scope.PROJECTS_WRITE, answer=WorkflowOut, errors=(404,))
def remove_a_transition(request: ApiRequest, key: str, here: str, there: str) -> WorkflowOut:
    """Forbid a step between two states.

    What is forbidden already stays so. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    if step := step_between(*_ends(project, here, there)):
        remove_transition(actor=request.user, step=step)
    return _workflow_out(get_project_or_404(request.user, key))


def _ends(project: Project, here: str, there: str) -> tuple[State, State]:
    if here == there:
        raise Http404("no step leads to where it begins")
    return get_state_or_404(project, here), get_state_or_404(project, there)


def _workflow_out(project: Project) -> WorkflowOut:
    workflow = workflow_of(project)
    slugs = {state.pk: state.slug for state in workflow.states}
    places = {state.pk: place for place, state in enumerate(workflow.states)}
    steps = sorted(workflow.steps.items(), key=lambda item: (places[item[0][0]], places[item[0][1]]))
    return WorkflowOut(
        states=[_state_out(state) for state in workflow.states],
        transitions=[_transition_out(step, slugs[here], slugs[there]) for (here, there), step in steps],
        developers_move_own=workflow.developers_move_own,
    )


def _state_out(state: State) -> StateOut:
    return StateOut(
        slug=state.slug,
        name=state.name,
        category=state.category,
        hue=state.hue,
        is_initial=state.is_initial,
        wip_limit=state.wip_limit,
        wip_is_hard=state.wip_is_hard,
    )


def _transition_out(step: Transition, here: str, there: str) -> TransitionOut:
    return TransitionOut(
        from_state=here,
        to_state=there,
        roles=list(step.roles),
        needs_assignee=step.needs_assignee,
        needs_resolution=step.needs_resolution,
        own_only=step.own_only,
    )
