"""Taking a state or a label out of use, which moves or changes the issues that have it.

These stand at the addresses of the projects app's operations on states and labels, so they join its routers: an address
that two routers know answers for the first of them only.
"""

from ninja import Query
from pydantic import Field

from accounts.enums import Scope
from config.api.operations import ApiRequest
from config.api.shapes import In, Out
from issues.api.names import state_named
from issues.occupancy import label_load, state_load
from issues.services.columns import remove_label, remove_state
from projects.access import get_label_or_404, get_project_or_404, get_state_or_404
from projects.api import labels as of_labels
from projects.api import workflow as of_workflow
from projects.permissions import Perm

labels, workflow = of_labels.routes, of_workflow.routes
LABEL, STATE = of_labels.ONE, of_workflow.STATE


class LoadOut(Out):
    """How many issues have it: those alive, and those in the trash."""

    live: int
    deleted: int


class RemovedOut(Out):
    """How many issues were moved, or lost the label; those in the trash are counted."""

    issues: int


class TargetAsked(In):
    """Where the issues go."""

    to: str = Field("", max_length=48, description="The slug of another state. Not needed where the state is empty.")


@workflow.get(f"{STATE}/issues", scope=Scope.PROJECTS_READ, answer=LoadOut, errors=(404,))
def count_issues_in_state(request: ApiRequest, key: str, slug: str) -> LoadOut:
    """Count the issues that would go elsewhere with a state.

    For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    load = state_load(get_state_or_404(project, slug))
    return LoadOut(live=load.live, deleted=load.deleted)


@workflow.delete(STATE, scope=Scope.PROJECTS_WRITE, answer=RemovedOut, errors=(404, 409, 422))
def remove_a_state(request: ApiRequest, key: str, slug: str, asked: Query[TargetAsked]) -> RemovedOut:
    """Take a state out of a workflow.

    Its issues, also those in the trash, go to the state `to`, with no step needed. 409 where issues arrived meanwhile.
    For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_WORKFLOW)
    state = get_state_or_404(project, slug)
    target = state_named(project, asked.to, "to") if asked.to else None
    return RemovedOut(issues=remove_state(actor=request.user, state=state, to=target))


@labels.get(f"{LABEL}/issues", scope=Scope.PROJECTS_READ, answer=LoadOut, errors=(404,))
def count_issues_with_label(request: ApiRequest, key: str, label_id: int) -> LoadOut:
    """Count the issues that carry a label.

    For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_LABELS)
    load = label_load(get_label_or_404(project, label_id))
    return LoadOut(live=load.live, deleted=load.deleted)


@labels.delete(LABEL, scope=Scope.PROJECTS_WRITE, answer=RemovedOut, errors=(404,))
def remove_a_label(request: ApiRequest, key: str, label_id: int) -> RemovedOut:
    """Take a label off all its issues and out of use.

    For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_LABELS)
    return RemovedOut(issues=remove_label(actor=request.user, label=get_label_or_404(project, label_id)))
