"""One issue: as a page, as a panel over the board or a list, and as it was at a past moment."""

import json
from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.errors import DomainError
from config.http import HtmxRequest, page_or_fragment, render_fragment, safe_next
from issues.details import details_at, details_of
from issues.differences import change_of
from issues.discussion import Wanted
from issues.filters import Filter
from issues.history import Show
from issues.http import open_issue
from issues.models import Issue
from projects.access import seq_of
from projects.http import MemberRequest, ProjectRequest, project_page

BODY = "issue-body"
# What a script may have swapped in alone, by the id of the element that it takes the place of.
PARTS = {
    BODY: ("issues/_issue.html", "issue"),
    "issue-stream": ("issues/parts.html", "stream"),
    "stream-earlier": ("issues/parts.html", "earlier"),
}
DIGITS = 18


@project_page("issues")
@login_not_required
@require_safe
def issue_detail(request: ProjectRequest, key: str, number: int) -> HttpResponse:
    """Show an issue, with `?at=` as it was at a moment; a script gets the panel, or a part of it alone.

    `?show=` wants the messages or the changes of its stream alone, `?before=` older steps, `?message=` those around a
    message, `?reply=` an answer to one.
    """
    issue = open_issue(request, key, number)
    context = issue_context(request, issue, moment_of(request))
    target = request.htmx.target if request.htmx else None
    if target in PARTS:
        template, block = PARTS[target]
        return render_fragment(request, template, block, context | {"swapped": True})
    return page_or_fragment(request, "issues/issue.html", "panel", context)


@project_page("issues")
@login_not_required
@require_safe
def issue_change(request: ProjectRequest, key: str, number: int, seq: int) -> HttpResponse:
    """Show what one change (with `?since=` a row of them) made of the description; 404 where it did not touch it."""
    issue = open_issue(request, key, number)
    since = request.GET.get("since", "")
    first = int(since) if since.isdecimal() and len(since) < 10 else seq  # noqa: PLR2004
    change = change_of(issue, first, seq)
    if change is None:
        raise Http404("no such change")
    return page_or_fragment(request, "issues/change.html", "dialog", {"issue": issue, "change": change})


def issue_context(request: HttpRequest, issue: Issue, moment: datetime | None = None) -> dict[str, Any]:
    """Return what the templates of an issue need. Raises DomainError for a moment before the issue was created."""
    htmx = cast(HtmxRequest, request).htmx
    is_part = bool(htmx) and not htmx.history_restore_request
    in_panel = is_part and (htmx.target == "panel" or "1" in {request.POST.get("panel"), request.GET.get("panel")})
    person = cast(HtmxRequest, request).user
    wanted = wanted_in(request)
    details = details_at(issue, person, moment, wanted) if moment else details_of(issue, person, Filter(), wanted)
    if details is None:
        raise DomainError(_("%s did not exist yet at that time.") % issue.key, code="too_early")
    return {"d": details, "seq": seq_of(issue.project), "in_panel": in_panel, "swapped": False}


def wanted_in(request: HttpRequest) -> Wanted:
    """Return which part of the stream is asked for; what cannot be read counts as not asked. A form sends it as well,
    so that its answer shows what the page shows."""
    show = request.POST.get("show") or request.GET.get("show", "")
    number = {name: _number(request.GET.get(name, "")) for name in ("before", "message", "reply")}
    return Wanted(Show(show) if show in set(Show) else Show.ALL, **number)


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdecimal() and len(word) < DIGITS else None


def moment_of(request: HttpRequest) -> datetime | None:
    """Return the moment that the address asks for; without an offset it is meant in the reader's zone.

    Raises DomainError for one that cannot be read.
    """
    asked = request.GET.get("at", "").strip()
    if not asked:
        return None
    try:
        moment = parse_datetime(asked.replace(" ", "+"))
        if moment is None:
            raise ValueError(asked)
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DomainError(_("“%s” is not a time that this page can show.") % asked[:40], code="moment") from error


def issue_answer(request: MemberRequest, issue: Issue) -> HttpResponse:
    """Answer a change: the body anew where a script shows it, 204 to other scripts, otherwise a redirect.

    Either way the page hears which issue changed.
    """
    if not request.htmx:
        return redirect(safe_next(request, f"/{issue.key}/"))
    is_shown = request.htmx.target == BODY
    if is_shown:
        context = issue_context(request, issue) | {"swapped": True}
        response = render_fragment(request, "issues/_issue.html", "issue", context)
    else:
        response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = json.dumps({"issue-changed": {"key": issue.key, "shown": is_shown}})
    return response
