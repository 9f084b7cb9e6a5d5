"""Requests that name what is not theirs to set, sort or ask for: refused whole, and nothing is written or told.

Driven by the document, so that an operation that is added later is tried as well.
"""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import InstanceSettings, PersonalToken, TeamInvitation
from config.api.document import document
from config.api.examples import Reader
from issues.models import SavedFilter
from notifications.models import Webhook
from tests.api.calling import Script
from tests.api.judging import field_names, rows_of
from tests.api.places import Operation, body_of, operations, parts_of
from tests.issues.records import fingerprint

pytestmark = pytest.mark.django_db
ENTRIES = operations()
READER = Reader(document())
WITH_BODY = [operation for operation in ENTRIES.values() if operation.has_body]
READS = [operation for operation in ENTRIES.values() if not operation.is_write]
# Related columns, look-ups, the inside of a query set, SQL, and what no cursor or word of a filter ever is.
STRANGE = (
    "author__password", "password", "-owner__password", "_connector", "title__regex", "pk", "?", "id;--", "' OR 1=1",
    "{}", "[]", "null", "../..", "\u202e", "9" * 400, "e30=", "bnVsbA==", "W1tdXQ==", "eyJhIjoxfQ==",
)  # fmt: skip


def known_names(operation: Operation) -> set[str]:
    """Return the fields that a body may hold."""
    schema = operation.told["requestBody"]["content"]["application/json"]["schema"]
    return set(READER.resolved(schema)["properties"])


def asked_names(operation: Operation) -> list[str]:
    """Return the names that the query may hold."""
    return [part["name"] for part in operation.told.get("parameters", ()) if part["in"] == "query"]


def address(world: Any, operation: Operation, query: str = "") -> str:
    """Return an address about BUG, and about what its lead has."""
    values = parts_of(world, operation, "BUG", world.lead)
    return operation.path.removeprefix("/api/v1").format(**values) + query


@pytest.fixture
def scripts(world, settings):
    """Return a function that gives who may do what an operation asks for."""
    settings.RATE_LIMIT_FACTOR = 100_000
    lead, administrator = Script(world.lead), Script(world.administrator)
    return lambda operation: administrator if operation.need == "administrator" else lead


def everything() -> Any:
    return fingerprint(), rows_of(InstanceSettings, PersonalToken, TeamInvitation, SavedFilter, Webhook)


def test_no_write_sets_a_field_that_is_not_its_own(world, scripts):
    """Each field of each model comes along: every single one is named in the refusal, and no column changes."""
    names, problems, requests = field_names(), [], []
    for operation in WITH_BODY:
        foreign = names - known_names(operation)
        body = (body_of(world, operation, "BUG") or {}) | dict.fromkeys(foreign, 1)
        requests.append((operation, address(world, operation), body, foreign))
    before = everything()

    for operation, path, body, foreign in requests:
        response = scripts(operation).send(operation.method.upper(), path, body)
        told = (response.json()["error"] or {"fields": {}})["fields"]
        missing = foreign - {name.rpartition(".")[2] for name in told}
        if response.status_code != 422 or missing or len(foreign) < 100:
            problems.append((operation.name, response.status_code, sorted(missing)[:5]))

    assert problems == []
    assert everything() == before


def test_no_read_sorts_selects_or_filters_by_what_it_does_not_offer(world, scripts):
    """Refused, or nothing found: never an error of the database, and never a column that is nobody's to ask for."""
    problems = []

    for operation in READS:
        path, script = address(world, operation), scripts(operation)
        for name in asked_names(operation):
            for value in STRANGE:
                query = urlencode({name: value})
                with CaptureQueriesContext(connection) as seen:
                    response = script.get(f"{path}?{query}")
                said = f"{operation.name} {query[:60]}: {response.status_code}"
                wanted = {422} if name in {"sort", "fields", "limit"} else {200, 404, 422}
                problems += [] if response.status_code in wanted else [said]
                ordered = " ".join(query["sql"].partition("ORDER BY")[2] for query in seen.captured_queries)
                problems += [f"{said}, by a password"] if "password" in ordered else []

    assert problems == []


def test_no_read_takes_a_name_that_it_does_not_know(world, scripts):
    """`?author__password=…` would be a filter of Django's."""
    problems = []

    for operation in READS:
        path = address(world, operation)
        for name in ("author__password", "_connector", "pk", "project_id"):
            response = scripts(operation).get(f"{path}?{name}=1")
            if response.status_code != 422:
                problems.append(f"{operation.name} {name}: {response.status_code}")

    assert problems == []
