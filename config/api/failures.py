"""What was refused, in the API's shape."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.api.shapes import Failure, Refusal
from config.errors import DomainError

PREFIX = "/api/"
PROBLEMS = "/api/v1/problems/"


def is_api(request: HttpRequest) -> bool:
    """Say whether the address is one of the API's, whose answers all have its shape."""
    return request.path_info.startswith(PREFIX)


def failure(
    status: int,
    code: str,
    message: str,
    *,
    fields: Mapping[str, Sequence[str]] | None = None,
    hint: str = "",
    details: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return the answer of a refusal."""
    told = {name: list(sentences) for name, sentences in (fields or {}).items()}
    more = dict(details or {})
    refusal = Refusal(type=f"{PROBLEMS}{code}", code=code, message=message, fields=told, hint=hint, details=more)
    answer = Failure(error=refusal, status=status)
    response = HttpResponse(answer.model_dump_json(), content_type="application/json", status=status)
    if status == 401:  # noqa: PLR2004
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def refused(error: DomainError) -> HttpResponse:
    """Return the answer of a rule's no: its status, its code, its sentence, and who could help."""
    context = error.context
    response = failure(
        error.status,
        error.code,
        str(error),
        fields=context.get("fields"),
        hint=str(context.get("hint", "") or _asking(context)),
        details=context.get("details"),
    )
    if "retry_after" in context:
        response.headers["Retry-After"] = str(context["retry_after"])
    return response


def _asking(context: Mapping[str, Any]) -> str:
    names = context.get("leads") or []
    return _("Ask %s.") % ", ".join(names) if names else ""
