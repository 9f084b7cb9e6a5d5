"""Pages about the API, rendered from its document: what all operations share, and each of them by its kind."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from markupsafe import Markup

from config.api import document as documents
from config.api.examples import Reader, Row
from config.markdown import render as rendered

BODY = "application/json"
LINE_END = re.compile(r"(?<!\n)\n(?![\n*-])")


@dataclass(frozen=True, slots=True)
class Answering:
    """One answer of an operation: its status and what it means; what is done has an example, a refusal its code."""

    status: str
    words: str
    example: str
    code: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as its page shows it."""

    id: str
    method: str
    path: str
    summary: str
    words: Markup
    scope: str
    is_deprecated: bool
    parameters: tuple[Row, ...]
    fields: tuple[Row, ...]
    body: str
    answers: tuple[Answering, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    name: str
    slug: str
    operations: tuple[Operation, ...]


@require_safe
@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document. It says nothing of this installation but its address."""
    response = HttpResponse(_text(), content_type=BODY)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
@login_not_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show what all operations share, and a list of them."""
    about = rendered(_flowing(documents.ABOUT))
    return render(request, "api/overview.html", {"groups": groups(), "about": about, "here": ""})


@require_safe
@login_not_required
def group_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the operations of one tag, each with a form to try it by whoever is logged in."""
    group = next((group for group in groups() if group.slug == slug), None)
    if group is None:
        raise Http404("no such tag")
    return render(request, "api/group.html", {"groups": groups(), "group": group, "here": slug})


@require_safe
@login_not_required
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Explain a problem type: the address that `error.type` of a refusal holds."""
    known = [(status, documents.TEXTS[status]) for status, name in documents.CODES.items() if name == code]
    return render(request, "api/problem.html", {"groups": groups(), "code": code, "known": known, "here": ""})


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """Return all operations by tag, in the order of the document; made once for a process."""
    told = documents.document()
    reader = Reader(told)
    found: dict[str, list[Operation]] = {name: [] for name in documents.tags_of(told)}
    for path, operations in told["paths"].items():
        for method in documents.METHODS:
            if method in operations:
                found[operations[method]["tags"][0]].append(_operation(reader, method, path, operations[method]))
    return tuple(Group(name, slugify(name), tuple(several)) for name, several in found.items())


def _operation(reader: Reader, method: str, path: str, told: dict[str, Any]) -> Operation:
    body = told.get("requestBody", {}).get("content", {}).get(BODY, {})
    schema = body.get("schema")
    example = body.get("example", reader.example(schema) if schema else None)
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        words=rendered(_flowing(told.get("description", ""))),
        scope=told.get("x-scope") or "",
        is_deprecated=bool(told.get("deprecated")),
        parameters=tuple(_parameter(reader, part) for part in told.get("parameters", ())),
        fields=tuple(reader.rows(schema)) if schema else (),
        body=_pretty(example) if schema else "",
        answers=tuple(_answering(reader, status, answer) for status, answer in told["responses"].items()),
    )


def _parameter(reader: Reader, told: dict[str, Any]) -> Row:
    schema = told.get("schema", {})
    words = told.get("description") or reader.resolved(schema).get("description", "")
    return Row(told["name"], reader.type_of(schema), bool(told.get("required")), words, told["in"])


def _answering(reader: Reader, status: Any, told: Mapping[str, Any]) -> Answering:
    told = reader.answer(told)
    content = told.get("content", {}).get(BODY, {})
    words, code = told.get("description", "").replace("`", ""), documents.CODES.get(int(status), "")
    example = content.get("example", reader.example(content["schema"])) | {"status": int(status)} if content else {}
    return Answering(str(status), words, "" if code else _pretty(example), code)


def _flowing(words: str) -> str:
    """Return a text whose lines end where a page ends them, not where the source did; paragraphs and lists stay."""
    return LINE_END.sub(" ", words)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@lru_cache(maxsize=1)
def _text() -> bytes:
    return json.dumps(documents.document(), ensure_ascii=False).encode()
