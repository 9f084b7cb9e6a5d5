"""Taking a state or a label out of use: what happens to the issues is asked, and said, before."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from config.errors import DomainError
from config.http import fragment_or_redirect, go
from issues.occupancy import label_load, state_load
from issues.services.columns import remove_label, remove_state, unplaced
from projects.access import get_label_or_404, get_state_or_404
from projects.forms import TargetForm
from projects.http import MemberRequest, open_project, project_page
from projects.models import State
from projects.permissions import Perm
from projects.workflow import Workflow, workflow_of


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def state_remove(request: MemberRequest, key: str, slug: str) -> HttpResponse:
    """Ask where the issues of a state go, say how many they are, and remove it."""
    project = open_project(request, key, Perm.MANAGE_WORKFLOW)
    state = get_state_or_404(project, slug)
    load = state_load(state)
    sent = request.POST if request.method == "POST" else None
    others = _others(workflow_of(project), state)
    form = TargetForm(sent, states=others, required=load.total > 0, missing=unplaced(state))
    context: dict[str, Any] = {"project": project, "state": state, "load": load, "form": form}
    if not form.is_valid():
        return _page(request, "issues/state_remove.html", context)
    try:
        moved = remove_state(actor=request.user, state=state, to=form.target())
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, "issues/state_remove.html", context)
    words = ngettext("%(state)s is gone; %(count)d issue moved.", "%(state)s is gone; %(count)d issues moved.", moved)
    messages.success(request, words % {"state": state.name, "count": moved})
    return go(request, f"{project.url}settings/workflow/")


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def label_remove(request: MemberRequest, key: str, pk: int) -> HttpResponse:
    """Say how many issues carry a label, and remove it from all of them."""
    project = open_project(request, key, Perm.MANAGE_LABELS)
    label = get_label_or_404(project, pk)
    if request.method != "POST":
        return _page(
            request, "issues/label_remove.html", {"project": project, "label": label, "load": label_load(label)}
        )
    remove_label(actor=request.user, label=label)
    messages.success(request, _("The label %s is gone.") % label.name)
    return go(request, f"{project.url}settings/labels/")


def _others(workflow: Workflow, state: State) -> list[State]:
    return [other for other in workflow.states if other.pk != state.pk]


def _page(request: MemberRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Answer the question; 422 where the form was refused."""
    is_refused = "form" in context and context["form"].is_bound
    return fragment_or_redirect(request, template, "body", context, status=422 if is_refused else 200)
