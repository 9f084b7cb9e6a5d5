"""Taking one's own data along."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.hooks import exporters
from accounts.services.export import start_export
from accounts.stepup import stepped_up
from config import clock
from config.http import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@stepped_up
def data(request: AuthedRequest) -> HttpResponseBase:
    """Say what there is; send it as one file, made while it is sent."""
    if request.method != "POST":
        return page(request)
    pieces = start_export(actor=request.user)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    name = f"plumbline-{request.user.username}-{clock.now():%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def page(request: AuthedRequest) -> HttpResponse:
    """Show the page."""
    return render(request, "accounts/data.html", {"names": sorted(exporters)})
