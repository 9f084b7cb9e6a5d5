"""The inbox: what there is, one thing of it, and what a person does with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from config.errors import DomainError
from config.http import AuthedRequest, render_fragment
from config.jinja import zulu
from notifications import inbox as services
from notifications.listing import Inbox
from notifications.opened import get_thing_or_404, get_watched_or_404, open_thing
from notifications.queries import unread_count
from notifications.reading import moment_in
from notifications.snoozing import moment_of, waits
from notifications.things import Seen, Tab, Thing
from notifications.watching import set_watching

TEMPLATE = "notifications/inbox.html"
BLOCKS = {"things": "things", "opened": "opened"}
WATCHING = {"on": True, "muted": False, "off": None}


@require_safe
def inbox(request: AuthedRequest) -> HttpResponse:
    """Show a tab of the inbox, and one thing of it opened. Opening marks nothing as read; the page asks for that."""
    shown = _place(request, request.GET)
    if request.htmx and not request.htmx.history_restore_request:
        response = _fragment(request, shown)
    else:
        response = render(request, TEMPLATE, _context(shown))
    response.headers["Vary"] = "HX-Request, HX-Target"
    return response


@require_POST
def inbox_read(request: AuthedRequest) -> HttpResponse:
    """Mark a thing as read."""
    return _act(request, lambda thing: services.mark_read(actor=request.user, thing=thing, upto=_upto(request)))


@require_POST
def inbox_unread(request: AuthedRequest) -> HttpResponse:
    """Mark a thing as unread."""
    return _act(request, lambda thing: services.mark_unread(actor=request.user, thing=thing))


@require_POST
def inbox_read_all(request: AuthedRequest) -> HttpResponse:
    """Mark everything as read that stood there when the page was made."""
    services.mark_all_read(actor=request.user, upto=_upto(request))
    return _answer(request)


@require_POST
def inbox_done(request: AuthedRequest) -> HttpResponse:
    """Move a thing out of the inbox, and offer to bring it back."""

    def act(thing: Thing) -> str:
        moment = services.mark_done(actor=request.user, thing=thing, upto=_upto(request))
        return "/inbox/undone/?" + urlencode({"thing": str(thing), "at": zulu(moment)}) if moment else ""

    return _act(request, act, _("Done. It is out of your inbox."))


@require_POST
def inbox_undone(request: AuthedRequest) -> HttpResponse:
    """Bring a thing back that was moved out, or just what was moved out at one moment."""
    moment = moment_in(request.GET.get("at", ""))
    return _act(request, lambda thing: services.mark_undone(actor=request.user, thing=thing, moment=moment))


@require_POST
def inbox_later(request: AuthedRequest) -> HttpResponse:
    """Put a thing away for later, or bring it back at once."""
    wanted = _said(request, "until")
    if wanted == "now":
        return _act(request, lambda thing: services.wake(actor=request.user, thing=thing))
    until = moment_of(wanted)

    def act(thing: Thing) -> str:
        if until is None:
            raise DomainError(_("Choose one of the times of the menu; one of them may be over."), code="past")
        done = services.snooze(actor=request.user, thing=thing, until=until, upto=_upto(request))
        return "/inbox/later/?" + urlencode({"thing": str(thing), "until": "now"}) if done else ""

    return _act(request, act, _("Put away. It comes back as unread."))


@require_POST
def inbox_watch(request: AuthedRequest) -> HttpResponse:
    """Watch the issue of a thing, mute it, or do neither: then one is told where it concerns one."""
    if "thing" in request.POST:
        issue = get_watched_or_404(request.user, request.POST["thing"])
        choice = request.POST.get("watching", "")
        if choice in WATCHING:
            set_watching(actor=request.user, issue=issue, watching=WATCHING[choice])
    return _answer(request)


def _act(request: AuthedRequest, act: Callable[[Thing], Any], words: str = "") -> HttpResponse:
    """Do something to the thing that the form names, if any; `act` may return the address that undoes it."""
    named = _said(request, "thing")
    done = act(get_thing_or_404(request.user, named)) if named else None
    return _answer(request, words, done if isinstance(done, str) else "")


def _answer(request: AuthedRequest, words: str = "", undo: str = "") -> HttpResponse:
    """Answer a change: the changed part of the page for HTMX, with what undoes it; otherwise back to the list."""
    shown = _place(request, request.POST)
    if request.htmx:
        response = _fragment(request, shown, words=words, undo=undo)
        return trigger_client_event(response, "live-inbox", {"unread": unread_count(request.user.pk)})
    if undo:
        messages.success(request, words, extra_tags=f"undo:{undo}")
    return redirect(shown.address())


def _said(request: AuthedRequest, name: str) -> str:
    """Return a value of the form, or of its address: what takes a change back is an address alone."""
    return request.POST.get(name) or request.GET.get(name, "")


def _place(request: AuthedRequest, sent: QueryDict) -> Inbox:
    wanted, number = sent.get("tab", ""), sent.get("page", "")
    tab = Tab(wanted) if wanted in set(Tab) else Tab.ALL
    thing = Thing.read(sent.get("open", ""))
    return Inbox(request.user, tab, number, open_thing(request.user, thing, tab) if thing else None)


def _fragment(request: AuthedRequest, shown: Inbox, **more: str) -> HttpResponse:
    return render_fragment(request, TEMPLATE, BLOCKS.get(request.htmx.target or "", "inbox"), _context(shown, **more))


def _context(shown: Inbox, words: str = "", undo: str = "") -> dict[str, Any]:
    return {"inbox": shown, "Tab": Tab, "waits": waits(), "words": words, "undo": undo}


def _upto(request: AuthedRequest) -> Seen | None:
    return Seen.read(request.POST.get("upto", ""))
