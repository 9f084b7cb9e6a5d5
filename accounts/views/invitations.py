"""Inviting people to a team, its join link, and what they meet who follow either."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import get_invitation_or_404, get_team_by_code_or_404, get_team_or_404, require
from accounts.adapter import INVITATION
from accounts.addresses import masked
from accounts.enums import TeamRole
from accounts.forms.teams import InviteForm, LinkForm
from accounts.models import Team
from accounts.queries.invitations import invitations_of, open_invitation_of
from accounts.services.invitations import (
    Line,
    Verdict,
    accept_invitation,
    invite_people,
    is_theirs,
    preview_invitations,
    resend_invitation,
    revoke_invitation,
)
from accounts.services.teams import join_by_link, set_join_link
from accounts.teamroles import TeamAct
from config.errors import DomainError
from config.http import AuthedRequest, HtmxRequest, fragment_or_redirect, go, told_when

TEMPLATE = "teams/invitations.html"


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """Show the open invitations and the join link; invite people in two steps: what would come of it, then for good."""
    team, _access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.INVITE)
    if request.method != "POST":
        return _page(request, team)
    form = InviteForm(request.POST)
    if not form.is_valid() or form.cleaned_data["step"] == "edit":
        return _page(request, team, form=form, status=200 if form.is_valid() else 422)
    emails, role = form.cleaned_data["emails"], TeamRole(form.cleaned_data["role"])
    try:
        if form.cleaned_data["step"] == "preview":
            lines = preview_invitations(actor=request.user, team=team, emails=emails)
            return _page(request, team, form=form, lines=lines)
        done = invite_people(actor=request.user, team=team, emails=emails, role=role)
    except DomainError as error:
        if "retry_after" in error.context and request.htmx:
            raise
        form.add_error("emails", str(error))
        return told_when(_page(request, team, form=form, status=error.status), error)
    _say(request, done.lines)
    return go(request, _address(team))


@require_POST
def invitation_resend(request: AuthedRequest, pk: int, invitation: int) -> HttpResponse:
    """Mail an invitation again, with a new link; the one before ends."""
    team, _access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.INVITE)
    resend_invitation(actor=request.user, invitation=get_invitation_or_404(team, invitation))
    messages.success(request, _("It is on its way again, with a new link; the one before opens nothing any more."))
    return go(request, _address(team))


@require_POST
def invitation_revoke(request: AuthedRequest, pk: int, invitation: int) -> HttpResponse:
    """Take an invitation back."""
    team, _access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.INVITE)
    revoke_invitation(actor=request.user, invitation=get_invitation_or_404(team, invitation))
    messages.success(request, _("The invitation is taken back; its link opens nothing any more."))
    return go(request, _address(team))


@require_POST
def link_set(request: AuthedRequest, pk: int) -> HttpResponse:
    """Switch the join link on, with a new code each time, or off."""
    team, _access = get_team_or_404(request.user, pk)
    require(team, request.user, TeamAct.LINK)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, team, status=422)
    team = set_join_link(actor=request.user, team=team, is_on=form.cleaned_data["link"] == "on")
    messages.success(request, _("The new link is on.") if team.join_code else _("The link is off."))
    return go(request, _address(team))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HtmxRequest, token: str) -> HttpResponse:
    """Tell the holder of the token what they are invited to. They accept, or go to log in or to register with it."""
    invitation, person = open_invitation_of(token), request.user
    if invitation is None:
        return render(request, "teams/invitation_over.html", status=404)
    theirs = person.is_authenticated and is_theirs(invitation, person)
    if request.method == "POST" and not person.is_authenticated:
        # Kept where the pages of the door look for it; not in the address of theirs.
        request.session[INVITATION] = token
        query = urlencode({"next": f"/invitations/{token}/"})
        return redirect("account_signup" if "register" in request.POST else f"/accounts/login/?{query}")
    if request.method == "POST" and person.is_authenticated:
        membership = accept_invitation(actor=person, token=token)
        request.session.pop(INVITATION, None)
        words = {"team": invitation.team.name, "role": str(membership.get_role_display()).lower()}
        messages.success(request, _("You are in %(team)s as %(role)s. Its projects stand in the menu.") % words)
        return redirect(invitation.team.url)
    context = {"invitation": invitation, "theirs": theirs, "masked": masked(invitation.email), "token": token}
    return render(request, "teams/invitation.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_page(request: HtmxRequest, code: str) -> HttpResponse:
    """Tell the holder of a join link which team it is for, and let them in."""
    team, person = get_team_by_code_or_404(code), request.user
    if request.method == "POST" and person.is_authenticated:
        membership = join_by_link(actor=person, code=code)
        words = {"team": team.name, "role": str(membership.get_role_display()).lower()}
        messages.success(request, _("You are in %(team)s as %(role)s. Its projects stand in the menu.") % words)
        return redirect(team.url)
    if request.method == "POST":
        return redirect(f"/accounts/login/?{urlencode({'next': request.path})}")
    return render(request, "teams/join.html", {"team": team})


def _address(team: Team) -> str:
    return f"{team.url}invitations/"


def _say(request: AuthedRequest, lines: Sequence[Line]) -> None:
    made = sum(line.verdict == Verdict.NEW for line in lines)
    words = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", made)
    messages.success(request, words % {"count": made})
    if late := [line.address for line in lines if line.verdict == Verdict.LIMIT]:
        said = _("These were too many at once; invite them later: %s") % ", ".join(late)
        messages.warning(request, said)


def _page(request: AuthedRequest, team: Team, *, status: int = 200, **changes: Any) -> HttpResponse:
    context = {
        "team": team,
        "access": get_team_or_404(request.user, team.pk)[1],
        "invitations": invitations_of(team),
        "link": f"{settings.SITE_URL.rstrip('/')}/join/{team.join_code}/" if team.join_code else "",
        "can_mail": settings.CAN_MAIL,
        "days": settings.INVITATION_DAYS,
        "form": InviteForm(),
        "lines": None,
    }
    return fragment_or_redirect(request, TEMPLATE, "body", context | changes, status=status)
