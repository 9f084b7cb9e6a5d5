"""A project's labels. Removing one takes it off its issues, so that view stands in issues/views/columns.py."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.enums import Hue
from config.errors import DomainError
from config.http import fragment_or_redirect
from projects.access import access_to, get_label_or_404, reason_against
from projects.forms import LabelForm
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm
from projects.queries import labels_of
from projects.services.labels import change_label, create_label

TEMPLATE = "projects/labels.html"


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def label_list(request: MemberRequest, key: str) -> HttpResponse:
    """List the labels for everyone who may read the project; leads create them."""
    if request.method != "POST":
        return _page(request, open_project(request, key))
    project = open_project(request, key, Perm.MANAGE_LABELS)
    form = LabelForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form=form, status=422)
    try:
        create_label(
            actor=request.user, project=project, name=form.cleaned_data["name"], hue=Hue(form.cleaned_data["hue"])
        )
    except DomainError as error:
        form.add_error("name", str(error))
        return _page(request, project, form=form, status=error.status)
    return _page(request, project, to=_address(project))


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def label_change(request: MemberRequest, key: str, pk: int) -> HttpResponse:
    """Rename or recolour a label."""
    project = open_project(request, key, Perm.MANAGE_LABELS)
    label = get_label_or_404(project, pk)
    if request.method != "POST":
        return _page(request, project, editing=label, edit_form=LabelForm.of(label))
    form = LabelForm(request.POST, auto_id=LabelForm.EDIT_ID)
    if not form.is_valid():
        return _page(request, project, editing=label, edit_form=form, status=422)
    try:
        change_label(actor=request.user, label=label, name=form.cleaned_data["name"], hue=Hue(form.cleaned_data["hue"]))
    except DomainError as error:
        form.add_error("name", str(error))
        return _page(request, project, editing=label, edit_form=form, status=error.status)
    return _page(request, project, to=_address(project))


def _address(project: Project) -> str:
    return f"{project.url}settings/labels/"


def _page(
    request: MemberRequest, project: Project, *, status: int = 200, to: str | None = None, **changes: Any
) -> HttpResponse:
    context = {
        "project": project,
        "labels": labels_of(project),
        "reason": reason_against(project, access_to(project, request.user), Perm.MANAGE_LABELS),
        "form": LabelForm(),
        "editing": None,
        "edit_form": None,
    }
    return fragment_or_redirect(request, TEMPLATE, "body", context | changes, status=status, to=to)
