"""What could not be told and was given up."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.administrators import administrators_only
from accounts.forms.instance import LettersForm
from accounts.queries.instance import PAGE, figures
from accounts.services.letters import drop_letters, retry_letters
from config.http import AuthedRequest
from notifications.deadletters import LetterKind, as_letter, dead_rows


@require_safe
@administrators_only
def letters(request: AuthedRequest) -> HttpResponse:
    """List what was given up of one kind: events, mails or deliveries to webhooks."""
    kind = _kind(request.GET.get("kind", LetterKind.EVENTS))
    page = Paginator(dead_rows(kind), PAGE).get_page(request.GET.get("page"))
    shown = [as_letter(row) for row in page.object_list]
    context = {"page": page, "letters": shown, "kind": kind, "figures": figures()}
    return render(request, "instance/letters.html", context)


@require_POST
@administrators_only
def letters_retry(request: AuthedRequest, kind: str) -> HttpResponse:
    """Have those that were ticked tried again."""
    wanted, form = _kind(kind), LettersForm(request.POST)
    if not form.is_valid():
        return _none_ticked(request, wanted)
    count = retry_letters(actor=request.user, kind=wanted, ids=form.cleaned_data["ids"])
    words = ngettext("%(count)d is tried again now.", "%(count)d are tried again now.", count)
    messages.success(request, words % {"count": count})
    return redirect(_page_of(wanted))


@require_POST
@administrators_only
def letters_drop(request: AuthedRequest, kind: str) -> HttpResponse:
    """Ask whether those that were ticked are to go, and let them go once that was confirmed."""
    wanted, form = _kind(kind), LettersForm(request.POST)
    if not form.is_valid():
        return _none_ticked(request, wanted)
    ids = form.cleaned_data["ids"]
    if request.POST.get("sure") != "1":
        shown = [as_letter(row) for row in dead_rows(wanted, ids)]
        return render(request, "instance/letters_drop.html", {"kind": wanted, "letters": shown})
    count = drop_letters(actor=request.user, kind=wanted, ids=ids)
    words = ngettext("%(count)d was let go.", "%(count)d were let go.", count)
    messages.success(request, words % {"count": count})
    return redirect(_page_of(wanted))


def _kind(text: str) -> LetterKind:
    try:
        return LetterKind(text)
    except ValueError:
        raise Http404("no such kind") from None


def _none_ticked(request: AuthedRequest, kind: LetterKind) -> HttpResponse:
    messages.error(request, _("Tick at least one line first."))
    return redirect(_page_of(kind))


def _page_of(kind: LetterKind) -> str:
    return f"/instance/letters/?kind={kind}"
