"""The REST API under /api/v1/: its title, its refusals, and the routers of every app."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

import projects.converters  # noqa: F401 (registers <key:…>)
from accounts.api import (
    activity,
    auth,
    installation,
    instance,
    invitations,
    leaving,
    letters,
    log,
    me,
    sessions,
    teams,
    tokens,
)
from accounts.api import webhooks as team_webhooks
from chat.api import messages, threads
from config import errorpages
from config.api import failures
from config.api.reading import JsonParser
from config.errors import DomainError
from files.api import files, portraits
from issues.api import columns, counting, filters, frommessage, history, issues, moving, searching, watching
from projects.api import events, inbox, members, people, preferences, webhooks
from projects.api import instance as all_projects
from projects.api import projects as listing

api = NinjaAPI(
    title="Plumbline",
    version="1",
    description="Whatever a person may do in the pages, under the same rules.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=JsonParser(),
)
for _module in (auth, me, leaving, tokens, sessions, people, teams, activity, invitations, instance):
    api.add_router("", _module.routes)
for _module in (installation, log, letters):
    api.add_router("", _module.routes)
for _router in (listing.routes, members.routes, columns.labels, columns.workflow):
    api.add_router("", _router)
for _module in (events, files, portraits, inbox, preferences, all_projects):
    api.add_router("", _module.routes)
for _module in (webhooks, team_webhooks):
    api.add_router("", _module.routes)
for _module in (issues, moving, history, watching, searching, filters, counting, threads, messages, frommessage):
    api.add_router("", _module.routes)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a rule's no."""
    return failures.refused(error)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer what is not there, or not for this person to know of."""
    return failures.failure(404, "not_found", _("This is no longer here, or you may not see it."))


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Answer a request without any credential."""
    hint = _("Send the header Authorization: Bearer followed by a token.")
    return failures.failure(401, "unauthenticated", _("Who are you? This needs a token."), hint=hint)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a request whose values are not what the document says, with a sentence for each field."""
    fields: dict[str, list[str]] = {}
    for problem in error.errors:
        name = ".".join(str(part) for part in problem["loc"][2:] or problem["loc"][1:] or problem["loc"])
        fields.setdefault(name, []).append(str(problem["msg"]))
    return failures.failure(422, "invalid", _("Some values cannot be used. See what is said of each."), fields=fields)


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """Answer Django's own refusal, such as a wrong CSRF token."""
    return failures.failure(403, "permission", _("You may not do that."))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer what ninja itself could not read; the parser says why."""
    if isinstance(error.__cause__, DomainError):
        return failures.refused(error.__cause__)
    if error.status_code == 403:  # noqa: PLR2004
        return failures.failure(403, "csrf", _("The CSRF token of this session did not come along."))
    return failures.failure(error.status_code, "unreadable", _("The request cannot be read. Send JSON."))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """Answer a body that nobody reads to its end."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // settings.MEGABYTE
    return failures.failure(413, "too_large", _("The body is larger than %s MB. Files have a way of their own.") % most)


def _unavailable(request: HttpRequest, error: Any) -> HttpResponse:
    response = failures.failure(503, "unavailable", _("The site does not answer right now. Try again."))
    response.headers["Retry-After"] = "5"
    return response


for _kind in errorpages.UNAVAILABLE:
    api.add_exception_handler(_kind, _unavailable)
