"""What reaches a person, by which way and when."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from config.http import AuthedRequest, page_or_fragment
from notifications import hooks
from notifications.drafts import KINDS, Draft
from notifications.enums import FollowLevel
from notifications.preferences import set_mail_settings, set_preferences
from notifications.watching import set_following

TEMPLATE = "notifications/preferences.html"


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: AuthedRequest) -> HttpResponse:
    """Show and save the choices for everywhere, or for the project that the address names."""
    draft = _draft(request, request.POST if request.method == "POST" else None)
    if draft.sent is not None and _saved(draft):
        messages.success(request, _("Saved. It holds from the next thing that happens."))
        return redirect(_address(draft))
    return render(request, TEMPLATE, _context(request, draft), status=200 if draft.sent is None else 422)


@require_POST
def preferences_preview(request: AuthedRequest) -> HttpResponse:
    """Say how many mails the choices of the form would have meant; nothing is saved."""
    draft = _draft(request, request.POST)
    return page_or_fragment(request, TEMPLATE, "preview", _context(request, draft))


@require_POST
def preferences_reset(request: AuthedRequest) -> HttpResponse:
    """Forget the choices for a project, so that those for everywhere hold; or these, so that the product's own do."""
    draft = _draft(request, None)
    set_preferences(actor=request.user, project=draft.project, ways=dict.fromkeys(KINDS))
    if draft.project:
        set_following(actor=request.user, project=draft.project, level=FollowLevel.PARTICIPATING)
    messages.success(request, _("Reset. Nothing is chosen here any more."))
    return redirect(_address(draft))


def _draft(request: AuthedRequest, sent: QueryDict | None) -> Draft:
    """Return the draft of a form, or of what is stored; Http404 for a project that the person may not read."""
    key = request.POST.get("project") or request.GET.get("project", "")
    return Draft(request.user, hooks.lent.project(request.user, key) if key else None, sent)


def _saved(draft: Draft) -> bool:
    """Save a form that makes sense; where it does not, its errors are noted in it."""
    if draft.project is not None:
        set_preferences(actor=draft.person, project=draft.project, ways=draft.ways)
        set_following(actor=draft.person, project=draft.project, level=FollowLevel(draft.level))
        return True
    if not draft.form.is_valid():
        return False
    try:
        set_mail_settings(actor=draft.person, **draft.form.cleaned_data)
    except DomainError as error:
        draft.form.add_error(None, str(error))
        return False
    set_preferences(actor=draft.person, project=None, ways=draft.ways)
    return True


def _address(draft: Draft) -> str:
    return f"/me/notifications/?project={draft.project.key}" if draft.project else "/me/notifications/"


def _context(request: AuthedRequest, draft: Draft) -> dict[str, Any]:
    return {"draft": draft, "levels": FollowLevel, "focus": request.GET.get("kind", "")}
