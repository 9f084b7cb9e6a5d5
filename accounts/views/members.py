"""Who is in a team: found, sorted, given other roles, removed."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TeamAccess, get_team_member_or_404, get_team_or_404
from accounts.enums import TeamRole
from accounts.forms.teams import TeamRoleForm
from accounts.models import Team
from accounts.queries.teams import MEMBERS_PAGE, SORTS, members_of
from accounts.services.teams import change_team_role, remove_team_member
from accounts.teamroles import roles_to_give
from config.errors import DomainError
from config.http import AuthedRequest, fragment_or_redirect, go, page_or_fragment

TEMPLATE = "teams/members.html"


@require_safe
def member_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """List who is in a team, narrowed by words of the name."""
    team, access = get_team_or_404(request.user, pk)
    return page_or_fragment(request, TEMPLATE, "found", _context(request, team, access))


@require_POST
def member_change(request: AuthedRequest, pk: int, username: str) -> HttpResponse:
    """Give somebody in the team another role."""
    team, access = get_team_or_404(request.user, pk)
    person = get_team_member_or_404(team, access, username).person
    form = TeamRoleForm(request.POST)
    if not form.is_valid():
        return _page(request, team, access, refusal=_("Choose one of the roles."), status=422)
    try:
        change_team_role(actor=request.user, team=team, person=person, role=TeamRole(form.cleaned_data["role"]))
    except DomainError as error:
        return _page(request, team, access, refusal=str(error), status=error.status)
    if person == request.user:
        return go(request, team.url)
    return _page(request, team, access, to=team.url)


@require_POST
def member_remove(request: AuthedRequest, pk: int, username: str) -> HttpResponse:
    """Remove somebody from the team and its projects."""
    team, access = get_team_or_404(request.user, pk)
    person = get_team_member_or_404(team, access, username).person
    try:
        remove_team_member(actor=request.user, team=team, person=person)
    except DomainError as error:
        return _page(request, team, access, refusal=str(error), status=error.status)
    if person == request.user:
        return go(request, "/teams/")
    return _page(request, team, access, to=team.url)


def _page(
    request: AuthedRequest,
    team: Team,
    access: TeamAccess,
    *,
    refusal: str = "",
    status: int = 200,
    to: str | None = None,
) -> HttpResponse:
    context = _context(request, team, access) | {"refusal": refusal}
    return fragment_or_redirect(request, TEMPLATE, "body", context, status=status, to=to)


def _context(request: AuthedRequest, team: Team, access: TeamAccess) -> dict[str, Any]:
    text = request.GET.get("q", "").strip()[:100]
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "role"
    places = members_of(team, access, request.user, text=text, sort=sort)
    return {
        "team": team,
        "access": access,
        "page": Paginator(places, MEMBERS_PAGE).get_page(request.GET.get("page")),
        "roles": roles_to_give(access.acts_as),
        "text": text,
        "sort": sort,
        "refusal": "",
    }
