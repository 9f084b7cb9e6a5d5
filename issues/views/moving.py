"""Moving a card: by hand, by key, from the menu, or from a plain form."""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from config.http import HtmxRequest, page_or_fragment, render_fragment, safe_next
from issues.filters import Filter
from issues.forms.moving import MoveForm
from issues.http import open_issue
from issues.models import Issue
from issues.queries import neighbours, occupancies, workloads
from issues.refusals import explain
from issues.services.moving import MoveRefused, move_issue, moves_for
from issues.views.board import placed_response
from projects.access import access_to
from projects.http import MemberRequest, ProjectRequest, project_page
from projects.permissions import Perm
from projects.workflow import workflow_of


@require_POST
@project_page("board")
def issue_move(request: MemberRequest, key: str, number: int) -> HttpResponse:
    """Move an issue. A refusal says what is missing and offers to fill it in (422, or 403 for want of a right)."""
    issue = open_issue(request, key, number)
    form = MoveForm(request.POST, project=issue.project, person=request.user)
    if not form.is_valid():
        raise form.refusal()
    try:
        moved = move_issue(actor=request.user, issue=issue, **form.move())
    except MoveRefused as refused:
        return _refused(request, issue, refused, form)
    return _moved(request, moved, form)


@project_page("board")
@login_not_required
@require_GET
def issue_moves(request: ProjectRequest, key: str, number: int) -> HttpResponse:
    """Show where an issue may go and why not elsewhere: a card's menu, what dims columns in a drag, a plain page."""
    issue = open_issue(request, key, number)
    return page_or_fragment(request, "issues/moves.html", "menu", _moves_context(request, issue))


def _moves_context(request: HtmxRequest, issue: Issue) -> dict[str, object]:
    project, access = issue.project, access_to(issue.project, request.user)
    workflow = workflow_of(project)
    verdicts = moves_for(access, issue, occupancies(project))
    others = [(state, verdicts[state.pk]) for state in workflow.states if state.pk != issue.state_id]
    context: dict[str, object] = {
        "issue": issue,
        "project": project,
        "here": workflow.state(issue.state_id),
        "steps": sorted(others, key=lambda step: step[1] is not None and not step[1].fix),
        "stays": verdicts[issue.state_id],
        "may_edit": access.can(Perm.EDIT_ISSUE),
        "may_assign": access.can(Perm.ASSIGN_ISSUE),
    }
    if not request.htmx:
        context |= {"beside": neighbours(issue, Filter(), None), "refused": None}
    return context


def _moved(request: MemberRequest, issue: Issue, form: MoveForm) -> HttpResponse:
    if not request.htmx:
        return redirect(safe_next(request, f"/{issue.project.key}/#issue-card-{issue.pk}"))
    if form.cleaned_data["view"] == "board":
        return placed_response(request, issue, is_moved=True)
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = json.dumps({"issue-changed": {"key": issue.key}})
    return response


def _refused(request: MemberRequest, issue: Issue, refused: MoveRefused, form: MoveForm) -> HttpResponse:
    context = _moves_context(request, issue) | {
        "refused": refused.refusal,
        "to": refused.to,
        "why": explain(issue, refused.to, refused.refusal),
        "sent": form.sent(),
        "people": workloads(issue.project) if refused.refusal.fix == "assignee" else [],
        "action": request.get_full_path(),
    }
    if not request.htmx:
        return render(request, "issues/moves.html", context, status=refused.status)
    response = render_fragment(request, "issues/moves.html", "refusal", context, status=refused.status)
    response.headers["HX-Retarget"] = "#dialogs" if refused.refusal.fix == "resolution" else "#toasts"
    response.headers["HX-Reswap"] = "beforeend"
    return response
