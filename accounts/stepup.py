"""Step-up: whoever changes how one comes in, or takes much along, says once more who they are.

It counts for settings.ACCOUNT_REAUTHENTICATION_TIMEOUT seconds, and in this session only. People with a password or a
second factor are asked for one of those; who has neither, because an identity provider logs them in, logs in anew.
"""

import time
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from config.errors import PermissionRefused
from config.http import go, wants_json
from notifications.live.sessions import Store

View = Callable[..., HttpResponseBase]


def has_stepped_up(request: HttpRequest) -> bool:
    """Say whether the person has said who they are within the last minutes."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    if _ways(request):
        records = [record for record in records if record.get("reauthenticated")]
    return bool(records) and _is_recent(records)


def require_step_up(request: HttpRequest) -> None:
    """Raise PermissionRefused (403, code `step_up`) unless `has_stepped_up`. For scripts; pages use `stepped_up`."""
    if not has_stepped_up(request):
        raise PermissionRefused(_("Confirm that it is you first, then do it again within 5 minutes."), code="step_up")


def require_step_up_of_script(request: HttpRequest) -> None:
    """Raise PermissionRefused (403, code `step_up`) unless the API's request may do what pages ask a step-up for.

    Whoever made a personal token stepped up for it. The documentation page's session must `has_stepped_up` as any
    page's; a log-in over the API is fresh for the same minutes, and afterwards its person logs in anew.
    """
    person: Any = request.user
    if person.credential is not None:
        return
    key = person.__dict__.get("session_key")
    if key is None:
        require_step_up(request)
    elif not _is_fresh(person, key):
        raise PermissionRefused(
            _("Your log-in is older than 5 minutes. Log in again, then do it, or use a personal token."), code="step_up"
        )


def _is_fresh(person: Any, session_key: str) -> bool:
    """Say whether the log-in of an access token is of the last minutes. Renewing it makes it no younger."""
    came_with: Any = SimpleNamespace(session=Store(session_key))
    records = get_authentication_records(came_with, person)
    return bool(records) and _is_recent(records)


def stepped_up(view: View) -> View:
    """Let a view be reached only by who `has_stepped_up`; others are sent to confirm that it is them.

    They come back to the page; from a form or an HTMX request to the page that it stands on, to do it again: nothing
    that was sent is kept. What answers JSON is refused with 403.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if has_stepped_up(request):
            return view(request, *args, **kwargs)
        if wants_json(request):
            require_step_up(request)
        return ask_again(request)

    return inner


def ask_again(request: HttpRequest, back: str = "") -> HttpResponse:
    """Send the person to the page on which they confirm that it is them. They come back to `back`, a path of ours that
    may hold what they had chosen, or to the page that they saw."""
    ways = _ways(request)
    page = ways[0]["url"] if ways else reverse("account_again")
    return go(request, f"{page}?{urlencode({'next': back or _page_of(request)})}")


def _is_recent(records: list[dict[str, Any]]) -> bool:
    passed: float = time.time() - records[-1]["at"]
    return passed < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _ways(request: HttpRequest) -> list[dict[str, Any]]:
    """Return how the person can say again who they are without leaving their session."""
    ways: list[dict[str, Any]] = get_adapter().get_reauthentication_methods(request.user)
    return ways


def _page_of(request: HttpRequest) -> str:
    """Return the path of the page that the person sees: where a GET leads, or where a form of ours was sent from."""
    if request.method == "GET" and not getattr(request, "htmx", False):
        return request.get_full_path()
    shown = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(shown, {request.get_host()}, require_https=request.is_secure()):
        return reverse("accounts:profile")
    parts = urlsplit(shown)
    return parts.path + (f"?{parts.query}" if parts.query else "")
