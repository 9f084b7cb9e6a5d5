"""Teams: mine, a new one, and what their owners and admins decide about one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TeamAccess, get_deleted_team_or_404, get_team_or_404, people_as, refusal, require
from accounts.forms.teams import DeleteTeamForm, TeamForm, TransferForm
from accounts.models import Team
from accounts.queries.teams import deleted_teams, events_page, heirs_of, teams_with_roles
from accounts.services.teams import create_team, delete_team, leave_team, rename_team, restore_team, transfer_team
from accounts.teamroles import OWNERS, TeamAct
from config.errors import DomainError
from config.http import AuthedRequest, fragment_or_redirect, go
from notifications.hooks import lent

SETTINGS = "teams/settings.html"


@require_http_methods(["GET", "HEAD", "POST"])
def team_list(request: AuthedRequest) -> HttpResponse:
    """List my teams and those that I may bring back; create one."""
    form = TeamForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        team = create_team(actor=request.user, name=form.cleaned_data["name"])
        messages.success(request, _("%s is there. Invite the people who work with you.") % team.name)
        return redirect("accounts:team-invitations", team.pk)
    context = {
        "places": teams_with_roles(request.user),
        "deleted": deleted_teams(request.user),
        "grace": settings.TEAM_GRACE_DAYS,
        "form": form,
    }
    return render(request, "teams/list.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def team_settings(request: AuthedRequest, pk: int) -> HttpResponse:
    """Show what can be decided about a team to everyone in it; rename it."""
    team, access = get_team_or_404(request.user, pk)
    if request.method != "POST":
        return _settings(request, team, access)
    require(team, request.user, TeamAct.RENAME)
    form = TeamForm(request.POST)
    if not form.is_valid():
        return _settings(request, team, access, form=form, status=422)
    rename_team(actor=request.user, team=team, name=form.cleaned_data["name"])
    messages.success(request, _("The name is saved."))
    return go(request, f"{team.url}settings/")


@require_POST
def team_leave(request: AuthedRequest, pk: int) -> HttpResponse:
    """Leave a team and its projects; its last owner cannot."""
    team, access = get_team_or_404(request.user, pk)
    try:
        leave_team(actor=request.user, team=team)
    except DomainError as error:
        return _settings(request, team, access, refusal=str(error), status=error.status)
    messages.success(request, _("You have left %s.") % team.name)
    return go(request, "/teams/")


@require_POST
def team_transfer(request: AuthedRequest, pk: int) -> HttpResponse:
    """Hand a team over to somebody else in it."""
    team, access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.TRANSFER)
    form = TransferForm(request.POST, heirs=heirs_of(team, request.user))
    if not form.is_valid():
        return _settings(request, team, access, transfer_form=form, status=422)
    person = form.cleaned_data["person"]
    try:
        transfer_team(actor=request.user, team=team, person=person)
    except DomainError as error:
        return _settings(request, team, access, refusal=str(error), status=error.status)
    messages.success(request, _("%(person)s owns %(team)s now; you are an admin.") % {"person": person, "team": team})
    return go(request, team.url)


@require_POST
def team_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    """Delete a team; its name, typed again, says that this is meant."""
    team, access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.DELETE)
    form = DeleteTeamForm(request.POST)
    if form.is_valid():
        try:
            delete_team(actor=request.user, team=team, **form.cleaned_data)
        except DomainError as error:
            form.add_error("typed_name", str(error))
    if form.errors:
        return _settings(request, team, access, delete_form=form, status=422)
    words = {"team": team.name, "days": settings.TEAM_GRACE_DAYS}
    messages.success(request, _("%(team)s is deleted. You can restore it for %(days)s days.") % words)
    return go(request, "/teams/")


@require_POST
def team_restore(request: AuthedRequest, pk: int) -> HttpResponse:
    """Bring a deleted team back, with its projects."""
    team = restore_team(actor=request.user, team=get_deleted_team_or_404(request.user, pk))
    messages.success(request, _("%s is back, with its projects.") % team.name)
    return redirect(team.url)


@require_safe
def team_activity(request: AuthedRequest, pk: int) -> HttpResponse:
    """Tell what happened in a team; guests, who do not see who is in it, are not told."""
    team, access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.SEE)
    events, older = events_page(team, request.GET.get("before", ""))
    lines = [lent.describe(event) for event in events]
    return render(request, "teams/activity.html", {"team": team, "access": access, "lines": lines, "older": older})


def _settings(
    request: AuthedRequest, team: Team, access: TeamAccess, *, status: int = 200, **changes: Any
) -> HttpResponse:
    context = {
        "team": team,
        "access": access,
        "reason": "" if access.can(TeamAct.RENAME) else str(refusal(team, access, TeamAct.RENAME)),
        "owners": people_as(team, OWNERS),
        "owns": access.role in OWNERS,
        "may_delete": access.can(TeamAct.DELETE),
        "grace": settings.TEAM_GRACE_DAYS,
        "form": TeamForm(initial={"name": team.name}),
        "transfer_form": TransferForm(heirs=heirs_of(team, request.user)),
        "delete_form": DeleteTeamForm(),
        "refusal": "",
    }
    return fragment_or_redirect(request, SETTINGS, "body", context | changes, status=status)
