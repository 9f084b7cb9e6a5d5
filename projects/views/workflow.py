"""A project's workflow: its states, and what the steps between them need.

Removing a state moves its issues, so that view stands in issues/views/columns.py.
"""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from config.http import fragment_or_redirect
from projects.access import access_to, get_project_or_404, get_state_or_404, reason_against
from projects.flowchart import chart_of
from projects.forms import ShiftForm, StateForm, StepForm
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project, State
from projects.permissions import Perm
from projects.queries import step_between
from projects.services.workflow import change_state, create_state, order_states, remove_transition, set_transition
from projects.workflow import workflow_of

TEMPLATE = "projects/workflow.html"


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def workflow_settings(request: MemberRequest, key: str) -> HttpResponse:
    """Show the workflow to everyone who may read the project; leads add states."""
    if request.method != "POST":
        return _page(request, open_project(request, key))
    project = open_project(request, key, Perm.MANAGE_WORKFLOW)
    form = StateForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form=form, status=422)
    try:
        create_state(actor=request.user, project=project, values=form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, project, form=form, status=error.status)
    return _changed(request, project)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def state_change(request: MemberRequest, key: str, slug: str) -> HttpResponse:
    """Change a state: its name, category, colour and limit."""
    project = open_project(request, key, Perm.MANAGE_WORKFLOW)
    state = get_state_or_404(project, slug)
    if request.method != "POST":
        return _page(request, project, state=state, state_form=StateForm.of(state))
    form = StateForm(request.POST, auto_id=StateForm.EDIT_ID)
    if not form.is_valid():
        return _page(request, project, state=state, state_form=form, status=422)
    try:
        change_state(actor=request.user, state=state, changes=form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, project, state=state, state_form=form, status=error.status)
    return _changed(request, project)


@require_POST
@project_page("settings")
def state_shift(request: MemberRequest, key: str, slug: str) -> HttpResponse:
    """Put a state one place up or down in the order of the columns."""
    project = open_project(request, key, Perm.MANAGE_WORKFLOW)
    state = get_state_or_404(project, slug)
    form = ShiftForm(request.POST)
    if not form.is_valid():
        return _page(request, project, refusal=_("Say whether it goes up or down."), status=422)
    slugs = [each.slug for each in workflow_of(project).states]
    place = slugs.index(state.slug)
    there = place - 1 if form.cleaned_data["direction"] == "up" else place + 1
    if 0 <= there < len(slugs):
        slugs[place], slugs[there] = slugs[there], slugs[place]
        order_states(actor=request.user, project=project, slugs=slugs)
    return _changed(request, project)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def step_change(request: MemberRequest, key: str, here: str, there: str) -> HttpResponse:
    """Allow a step between two states, or change who may take it and what it needs."""
    project = open_project(request, key, Perm.MANAGE_WORKFLOW)
    ends = _ends(project, here, there)
    step = step_between(*ends)
    if request.method != "POST":
        return _page(request, project, ends=ends, step=step, step_form=StepForm.of(step))
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, project, ends=ends, step=step, step_form=form, status=422)
    set_transition(actor=request.user, from_state=ends[0], to_state=ends[1], needs=form.cleaned_data)
    return _changed(request, project)


@require_POST
@project_page("settings")
def step_remove(request: MemberRequest, key: str, here: str, there: str) -> HttpResponse:
    """Forbid a step; what is forbidden already stays so."""
    project = open_project(request, key, Perm.MANAGE_WORKFLOW)
    ends = _ends(project, here, there)
    if step := step_between(*ends):
        remove_transition(actor=request.user, step=step)
    return _changed(request, project)


def _ends(project: Project, here: str, there: str) -> tuple[State, State]:
    if here == there:
        raise Http404("no step leads to where it begins")
    return get_state_or_404(project, here), get_state_or_404(project, there)


def _changed(request: MemberRequest, project: Project) -> HttpResponse:
    """Answer the page with the workflow as it is now."""
    fresh = get_project_or_404(request.user, project.key)
    return _page(request, fresh, to=f"{fresh.url}settings/workflow/")


def _page(
    request: MemberRequest, project: Project, *, status: int = 200, to: str | None = None, **changes: Any
) -> HttpResponse:
    workflow = workflow_of(project)
    context = {
        "project": project,
        "workflow": workflow,
        "chart": chart_of(workflow),
        "reason": reason_against(project, access_to(project, request.user), Perm.MANAGE_WORKFLOW),
        "form": StateForm(),
        "state": None,
        "ends": None,
        "step": None,
        "refusal": "",
    }
    return fragment_or_redirect(request, TEMPLATE, "body", context | changes, status=status, to=to)
