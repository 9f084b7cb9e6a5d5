"""Every team, for administrators."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_deleted_team_or_404
from accounts.administrators import administrators_only
from accounts.queries.instance import PAGE, owners_of, teams_of_instance
from accounts.services.teams import restore_team
from config.errors import DomainError
from config.http import AuthedRequest, page_or_fragment


@require_safe
@administrators_only
def teams(request: AuthedRequest) -> HttpResponse:
    """List teams, live or deleted ones; people's own only where they are asked for."""
    text = request.GET.get("q", "").strip()[:100]
    state = "deleted" if request.GET.get("state") == "deleted" else ""
    personal = request.GET.get("personal") == "1"
    found = teams_of_instance(text=text, state=state, personal=personal)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    owners = owners_of(page.object_list)
    context = {"page": page, "owners": owners, "text": text, "state": state, "personal": personal}
    return page_or_fragment(request, "instance/teams.html", "found", context)


@require_POST
@administrators_only
def team_restore(request: AuthedRequest, team_id: int) -> HttpResponse:
    """Bring a deleted team back with its projects."""
    team = get_deleted_team_or_404(request.user, team_id)
    try:
        restore_team(actor=request.user, team=team)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%s is back, with its projects.") % team.name)
    return redirect("accounts:instance-teams")
