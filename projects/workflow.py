"""The rules about moving issues: one guard function, which the board, forms, bulk changes, admin and imports all call.

issues/triggers.py has PostgreSQL refuse the same, as far as it does not depend on who acts.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from accounts.naming import listed
from projects.access import Access
from projects.enums import Role
from projects.models import Project, State, Transition
from projects.permissions import Perm, roles_with


@dataclass(frozen=True)
class Facts:
    """What the guard must know of an issue: where it is, and what is filled in at the end of the move."""

    key: str
    state_id: int
    assignee_id: int | None
    resolution: str


@dataclass(frozen=True)
class Refusal:
    """Why a move is refused. `title` heads a dimmed column, `message` is the sentence, `fix` the missing field."""

    code: str
    title: str
    message: str
    fix: str = ""


@dataclass(frozen=True)
class Workflow:
    """A project's states by position, and its transitions. Immutable; shared between requests."""

    states: tuple[State, ...]
    steps: dict[tuple[int, int], Transition]
    developers_move_own: bool

    def state(self, state_id: int) -> State:
        """Return one of the states; KeyError where it is not of this workflow."""
        return self._by_id[state_id]

    def by_slug(self, slug: str) -> State | None:
        """Return the state with this slug, or None."""
        return next((state for state in self.states if state.slug == slug), None)

    @property
    def _by_id(self) -> dict[int, State]:
        return {state.pk: state for state in self.states}

    def initial(self) -> State:
        """Return where a new issue starts when nothing else is said: the first state that allows it."""
        return next(state for state in self.states if state.is_initial)

    def ways_from(self, state_id: int) -> list[State]:
        """Return the states to which some transition leads, by position."""
        return [state for state in self.states if (state_id, state.pk) in self.steps]

    def demands(self, state_id: int) -> tuple[bool, bool]:
        """Say whether an issue in this state must keep its (assignee, resolution note).

        It must where every way in asked for it; otherwise the demand could be met and undone a second later.
        """
        ways_in = [step for (_from, to), step in self.steps.items() if to == state_id]
        if not ways_in or self.state(state_id).is_initial:
            return False, False
        return all(step.needs_assignee for step in ways_in), all(step.needs_resolution for step in ways_in)


def workflow_of(project: Project) -> Workflow:
    """Return the project's workflow; from the process's memory while the project's revision is the same.

    Revisions are random and drawn at every change, so a revision that was rolled back never names other content.
    """
    return _load(project.pk, project.revision, project.developers_move_own)


@lru_cache(maxsize=512)
def _load(project_id: int, revision: int, developers_move_own: bool) -> Workflow:  # noqa: FBT001 (a cache key)
    states = tuple(State.objects.filter(project_id=project_id, removed_at__isnull=True).order_by("position", "pk"))
    steps = {(step.from_state_id, step.to_state_id): step for step in Transition.objects.filter(project_id=project_id)}
    return Workflow(states, steps, developers_move_own)


def check_move(
    workflow: Workflow, access: Access, facts: Facts, to: State, *, occupancy: int | None = None
) -> Refusal | None:
    """Say why the person may not move the issue to `to`, or None where they may. The first missing thing is named.

    `occupancy` is the number of other issues in `to`; it matters only where `to` has a hard limit. The order of the
    checks is: permission, transition, role, whose issue, assignee, resolution note, limit.
    """
    if not access.can(Perm.MOVE_ISSUE):
        return _no_permission(access)
    if facts.state_id == to.pk:
        return _not_own(workflow, access, facts, None)
    step = workflow.steps.get((facts.state_id, to.pk))
    if step is None:
        return _no_way(workflow, facts, to)
    return (
        _wrong_role(workflow, access, step)
        or _not_own(workflow, access, facts, step)
        or _missing(facts, step, to)
        or check_room(to, occupancy)
    )


def check_start(workflow: Workflow, to: State, *, occupancy: int | None = None) -> Refusal | None:
    """Say why a new issue may not start in `to`, or None where it may."""
    if not to.is_initial:
        starts = listed(state.name for state in workflow.states if state.is_initial)
        message = _("New issues start in %(starts)s, not in %(state)s.") % {"starts": starts, "state": to.name}
        return Refusal("start", _("Not a start"), message)
    return check_room(to, occupancy)


def check_room(to: State, occupancy: int | None) -> Refusal | None:
    """Say that a state with a hard limit is full, or None where one more issue has room in it."""
    if not to.wip_is_hard or to.wip_limit is None or occupancy is None or occupancy < to.wip_limit:
        return None
    message = _(
        "%(state)s is full: %(count)d of %(limit)d. Finish something there first, or ask a lead to raise the limit."
    )
    values = {"state": to.name, "count": occupancy, "limit": to.wip_limit}
    return Refusal("wip_limit", _("%s is full") % to.name, message % values)


def check_clearing(workflow: Workflow, facts: Facts, *, assignee: bool, resolution: bool) -> Refusal | None:
    """Say why the assignee or the resolution note may not be taken away while the issue is where it is."""
    needs_assignee, needs_resolution = workflow.demands(facts.state_id)
    state = workflow.state(facts.state_id).name
    if assignee and needs_assignee:
        message = _("%(key)s is in %(state)s, which needs an assignee. Choose someone else, or move it first.")
        return Refusal("keeps_assignee", _("Needs an assignee"), message % {"key": facts.key, "state": state})
    if resolution and needs_resolution:
        message = _("%(key)s is in %(state)s, which needs its resolution note. Change the words, or move it first.")
        return Refusal("keeps_resolution", _("Needs a note"), message % {"key": facts.key, "state": state})
    return None


def _no_permission(access: Access) -> Refusal:
    roles = listed(str(role.label).lower() for role in roles_with(Perm.MOVE_ISSUE))
    you = str(access.role.label).lower() if access.role else _("not a member")
    message = _("Moving issues needs the role %(roles)s; you are %(you)s.") % {"roles": roles, "you": you}
    return Refusal("permission", _("Not your role"), message)


def _no_way(workflow: Workflow, facts: Facts, to: State) -> Refusal:
    here = workflow.state(facts.state_id)
    ways = workflow.ways_from(here.pk)
    if not ways:
        message = _("%(here)s is the end: no step leads on from it.") % {"here": here.name}
    else:
        names = listed(state.name for state in ways)
        message = _("From %(here)s an issue goes to %(ways)s, not straight to %(to)s.") % {
            "here": here.name,
            "ways": names,
            "to": to.name,
        }
    back = to.position < here.position
    title = _("Not back to %s") if back else _("Not straight to %s")
    return Refusal("no_transition", title % to.name, message)


def _wrong_role(workflow: Workflow, access: Access, step: Transition) -> Refusal | None:
    if access.acts_as in step.roles:
        return None
    here, to = workflow.state(step.from_state_id).name, workflow.state(step.to_state_id).name
    who = listed(str(Role(role).label).lower() for role in step.roles)
    message = _("Only the role %(who)s moves issues from %(here)s to %(to)s.") % {"who": who, "here": here, "to": to}
    return Refusal("role", _("Only for: %s") % who, message)


def _not_own(workflow: Workflow, access: Access, facts: Facts, step: Transition | None) -> Refusal | None:
    is_bound = workflow.developers_move_own or (step is not None and step.own_only)
    if not is_bound or access.acts_as != Role.DEVELOPER or facts.assignee_id == access.person_id:
        return None
    message = _("Developers move only what is assigned to them. The assignee of %(key)s or a lead can do it.")
    return Refusal("not_yours", _("Not assigned to you"), message % {"key": facts.key})


def _missing(facts: Facts, step: Transition, to: State) -> Refusal | None:
    if step.needs_assignee and facts.assignee_id is None:
        message = _("%(state)s needs an assignee; %(key)s has none.") % {"state": to.name, "key": facts.key}
        return Refusal("needs_assignee", _("Needs an assignee"), message, fix="assignee")
    if step.needs_resolution and not facts.resolution.strip():
        message = _("%(state)s needs a resolution note that says what was done; %(key)s has none.")
        values = {"state": to.name, "key": facts.key}
        return Refusal("needs_resolution", _("Needs a resolution note"), message % values, fix="resolution")
    return None
