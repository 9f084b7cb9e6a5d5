"""What happens around every request: an id and one log line, the person's zone, and errors turned into answers."""

import logging
import re
import secrets
import time
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from config import errorpages, logs
from config.api.failures import is_api
from config.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponseBase]
access_log = logging.getLogger("plumbline.request")
error_log = logging.getLogger("plumbline.error")
GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# What in an address is as good as a password: the links of mails, join links, and those to an export.
SECRET_PART = re.compile(
    r"^(/(?:invitations|join|me/data|mail/unsubscribe|accounts/confirm-email|accounts/password/reset)/)[^/]+"
)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"


class RequestMiddleware:
    """Gives the request an id (a declared proxy's, if any), logs one line, and sets headers for all answers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "") if settings.TRUSTED_PROXIES else ""
        request_id = given if GIVEN_ID.fullmatch(given) else secrets.token_urlsafe(9)
        token = logs.request_id.set(request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            milliseconds = (time.perf_counter() - started) * 1000
            place = SECRET_PART.sub(r"\1…", request.path)
            access_log.info("%s %s %d %.1fms", request.method, place, response.status_code, milliseconds)
        finally:
            logs.request_id.reset(token)
        response.headers["X-Request-Id"] = request_id
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class PersonMiddleware:
    """Activates the person's time zone and language, and keeps what they see out of every cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
            translation.activate(request.user.language)
        else:
            timezone.deactivate()
            translation.deactivate()
        response = self.get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store, private"
        return response


class LoginMiddleware(LoginRequiredMiddleware):
    """Sends who is not logged in to the log-in page; the API has its own credentials and its own way to say so."""

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """See the class."""
        return None if is_api(request) else super().process_view(request, *view)


class RefusalMiddleware:
    """Turns a rule's no into its answer, and a database that is away, full or busy into 503 with Retry-After."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the exceptions that a person can do something about; leave the others to Django's 500."""
        if isinstance(exception, DomainError):
            return errorpages.refused(request, exception)
        if isinstance(exception, errorpages.UNAVAILABLE):
            error_log.warning("database unavailable: %s", exception)
            return errorpages.unavailable(request)
        return None
