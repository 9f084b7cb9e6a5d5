"""The API's own way through the middleware: what only pages need costs its requests nothing.

A request with a token, or with no session at all, is answered here: no session, no messages, no CSRF, no HTMX. One
that comes with a session's cookie and without a token takes the pages' way, where its CSRF token is looked at. No
other site may read an answer: there are no CORS headers, and a browser's question whether it may is answered by 405.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from config import errorpages
from config.api.failures import failure, refused
from config.api.operations import spend_request
from config.errors import DomainError

PREFIX = "/api/v1/"
# What there is to read about the API: pages like all others, and the document, which anyone may keep a while.
ABOUT = (f"{PREFIX}docs/", f"{PREFIX}problems/", f"{PREFIX}openapi.json")
POLICY = "default-src 'none'; frame-ancestors 'none'"


class ApiMiddleware:
    """Answers requests of the API, and sees to what all its answers have in common."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX) or request.path_info.startswith(ABOUT):
            return self.get_response(request)
        takes_pages_way = settings.SESSION_COOKIE_NAME in request.COOKIES and "Authorization" not in request.headers
        response = self.get_response(request) if takes_pages_way else _answer(request)
        if response.status_code == 405:  # noqa: PLR2004
            response = _not_allowed(response)
        return _finish(request, response)


def _answer(request: HttpRequest) -> HttpResponseBase:
    """Find the operation and run it. What it does not answer itself is Django's, around this middleware."""
    request.get_host()
    request.user = AnonymousUser()
    timezone.deactivate()
    translation.deactivate()
    try:
        return _run(request)
    except DomainError as error:
        return refused(error)
    except errorpages.UNAVAILABLE:
        return errorpages.unavailable(request)


def _run(request: HttpRequest) -> HttpResponseBase:
    if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path_info:
        return failure(400, "unreadable", _("The address holds a character that cannot be read."))
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return failure(404, "not_found", _("There is nothing at this address of the API."))
    request.resolver_match = match
    return match.func(request, *match.args, **match.kwargs)  # type: ignore[no-any-return]


def _not_allowed(response: HttpResponseBase) -> HttpResponse:
    told = failure(405, "method", _("This address of the API cannot be used that way: see the header Allow."))
    told.headers["Allow"] = ", ".join(sorted(response.headers.get("Allow", "").split(", ")))
    return told


def _finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Say what is left of the limits, also where no operation counted, and let nobody keep or embed the answer."""
    if not hasattr(request, "api_left"):
        try:
            spend_request(request)
        except DomainError as error:
            response = refused(error)
    left = request.api_left  # type: ignore[attr-defined]
    response.headers["RateLimit-Limit"] = str(left.limit)
    response.headers["RateLimit-Remaining"] = str(left.remaining)
    response.headers["RateLimit-Reset"] = str(left.reset)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = settings.X_FRAME_OPTIONS
    if not response.streaming and not response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
    return response
