"""What holds for every request of somebody who is logged in: their log-in is not too old, and factors are set up."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.standing import require_factor
from config import errorpages
from config.api.failures import is_api
from config.errors import PermissionRefused
from config.http import go, wants_json
from config.middleware import GetResponse
from notifications.live.sessions import began_in, lasts

# What somebody may open who has to set up a second factor first: doing that, saying who they are, and leaving.
SETTING_UP = {
    "account_logout",
    "account_reauthenticate",
    "account_confirm_email",
    "account_again",
    "healthz",
    "readyz",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}


class AgeMiddleware:
    """Logs out whose log-in is older than the installation lets one last. Stands behind AuthenticationMiddleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """See the class."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not lasts(began_in(request.session)):
            # Its place on the person's list is cleared later: reading a page writes nothing else.
            request.session.flush()
            request.user = AnonymousUser()
        return self.get_response(request)


class FactorMiddleware:
    """Sends who must set up a second factor to that page, and to no other. Stands behind LoginMiddleware.

    The API has its own way to say so (accounts/standing.py); open sockets have theirs (notifications/live/guard.py).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """See the class."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """See the class."""
        if is_api(request) or not request.user.is_authenticated:
            return None
        try:
            require_factor(request.user)
        except PermissionRefused as refusal:
            return self._instead(request, refusal)
        return None

    def _instead(self, request: HttpRequest, refusal: PermissionRefused) -> HttpResponseBase | None:
        """Return the answer; None for a page that may be opened, which knows by `request.factor_needed` that it is."""
        if request.resolver_match and request.resolver_match.view_name in SETTING_UP:
            request.factor_needed = True  # type: ignore[attr-defined]
            return None
        return errorpages.refused(request, refusal) if wants_json(request) else go(request, reverse("mfa_index"))
