"""The instance's log."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.administrators import administrators_only
from accounts.forms.log import LogForm
from accounts.logwords import LogLine
from accounts.queries.log import LogFilter, chain_status, log_page
from accounts.services.log import export_log
from config import clock
from config.http import AuthedRequest, page_or_fragment
from config.spreadsheets import csv_lines

SEQ_DIGITS = 18


@require_safe
@administrators_only
def log(request: AuthedRequest) -> HttpResponse:
    """Show what happened to people, tokens and settings, newest first."""
    form = LogForm(request.GET)
    before = request.GET.get("before", "")
    number = int(before) if before.isdecimal() and len(before) <= SEQ_DIGITS else None
    page = log_page(form.wanted(), number)
    context = {"form": form, "page": page, "query": form.query(), "is_first": number is None}
    return page_or_fragment(request, "instance/log.html", "found", context, status=200 if form.is_valid() else 422)


@require_safe
@administrators_only
def log_chain(request: AuthedRequest) -> HttpResponse:
    """Read the whole log and say whether its chain holds."""
    count, broken = chain_status()
    return page_or_fragment(request, "instance/chain.html", "status", {"count": count, "broken": broken})


@require_POST
@administrators_only
def log_export(request: AuthedRequest) -> HttpResponse:
    """Answer the wanted lines as a table for spreadsheets; the log says that they were taken along."""
    form = LogForm(request.POST)
    if not form.is_valid():
        context: dict[str, Any] = {"form": form, "page": log_page(LogFilter()), "query": "", "is_first": True}
        return render(request, "instance/log.html", context, status=422)
    lines = export_log(actor=request.user, wanted=form.wanted())
    header = [_("Number"), _("Time"), _("Kind"), _("By"), _("What happened"), _("Address")]
    text = "".join(csv_lines(header, map(_row, lines)))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = date_format(localtime(clock.now()), "Y-m-d")
    response.headers["Content-Disposition"] = f'attachment; filename="plumbline-log-{name}.csv"'
    return response


def _row(line: LogLine) -> list[object]:
    event = line.event
    actor = event.actor.username if event.actor else ""
    return [event.seq, localtime(event.at).isoformat(timespec="seconds"), event.kind, actor, line.text, line.origin]
