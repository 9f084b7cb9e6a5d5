"""How an app declares an operation: its address, its scope, its answer. All else is the same for all of them.

    routes = Operations(tags=["Labels"])

    @routes.get("/projects/{key}/labels", scope=Scope.PROJECTS_READ, answer=list[LabelOut], guest=True)
    def list_labels(request: ApiRequest, key: str) -> list[LabelOut]:

The function finds its object through an access function, calls one service or one query, and returns what `answer`
says. What it raises as DomainError, Http404 or ValidationError becomes the answer of a refusal.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from accounts import limits, standing
from accounts.credentials import Credential
from accounts.enums import Scope
from accounts.models import User
from config.api.credentials import ANYONE, PEOPLE
from config.api.idempotency import once
from config.api.shapes import Answer, Failure
from config.client import client_ip
from config.errors import PermissionRefused

ALWAYS = (401, 403, 429, 503)
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class ApiRequest(HttpRequest):
    """A request of a person; of nobody (AnonymousUser) only where the operation lets guests in."""

    user: User


class Operations(Router):
    """A router whose operations all have the API's shape, limits and documentation."""

    def get(self, path: str, **options: Any) -> Any:
        """Declare a read."""
        return self._declare("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        """Declare a write that may be sent with an Idempotency-Key."""
        return self._declare("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Any:
        """Declare a change of some fields."""
        return self._declare("PATCH", path, **options)

    def put(self, path: str, **options: Any) -> Any:
        """Declare a write after which things are as sent, however often it is sent."""
        return self._declare("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        """Declare a removal."""
        return self._declare("DELETE", path, **options)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        scope: Scope | None,
        answer: Any,
        status: int = 200,
        guest: bool = False,
        public: bool = False,
        limit: limits.Limit | None = None,
        errors: Iterable[int] = (404, 422),
        **options: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """`scope` None is an operation that no personal token may use; `public` one that asks for no credential."""
        shape = Answer[answer]
        told = {status: shape, **dict.fromkeys(sorted({*ALWAYS, *errors}), Failure)}
        extra = {"x-scope": scope.value if scope else None} | options.pop("openapi_extra", {})

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def answered(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
                if not public:
                    require_scope(request, scope)
                left = spend_request(request, limit)

                def run() -> HttpResponse:
                    return _answer(shape, status, view(request, *args, **kwargs))

                response = once(request, run) if method == "POST" and not public else run()
                response.headers["RateLimit-Limit"] = str(left.limit)
                response.headers["RateLimit-Remaining"] = str(left.remaining)
                response.headers["RateLimit-Reset"] = str(left.reset)
                return response

            auth: Any = None if public else ANYONE if guest else PEOPLE
            documented = {"summary": _summary(view), "operation_id": view.__name__, "openapi_extra": extra}
            add: Any = self.api_operation([method], path, auth=auth, response=told, **documented, **options)
            return cast("Callable[..., Any]", add(answered))

        return decorate


def require_scope(request: HttpRequest, scope: Scope | None) -> None:
    """Raise PermissionRefused where the token is not for this, or its person may do nothing at present."""
    person: Any = request.user
    if not person.is_authenticated:
        return
    credential: Credential | None = person.credential
    if credential and (scope is None or not credential.allows(scope)):
        raise PermissionRefused(
            _("This token may not do that: it needs the scope %s.") % scope
            if scope
            else _("A personal token may not do that. Log in instead."),
            context={"hint": _("Make a token with this scope on your page of tokens.") if scope else ""},
        )
    standing.require_factor(person)


def spend_request(request: HttpRequest, limit: limits.Limit | None) -> limits.Left:
    """Count the request for its person, or its address, and for the operation's own limit; raises TooMany."""
    person: Any = request.user
    who = f"person:{person.pk}" if person.is_authenticated else f"ip:{client_ip(request)}"
    left = limits.spend(limits.API if person.is_authenticated else limits.API_GUEST, who)
    if limit:
        limits.spend(limit, who)
    return left


def _answer(shape: Any, status: int, data: Any) -> HttpResponse:
    """Write the answer. What a view returns is taken to be what `answer` says; a test that sees a difference fails."""
    if isinstance(data, HttpResponse):
        return data
    body = shape.model_construct(data=data, error=None, status=status).model_dump_json()
    return HttpResponse(body, content_type="application/json", status=status)


def _summary(view: Callable[..., Any]) -> str:
    return (inspect.getdoc(view) or view.__name__).split("\n", 1)[0].rstrip(".")
