"""The page behind the link of a mail that stops such mails. It needs no log-in, and looking at it changes nothing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from notifications.unsubscribing import read_token, stop_mail, undo_stop, words_of

PAGE = "notifications/unsubscribe.html"


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a mail program's one click (RFC 8058), which has neither session nor token of ours, or show the page."""
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        return _one_click(token)
    return _page(request, token)


def _one_click(token: str) -> HttpResponse:
    found = read_token(token)
    if found is None:
        return HttpResponse(status=404)
    person, stop = found
    stop_mail(actor=person, stop=stop)
    return HttpResponse(status=200)


@csrf_protect
def _page(request: HttpRequest, token: str) -> HttpResponse:
    found = read_token(token)
    if found is None:
        return render(request, PAGE, {"words": None}, status=404)
    person, stop = found
    done = ""
    if request.method == "POST":
        done = "undone" if "undo" in request.POST else "stopped"
        (undo_stop if done == "undone" else stop_mail)(actor=person, stop=stop)
    return render(request, PAGE, {"words": words_of(stop), "done": done})
