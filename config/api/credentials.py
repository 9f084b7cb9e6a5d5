"""Who a request of the API comes from: a token in the Authorization header; never in an address, no cookie alone."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from accounts.bearers import PREFIX, person_by_access_token, person_by_token
from accounts.limits import API_FAILURE, spend
from accounts.models import User
from config.api.failures import PROBLEMS
from config.client import client_ip
from config.errors import DomainError


class Unauthenticated(DomainError):
    """Nobody, or nobody any more, has this credential."""

    status = 401
    code = "unauthenticated"


class Bearer(HttpBearer):
    """A personal token (`plb_…`) or an access token from `/auth/login`."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """Return the person and make them the request's; raises Unauthenticated, and TooMany after ten wrong ones."""
        person = person_by_token(token) if token.startswith(PREFIX) else person_by_access_token(token)
        if person is None:
            spend(API_FAILURE, f"ip:{client_ip(request)}")
            raise Unauthenticated(
                _("This token is not valid: it may have expired or been revoked. Make a new one, or log in again."),
                context={"hint": f"{PROBLEMS}unauthenticated"},
            )
        request.user = person
        return person


class Cookie(APIKeyCookie):
    """The session of the documentation page, with its CSRF token on every request: other sites cannot send both."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> Any:
        if "Authorization" in request.headers or not request.headers.get("X-CSRFToken"):
            return None
        return super()._get_key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Return the person who is logged in, or None."""
        return request.user if key and request.user.is_authenticated else None


def guest(request: HttpRequest) -> Any:
    """Let in who comes with nothing at all, for operations that public projects answer. A wrong token stays wrong."""
    return "guest" if "Authorization" not in request.headers else None


ANYONE = [Bearer(), Cookie(), guest]
PEOPLE = [Bearer(), Cookie()]
