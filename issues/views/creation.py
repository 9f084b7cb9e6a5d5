"""Creating issues: the full form, and a column's quick add."""

import json

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.limits import ISSUE, TooMany, spend, who_of
from config.errors import DomainError
from config.http import told_when
from issues.filters import Filter
from issues.forms.creation import IssueForm
from issues.models import Issue
from issues.queries import place_of
from issues.services.creation import create_issue
from issues.views.board import board_context, filter_of, where
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("board")
def issue_create(request: MemberRequest, key: str) -> HttpResponse:
    """Show the form of a new issue, or create it; `quick` marks a column's quick add, which gets the card.

    Beyond the limit a plain form comes back with all that was typed; a script still has its own.
    """
    project = open_project(request, key, Perm.CREATE_ISSUE)
    if request.method != "POST":
        initial = {name: request.GET[name] for name in ("title", "state") if name in request.GET}
        return _form_page(request, project, IssueForm(project=project, initial=initial))
    form = IssueForm(request.POST, project=project)
    if form.is_valid():
        try:
            spend(ISSUE, who_of(request))
            issue = create_issue(actor=request.user, project=project, **form.issue())
        except TooMany as error:
            if request.htmx:
                raise
            form.add_error(None, str(error))
            return told_when(_form_page(request, project, form, status=error.status), error)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _created(request, issue)
    if request.htmx:
        raise DomainError(str(next(iter(form.errors.values()))[0]), code="invalid")
    return _form_page(request, project, form, status=422)


def _form_page(request: MemberRequest, project: Project, form: IssueForm, *, status: int = 200) -> HttpResponse:
    context = {"project": project, "form": form, "quick": "quick" in request.POST}
    return render(request, "issues/new.html", context, status=status)


def _created(request: MemberRequest, issue: Issue) -> HttpResponse:
    if not request.htmx:
        if "another" in request.POST:
            return redirect(f"/{issue.project.key}/issues/new/?state={issue.state.slug}")
        return redirect(f"/{issue.project.key}/#issue-card-{issue.pk}" if "quick" in request.POST else f"/{issue.key}/")
    wanted = filter_of(request, issue.project)
    shown = place_of(issue, Filter(), request.user.pk)
    context = {"placed": shown} | board_context(request, issue.project, wanted)
    response = render(request, "issues/_created.html", context)
    words = _("%(key)s created in %(state)s") % {"key": issue.key, "state": issue.state.name}
    event = {"issue-placed": where(issue, shown) | {"words": words}}
    response.headers["HX-Trigger-After-Swap"] = json.dumps(event)
    return response
