"""The board: the page, further cards of a column, one card afresh, and whether anything changed."""

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from config.http import page_or_fragment, render_fragment
from issues.asks import asks_of
from issues.cards import card_html
from issues.filters import Filter, parse_filter, words_of
from issues.http import open_issue
from issues.models import Issue
from issues.queries import Placed, board_of, column_of, place_of
from notifications.queries import head_of
from projects.access import access_to
from projects.events import project_stream
from projects.http import ProjectRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm
from projects.workflow import workflow_of


@project_page("board")
@login_not_required
@require_GET
def board_page(request: ProjectRequest, key: str) -> HttpResponse:
    """Show the board; a script gets the filter bar and the columns alone."""
    project = open_project(request, key)
    wanted = parse_filter(words_of(request.GET), project, request.user.pk)
    board = board_of(project, wanted, request.user.pk)
    context = {"board": board, "asks": asks_of(project)} | board_context(request, project, wanted)
    return page_or_fragment(request, "issues/board.html", "fragment", context)


@project_page("board")
@login_not_required
@require_GET
def board_column(request: ProjectRequest, key: str, slug: str) -> HttpResponse:
    """Return one page of one column's cards, with the link to the next one."""
    project = open_project(request, key)
    state = workflow_of(project).by_slug(slug)
    page = request.GET.get("page", "1")
    if state is None or not page.isdecimal() or len(page) > 4:  # noqa: PLR2004 (beyond any board)
        raise Http404("no such column")
    wanted = parse_filter(words_of(request.GET), project, request.user.pk)
    column = column_of(project, state, wanted, request.user.pk, max(1, int(page)))
    context = {"column": column} | board_context(request, project, wanted)
    return render_fragment(request, "issues/board.html", "cards", context)


@project_page("board")
@login_not_required
@require_GET
def board_changes(request: ProjectRequest, key: str) -> HttpResponse:
    """Say whether the project has events that a board drawn at `after` does not show."""
    project = open_project(request, key)
    seq = head_of(project_stream(project.pk))
    return JsonResponse({"seq": seq, "changed": str(seq) != request.GET.get("after", "")})


@project_page("board")
@login_not_required
@require_GET
def issue_card(request: ProjectRequest, key: str, number: int) -> HttpResponse:
    """Return one card and the columns' heads afresh, with where the card stands."""
    issue = open_issue(request, key, number)
    return placed_response(request, issue)


def board_context(request: HttpRequest, project: Project, wanted: Filter) -> dict[str, Any]:
    """Return what board and list need of project, filter, and what the person may do."""
    access = access_to(project, request.user)
    return {
        "project": project,
        "base": f"/{project.key}/",
        "wanted": wanted,
        "access": access,
        "may_create": access.can(Perm.CREATE_ISSUE),
        "may_move": access.can(Perm.MOVE_ISSUE),
        "may_manage": access.can(Perm.MANAGE_WORKFLOW),
        "card_html": card_html,
    }


def placed_response(request: HttpRequest, issue: Issue, *, is_moved: bool = False) -> HttpResponse:
    """Answer with a card and the columns' heads, each taking its old self's place, and tell the page where it stands.

    Where the card was moved, the page is told the words for those who cannot see it. The filter is the one in the
    request's address.
    """
    project = issue.project
    wanted = filter_of(request, project)
    placed = place_of(issue, wanted, request.user.pk)
    context = {"placed": placed} | board_context(request, project, wanted)
    response = render(request, "issues/_placed.html", context)
    events: dict[str, Any] = {"issue-placed": where(issue, placed) | {"words": ""}}
    if is_moved:
        events["issue-placed"]["words"] = words_for(issue, placed)
        events["issue-changed"] = {"key": issue.key, "placed": True}
    response.headers["HX-Trigger-After-Swap"] = json.dumps(events)
    return response


def words_for(issue: Issue, placed: Placed) -> str:
    """Say where a card has come to stand."""
    if placed.card is None:
        return _("%s moved; the filter hides it now.") % issue.key
    return _("%(key)s moved to %(state)s, %(position)d of %(total)d") % {
        "key": issue.key,
        "state": placed.card.state.name,
        "position": placed.position,
        "total": placed.total,
    }


def where(issue: Issue, placed: Placed) -> dict[str, Any]:
    """Return where a card stands, for the script that puts it there."""
    state = placed.card.state.slug if placed.card else None
    return {"key": issue.key, "state": state, "after": placed.after, "seq": placed.seq}


def filter_of(request: HttpRequest, project: Project) -> Filter:
    """Return the filter in the address; without a query the empty one, which costs no statement."""
    return parse_filter(words_of(request.GET), project, request.user.pk) if request.GET else Filter()
