"""What a column asks of the cards that come in: said by a column that is still empty."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.naming import listed
from projects.enums import Role
from projects.models import Project
from projects.workflow import Workflow, workflow_of


@dataclass(frozen=True)
class Ask:
    """What every way into a state asks for and the states before it do not ask already.

    `who` names the roles where not all who work may take the step, `ways` the states before it.
    """

    assignee: bool
    resolution: bool
    who: str
    ways: str


def asks_of(project: Project) -> dict[int, Ask]:
    """Return what each state asks for, by its id."""
    workflow = workflow_of(project)
    return {state.pk: _ask(workflow, state.pk) for state in workflow.states}


def _ask(workflow: Workflow, state_id: int) -> Ask:
    steps = [step for (_from, to), step in workflow.steps.items() if to == state_id]
    roles = {role for step in steps for role in step.roles}
    is_narrow = bool(steps) and Role.DEVELOPER not in roles
    who = listed(str(Role(role).label).lower() for role in sorted(roles)) if is_narrow else ""
    before = [state.name for state in workflow.states if (state.pk, state_id) in workflow.steps]
    had = [workflow.demands(step.from_state_id) for step in steps]
    assignee = bool(steps) and all(step.needs_assignee for step in steps) and not all(has for has, _note in had)
    resolution = bool(steps) and all(step.needs_resolution for step in steps) and not all(note for _has, note in had)
    return Ask(assignee, resolution, who, _(" or ").join(before))
