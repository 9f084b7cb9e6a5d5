"""How views answer: a whole page, one block of it for HTMX, or a redirect for a plain form."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

import jinja2_fragments
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template import engines
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from config.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User


class HtmxRequest(HttpRequest):
    """A request behind HtmxMiddleware; the person may be anonymous."""

    htmx: HtmxDetails


class AuthedRequest(HtmxRequest):
    """A request of a person who is logged in, as LoginRequiredMiddleware guarantees."""

    user: "User"


def answers_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view for scripts: what it refuses, and what is not there, is answered as JSON too."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.answers_json = True  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return inner


def wants_json(request: HttpRequest) -> bool:
    """Say whether a refusal is for a script: the view answers nothing else, or the request says so."""
    return getattr(request, "answers_json", False) or request.headers.get("Accept", "").startswith("application/json")


def render_fragment(
    request: HttpRequest, template: str, block: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with one block of a page's template, with the same context processors as the whole page."""
    engine = cast(Any, engines["jinja2"])
    full: dict[str, Any] = {"request": request}
    for processor in engine.template_context_processors:
        full |= processor(request)
    full |= context
    return HttpResponse(jinja2_fragments.render_block(engine.env, template, block, **full), status=status)


def page_or_fragment(
    request: HttpRequest, template: str, block: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer a read: the block for an HTMX request (not boosted, not a history restore), the page for all others."""
    htmx = cast(HtmxRequest, request).htmx
    if htmx and not htmx.boosted and not htmx.history_restore_request:
        response = render_fragment(request, template, block, context, status=status)
    else:
        response = render(request, template, dict(context), status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def fragment_or_redirect(
    request: HttpRequest,
    template: str,
    block: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    to: str | None = None,
) -> HttpResponse:
    """Answer a write: the changed block for HTMX; for a plain form a redirect to `to`, or the page of its refusal."""
    if cast(HtmxRequest, request).htmx:
        return render_fragment(request, template, block, context, status=status)
    if to is not None and status < 400:  # noqa: PLR2004
        return redirect(to)
    return render(request, template, dict(context), status=status)


def told_when(response: HttpResponse, error: DomainError) -> HttpResponse:
    """Say in a header after how many seconds it works again, where the error knows (RFC 9110, 10.2.3)."""
    if "retry_after" in error.context:
        response.headers["Retry-After"] = str(error.context["retry_after"])
    return response


def go(request: HttpRequest, to: str) -> HttpResponse:
    """Send the browser to a page of ours, also from inside an HTMX request."""
    if cast(HtmxRequest, request).htmx:
        return HttpResponseClientRedirect(to)
    return HttpResponseRedirect(to)


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Return the form's `next` where it stays on this site, otherwise the fallback (open redirects: row 24)."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if allowed and target.startswith("/") else fallback
