"""The OpenAPI document: what ninja reads from the operations, and what is the same for all of them."""

import copy
from functools import lru_cache
from typing import Any

from django.conf import settings
from ninja.schema import NinjaGenerateJsonSchema

from accounts.enums import Scope
from config.api.examples import Reader
from config.api.failures import PROBLEMS
from config.api.idempotency import HEADER, LONGEST
from config.api.links import links_after
from config.api.shapes import Failure, Out
from config.api.site import api
from config.api.sparse import NAME

Schema = dict[str, Any]
WRITES = ("post", "put", "patch", "delete")
METHODS = ("get", *WRITES)
ABOUT = """Whatever a person may do in the pages, under the same rules.

**Who you are.** Send `Authorization: Bearer …` with a personal token (made on your page of tokens, for scopes, for some
projects, for a time) or with an access token from `POST /auth/login`, which is good for 15 minutes and renewed by
`POST /auth/refresh`. Public projects are read without either. Tokens are never taken from an address.

**Answers** have one shape: `{"data": …, "error": null, "status": 200}`, and where a request is refused
`{"data": null, "error": {"type", "code", "message", "fields", "hint", "details"}, "status": 4xx}`. `message` is the
sentence that the page says; `type` is the problem type of RFC 9457.

**Lists** come in pages: `data.items`, and `data.next`, the `cursor` of the next page.

**Writes.** A POST with an `Idempotency-Key` is done once, however often it is sent in 24 hours. What has a `version`
is changed with the version that the change is based on, as `version` or in `If-Match`.

**Limits.** 200 requests a minute for a person, 100 for an address without one; search and export 30. Each answer says
what is left (`RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` in seconds); beyond it the answer is 429 with
`Retry-After`.

**What will change.** Within `v1` operations, optional fields of requests and fields of answers are added; clients must
accept fields that they do not know. What is to go is marked `deprecated` here and answers with the headers
`Deprecation` (RFC 9745) and `Sunset` (RFC 8594) for at least six months.
"""
TEXTS = {
    400: "The request cannot be read.",
    401: "No token, or one that is not valid any more.",
    403: "You may see it but not do this; `message` names the rule and who can help.",
    404: "It is not there, or not for you to know of.",
    405: "This address cannot be used that way; the header `Allow` says how.",
    409: "Somebody was faster, or the workflow does not allow it now.",
    410: "It was there, and is gone for good.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some values cannot be used; `fields` says which.",
    429: "Too many requests; `Retry-After` says when it works again.",
    500: "Something broke here. It was noted.",
    503: "The site does not answer right now.",
}
CODES = {
    400: "unreadable",
    401: "unauthenticated",
    403: "permission",
    404: "not_found",
    405: "method",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported_type",
    422: "invalid",
    429: "too_many",
    500: "broken",
    503: "unavailable",
}
RETRY = "Retry-After"
HEADERS = {
    "RateLimit-Limit": "How many requests are allowed.",
    "RateLimit-Remaining": "How many are left.",
    "RateLimit-Reset": "Seconds until the oldest one counts no more.",
    RETRY: "Seconds after which it makes sense to try again.",
}


@lru_cache(maxsize=1)
def document() -> Schema:
    """Return the whole document. It is the same for everyone, and made once for a process."""
    told: Schema = copy.deepcopy(dict(api.get_openapi_schema()))
    site = settings.SITE_URL.rstrip("/")
    told["info"] |= {"description": ABOUT, "version": "1.0.0"}
    told["servers"] = [{"url": site}]
    told["externalDocs"] = {"url": f"{site}/api/v1/docs/", "description": "The same to read"}
    words = "A personal token, or an access token of a log-in."
    told["components"] |= {
        "securitySchemes": {"Bearer": {"type": "http", "scheme": "bearer", "description": words}},
        "headers": {name: _header(words) for name, words in HEADERS.items()},
        "responses": {_name(status): _refusal(status) for status in TEXTS},
    }
    told["components"]["schemas"] |= _with_parts(Failure)
    for operations in told["paths"].values():
        for method in METHODS:
            if method in operations:
                _complete(method, operations[method])
                _allow_some_fields(told["components"]["schemas"], operations[method])
        if body := operations.get("patch", {}).get("requestBody"):
            _without_defaults(told["components"]["schemas"], body)
    told["tags"] = [{"name": name} for name in tags_of(told)]
    _give_examples(told)
    return told


def _give_examples(told: Schema) -> None:
    """Show for each operation what is sent and what comes back, once all shapes are as they stay."""
    reader = Reader(told)
    for operation in (several[method] for several in told["paths"].values() for method in METHODS if method in several):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                content.setdefault("example", reader.example(content["schema"]) | {"status": int(status)})
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content.setdefault("example", reader.example(content["schema"]))


def tags_of(told: Schema) -> list[str]:
    """Return the tags of a document in the order of their first operations."""
    found: dict[str, None] = {}
    for operations in told["paths"].values():
        for method in METHODS:
            for tag in operations.get(method, {}).get("tags", ()):
                found.setdefault(tag)
    return list(found)


def _complete(method: str, operation: Schema) -> None:
    """Add what every operation has: its security, the scope in words, the headers, an example of each refusal."""
    scope, is_guests = operation.get("x-scope"), operation.pop("x-guest", False)
    if operation.get("security"):
        operation["security"] = [{"Bearer": []}, *([{}] if is_guests else [])]
    if scope:
        sentence = f"Scope: `{scope}` ({str(Scope(scope).label).lower()})."
        operation["description"] = "\n\n".join(filter(None, [operation.get("description", ""), sentence]))
    for part in operation.get("parameters", ()):
        # A list of examples is a schema's way to tell them, not a parameter's.
        if isinstance(part.get("examples"), list):
            part["example"] = part.pop("examples")[0]
    if method == "post" and operation.get("security"):
        operation.setdefault("parameters", []).append(_idempotency())
    links = links_after(operation["operationId"])
    operation["responses"] = {
        str(status): told | {"headers": _counted()} | ({"links": links} if links else {})
        for status, told in operation["responses"].items()
    } | {str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in operation.pop("x-refusals")}


def _allow_some_fields(named: Schema, operation: Schema) -> None:
    """Tell of an operation that answers with some fields on demand (`fields`) that none of them is sure to be there."""
    asked = next((part for part in operation.get("parameters", ()) if part["name"] == NAME), None)
    if asked is None:
        return
    content = operation["responses"]["200"]["content"]["application/json"]
    content["schema"] = _sparse(named, content["schema"], set(asked["schema"]["items"]["enum"]))


def _sparse(named: Schema, schema: Schema, fields: set[str]) -> Schema:
    """Return the schema with none of the fields required, under a name of its own; what lies around is copied along."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    told = copy.deepcopy(named[name] if name else schema)
    if set(told.get("properties", {})) == fields:
        told.pop("required", None)
    elif told.get("type") == "array":
        told["items"] = _sparse(named, told["items"], fields)
    else:
        part = "data" if "data" in told["properties"] else "items"
        told["properties"][part] = _sparse(named, told["properties"][part], fields)
    if not name:
        return told
    named[f"Some{name}"] = told | {"title": f"Some{told.get('title', name)}"}
    return {"$ref": f"#/components/schemas/Some{name}"}


def _without_defaults(named: Schema, body: Schema) -> None:
    """Tell of no values that a change would have if nobody sent any: it has none, and clients would send them."""
    name = str(body["content"]["application/json"]["schema"]["$ref"]).rpartition("/")[2]
    for part in named[name].get("properties", {}).values():
        part.pop("default", None)


def _with_parts(shape: type[Out]) -> Schema:
    """Return the schema of a shape and those of what it consists of, each under its name."""
    template = "#/components/schemas/{model}"
    told = shape.model_json_schema(ref_template=template, schema_generator=NinjaGenerateJsonSchema)
    parts: Schema = told.pop("$defs", {})
    return parts | {shape.__name__: told}


def _refusal(status: int) -> Schema:
    """Return the answer of one kind of refusal, with an example."""
    code, fields = CODES[status], {"name": ["…"]} if status == 422 else {}  # noqa: PLR2004
    error = {"type": f"{PROBLEMS}{code}", "code": code, "message": TEXTS[status], "fields": fields, "hint": ""}
    example = {"data": None, "error": error | {"details": {}}, "status": status}
    schema = {"$ref": "#/components/schemas/Failure"}
    headers = _counted() | ({RETRY: {"$ref": f"#/components/headers/{RETRY}"}} if status in {429, 503} else {})
    content = {"application/json": {"schema": schema, "example": example}}
    return {"description": TEXTS[status], "headers": headers, "content": content}


def _name(status: int) -> str:
    return "".join(word.title() for word in CODES[status].split("_")) + str(status)


def _counted() -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS if name != RETRY}


def _header(words: str) -> Schema:
    return {"description": words, "schema": {"type": "integer"}}


def _idempotency() -> Schema:
    words = "The same key again within 24 hours is answered as the first time, and done once."
    schema = {"type": "string", "maxLength": LONGEST, "minLength": 1}
    return {"in": "header", "name": HEADER, "required": False, "description": words, "schema": schema}
