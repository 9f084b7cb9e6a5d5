"""The person's own log-ins: which there are, and ending them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.queries.sessions import open_sessions
from accounts.services import sessions
from config.http import AuthedRequest


@require_safe
def session_list(request: AuthedRequest) -> HttpResponse:
    """Show where the person is logged in."""
    found = open_sessions(request.user, request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": found})


@require_POST
def session_end(request: AuthedRequest, session_id: int) -> HttpResponse:
    """End one log-in; that of this very page logs out."""
    if not sessions.end_session(actor=request.user, session_id=session_id):
        raise Http404
    messages.success(request, _("That session has ended. Its open pages close within two seconds."))
    return redirect("accounts:session-list")


@require_POST
def session_end_others(request: AuthedRequest) -> HttpResponse:
    """End all log-ins but this one."""
    ended = sessions.end_others(actor=request.user, session_key=request.session.session_key or "")
    said = ngettext("%(num)d other session has ended.", "%(num)d other sessions have ended.", ended) % {"num": ended}
    messages.success(request, said if ended else _("There was no other session."))
    return redirect("accounts:session-list")
