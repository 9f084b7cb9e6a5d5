"""Answers to what went wrong: each says what happened, why, and what to do."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

from config.api import failures
from config.errors import Conflict, DomainError
from config.http import render_fragment, told_when, wants_json

# What a database that is away, full or busy raises.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
TOO_MANY = 429


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a DomainError: a toast for HTMX, JSON for a script, otherwise a page; always with the error's status, and
    with Retry-After where only time helps."""
    if failures.is_api(request):
        return failures.refused(error)
    return told_when(_refused(request, error), error)


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    if wants_json(request):
        return _told_script(str(error), error.code, error.status)
    context = {"error": error, "details": error.context}
    if getattr(request, "htmx", False):
        response = render_fragment(request, "errors/refused.html", "toast", context, status=error.status)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    if error.status == TOO_MANY:
        page = "errors/429.html"
    else:
        page = "errors/409.html" if isinstance(error, Conflict) else "errors/refused.html"
    return render(request, page, context, status=error.status)


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer 429 for a limit of allauth's own, which does not say when it ends."""
    response = render(request, "errors/429.html", status=TOO_MANY)
    response.headers["Retry-After"] = "60"
    return response


def _told_script(sentence: str, code: str, status: int) -> HttpResponse:
    return JsonResponse({"error": sentence, "code": code}, status=status)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer 503 without touching the database, with the seconds after which a retry makes sense."""
    if failures.is_api(request):
        response = failures.failure(503, "unavailable", _("The site does not answer right now. Try again."))
    elif wants_json(request):
        response = _told_script(_("The site does not answer right now. Try again."), "unavailable", 503)
    else:
        response = render(request, "errors/503.html", status=503)
    response.headers["Retry-After"] = "5"
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404, the same for what does not exist and for what the person may not know of."""
    if failures.is_api(request):
        return failures.failure(404, "not_found", _("There is nothing at this address of the API."))
    if wants_json(request):
        return _told_script(_("This is no longer here, or you may not see it."), "not_found", 404)
    return render(request, "errors/404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 for a request that Django could not read."""
    if failures.is_api(request):
        return failures.failure(400, "unreadable", _("The request cannot be read."))
    if wants_json(request):
        return _told_script(_("The request cannot be read. Reload the page and try again."), "unreadable", 400)
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 for Django's own PermissionDenied."""
    if failures.is_api(request):
        return failures.failure(403, "permission", _("You may not do that."))
    return render(request, "errors/403.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 from a page that needs neither database nor person; 503 where the database is away.

    What a middleware raises (the session is read there) comes here without having passed RefusalMiddleware.
    """
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        return unavailable(request)
    if failures.is_api(request):
        return failures.failure(500, "broken", _("Something broke here. Try again."))
    return render(request, "errors/500.html", status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token: the person's page was too old, or the form was not ours."""
    error = DomainError(_("This page was open for too long. Reload it and send the form again."), code="csrf")
    if wants_json(request) or request.content_type == "application/json":
        return _told_script(str(error), error.code, 403)
    context = {"error": error}
    if getattr(request, "htmx", False):
        response = render_fragment(request, "errors/refused.html", "toast", context | {"details": {}}, status=403)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    return render(request, "errors/403_csrf.html", status=403)
