"""Taking one's own data along."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.hooks import exporters
from accounts.models import User
from accounts.services.export import name_of, open_offer, start_export
from accounts.stepup import stepped_up
from config.http import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@stepped_up
def data(request: AuthedRequest) -> HttpResponseBase:
    """Say what there is; send it as one file, made while it is sent."""
    if request.method != "POST":
        return page(request)
    return _file(request.user, start_export(actor=request.user))


@login_not_required
@require_safe
def data_by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send the same to whoever has the link that a program was given for it."""
    found = open_offer(token)
    if found is None:
        raise Http404("no such link")
    return _file(*found)


def page(request: AuthedRequest) -> HttpResponse:
    """Show the page."""
    return render(request, "accounts/data.html", {"names": sorted(exporters)})


def _file(person: User, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name_of(person)}"'
    return response
