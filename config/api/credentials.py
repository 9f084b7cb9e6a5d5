"""Who a request of the API comes from: a token in the Authorization header; never in an address, no cookie alone.

Each operation has gates of its own: they let the person in, count the request and ask for the scope before a byte of
the body is read, so that a refused request counts like any other.
"""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from accounts import uses
from accounts.bearers import PREFIX, person_by_access_token, person_by_token
from accounts.limits import API_FAILURE, Left, TooMany, require_left, spend
from accounts.models import User
from config.client import client_ip
from config.errors import DomainError

Admit = Callable[[HttpRequest], None]


class Unauthenticated(DomainError):
    """Nobody, or nobody any more, has this credential."""

    status = 401
    code = "unauthenticated"


class Bearer(HttpBearer):
    """A personal token (`plb_…`) or an access token from `/auth/login`."""

    def __init__(self, admit: Admit) -> None:
        super().__init__()
        self.admit = admit

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """Return the person and make them the request's; raises Unauthenticated.

        After ten wrong tokens from an address within a minute none is looked at any more: TooMany.
        """
        address = f"ip:{client_ip(request)}"
        told_of(request, lambda: require_left(API_FAILURE, address))
        person = person_by_token(token) if token.startswith(PREFIX) else person_by_access_token(token)
        if person is None:
            told_of(request, lambda: spend(API_FAILURE, address))
            raise Unauthenticated(
                _("This token is not valid: it may have expired or been revoked. Make a new one, or log in again.")
            )
        if token_id := person.__dict__.get("token_id"):
            uses.note(token_id, client_ip(request))
        enter(request, person)
        self.admit(request)
        return person


class Cookie(APIKeyCookie):
    """The session of the documentation page, with its CSRF token on every request: other sites cannot send both."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, admit: Admit) -> None:
        super().__init__()
        self.admit = admit

    def _get_key(self, request: HttpRequest) -> Any:
        if "Authorization" in request.headers or not request.headers.get("X-CSRFToken"):
            return None
        return super()._get_key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Return the person who is logged in, or None."""
        if not key or not request.user.is_authenticated:
            return None
        self.admit(request)
        return request.user


class Guest:
    """Lets in who comes with nothing at all, for operations that public projects answer. A wrong token stays wrong."""

    def __init__(self, admit: Admit) -> None:
        self.admit = admit

    def __call__(self, request: HttpRequest) -> bool:
        if "Authorization" in request.headers:
            return False
        return self.let_in(request)

    def let_in(self, request: HttpRequest) -> bool:
        """Make it nobody's request, also where a cookie came along that no CSRF token vouches for."""
        request.user = AnonymousUser()
        self.admit(request)
        return True


class Everyone(Guest):
    """Lets in whoever comes, for operations by which one gets a token: with what header is of no interest."""

    def __call__(self, request: HttpRequest) -> bool:
        return self.let_in(request)


class Nobody(Guest):
    """Counts who comes without a credential to an operation that needs one; the answer is 401 in any case."""

    def __call__(self, request: HttpRequest) -> bool:
        self.let_in(request)
        return False


def enter(request: HttpRequest, person: User) -> None:
    """Make it the person's request: "today" and "overdue" in a filter mean their own days, as in their pages."""
    request.user = person
    timezone.activate(zoneinfo.ZoneInfo(person.time_zone))
    if len(settings.LANGUAGES) > 1:
        translation.activate(person.language)


def told_of(request: HttpRequest, count: Callable[[], Left | None]) -> None:
    """Count, and keep for the answer's headers what is left of the tightest limit that was counted."""
    try:
        left = count()
    except TooMany as error:
        request.api_left = error.context["left"]  # type: ignore[attr-defined]
        raise
    known: Left | None = getattr(request, "api_left", None)
    if left and (known is None or left.remaining < known.remaining):
        request.api_left = left  # type: ignore[attr-defined]
