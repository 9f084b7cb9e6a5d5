"""What all views under /KEY/ have in common, those of the issues app included."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse

from config.http import AuthedRequest, HtmxRequest
from projects.access import Person, get_project_or_404, require
from projects.models import Project
from projects.permissions import Perm
from projects.queries import current_key

Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponse]


class ProjectRequest(HtmxRequest):
    """A request for a page of a project; the person may be anonymous where the project is public."""

    project: Project
    page: str
    user: Person


class MemberRequest(AuthedRequest):
    """The same, of a person who is logged in."""

    project: Project
    page: str


def project_page(page: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Name the page that the rail marks (`request.page`), and lead old keys on.

    Where the view finds nothing and the address holds a former key of a project that the person may see, a GET is sent
    on permanently to the same address with the present key; everyone else gets the same 404 as for any other key.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: Any, key: str, *args: Any, **kwargs: Any) -> HttpResponse:
            request.page = page
            try:
                return view(request, key, *args, **kwargs)
            except Http404:
                if request.method not in {"GET", "HEAD"} or (now := current_key(request.user, key)) is None:
                    raise
                return _same_place(request, now)

        return inner

    return decorate


def open_project(request: HttpRequest, key: str, perm: Perm = Perm.READ) -> Project:
    """Return the project by its access function and note it as the one that the rail shows open.

    Raises Http404 or PermissionRefused as the access function does.
    """
    project = get_project_or_404(request.user, key)
    cast(ProjectRequest, request).project = project
    require(project, request.user, perm)
    return project


def _same_place(request: HttpRequest, key: str) -> HttpResponse:
    match = request.resolver_match
    if match is None:
        raise Http404("no such page")
    path = reverse(match.view_name, kwargs=match.kwargs | {"key": key})
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
