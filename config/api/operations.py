"""How an app declares an operation: its address, its scope, its answer. All else is the same for all of them.

    routes = Operations(tags=["Labels"])

    @routes.get("/projects/{key}/labels", scope=Scope.PROJECTS_READ, answer=list[LabelOut], guest=True)
    def list_labels(request: ApiRequest, key: str) -> list[LabelOut]:

The function finds its object through an access function, calls one service or one query, and returns what `answer`
says. What it raises as DomainError, Http404 or ValidationError becomes the answer of a refusal.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from accounts import limits, standing
from accounts.credentials import Credential
from accounts.enums import Scope
from accounts.models import User
from config.api import sparse as fields
from config.api.credentials import Bearer, Cookie, Everyone, Guest, Nobody, told_of
from config.api.idempotency import once
from config.api.shapes import Answer
from config.client import client_ip
from config.errors import DomainError, PermissionRefused

# Any address may hold what cannot be read, or a word in its query that nobody knows.
ALWAYS = (400, 401, 403, 422, 429, 500, 503)
# Whatever is sent may be too large or no JSON, or sent while the same is being done.
WITH_BODY = (409, 413, 415)


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
        sparse: bool = False,
        limit: limits.Limit | None = None,
        errors: Iterable[int] = (404, 422),
        **options: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """`scope` None is an operation that no personal token may use; `public` one that asks for no credential.

        With `sparse` a reader may ask for some fields only (`?fields=key,title`) of what is answered or listed.
        """
        shape = Answer[answer]
        # Not told to ninja, which would take each for a shape of its own and need seconds for the document.
        refusals = sorted({*ALWAYS, *errors, *(() if method in {"GET", "DELETE"} else WITH_BODY)})
        chosen = fields.Fields(answer) if sparse else None
        admit = partial(_admit, scope, limit)
        gates = [Everyone(admit)] if public else [Bearer(admit), Cookie(admit), (Guest if guest else Nobody)(admit)]

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            asked: set[str] = {fields.NAME} if chosen else set()

            @wraps(view)
            def answered(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
                refuse_unknown(request, asked)
                kept = chosen.asked(request) if chosen else None

                def run() -> HttpResponse:
                    return _answer(request, shape, status, view(request, *args, **kwargs), kept)

                return once(request, run) if method == "POST" and not public else run()

            answered._ninja_contribute_to_operation = [  # type: ignore[attr-defined]  # noqa: SLF001 (ninja's own way)
                lambda operation: asked.update(_query_names(operation))
            ]
            told = {"x-scope": scope.value if scope else None, "x-guest": guest, "x-refusals": refusals}
            extra = told | options.pop("openapi_extra", {})
            if chosen:
                extra["parameters"] = [*extra.get("parameters", []), chosen.documented]
            documented = {"operation_id": view.__name__, "openapi_extra": extra} | _words(view)
            add: Any = self.api_operation([method], path, auth=gates, response={status: shape}, **documented, **options)
            return cast("Callable[..., Any]", add(answered))

        return decorate


def _admit(scope: Scope | None, limit: limits.Limit | None, request: HttpRequest) -> None:
    """Count the request, then ask whether its token is for this and its person may do anything at present."""
    spend_request(request, limit)
    require_scope(request, scope)


def require_scope(request: HttpRequest, scope: Scope | None) -> None:
    """Raise PermissionRefused where the token is not for this, or its person may do nothing at present."""
    person: Any = request.user
    if not person.is_authenticated:
        return
    credential: Credential | None = person.credential
    if credential and (scope is None or not credential.allows(scope)):
        raise PermissionRefused(
            _("This token may not do that: it needs the scope %s. Make one with it on your page of tokens.") % scope
            if scope
            else _("A personal token may not do that. Log in instead."),
            code="scope",
            context={"hint": _("Make a token with this scope on your page of tokens.") if scope else ""},
        )
    standing.require_factor(person)


def spend_request(request: HttpRequest, limit: limits.Limit | None = None) -> None:
    """Count the request for its person, or its address, and for the operation's own limit; raises TooMany."""
    person: Any = request.user
    who = f"person:{person.pk}" if person.is_authenticated else f"ip:{client_ip(request)}"
    told_of(request, lambda: limits.spend(limits.API if person.is_authenticated else limits.API_GUEST, who))
    if limit:
        told_of(request, lambda: limits.spend(limit, who))


def refuse_unknown(request: HttpRequest, known: set[str]) -> None:
    """Raise DomainError for a name in the query that the operation does not know: a slip would filter nothing."""
    if unknown := sorted(set(request.GET) - known):
        sentence = _("There is no such parameter here. There are: %s.") % (", ".join(sorted(known)) or "–")
        told = {name[:80]: [sentence] for name in unknown[:20]}
        raise DomainError(_("The address asks for what this does not know."), code="invalid", context={"fields": told})


def _query_names(operation: Any) -> set[str]:
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return {name for model in models for name in model.__ninja_flatten_map__}


def _answer(request: Any, shape: Any, status: int, data: Any, kept: Any) -> HttpResponse:
    """Write the answer. What a view returns is taken to be what `answer` says; a test that sees a difference fails."""
    if isinstance(data, HttpResponse):
        return data
    body = shape.model_construct(data=data, error=None, status=status).model_dump_json(include=kept)
    response = HttpResponse(body, content_type="application/json", status=status)
    if version := getattr(request, "api_version", None):
        response.headers["ETag"] = f'"{version}"'
    return response


def _words(view: Callable[..., Any]) -> dict[str, Any]:
    summary, _break, description = (inspect.getdoc(view) or view.__name__).partition("\n")
    return {"summary": summary.rstrip("."), "description": description.strip()}
