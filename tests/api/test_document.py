"""The OpenAPI document and the pages that are made from it: complete, and readable by everyone."""

import json
import re
from collections import Counter

import pytest
from jsonschema_rs import Draft202012Validator  # schemathesis checks answers by it, too

from accounts.enums import Scope
from config.api.docs import groups
from config.api.document import METHODS, document
from config.api.examples import Reader
from config.api.shapes import In, Out
from config.api.site import api

pytestmark = pytest.mark.django_db
OPERATIONS = [
    (path, method, operation)
    for path, several in document()["paths"].items()
    for method, operation in several.items()
    if method in METHODS
]
IDS = [operation["operationId"] for _path, _method, operation in OPERATIONS]
# By these one gets or ends a credential.
WITHOUT_SCOPE = {"/api/v1/auth/", "/api/v1/me/tokens"}


def test_every_operation_has_a_name_of_its_own():
    assert len(IDS) == len(set(IDS)) > 100


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_operation_is_told_completely(path, method, operation):
    assert operation["summary"]
    assert len(operation["description"]) > 20
    assert {"400", "401", "429", "503"} <= set(operation["responses"]) or "/auth/" in path
    scope = operation["x-scope"]
    assert scope in Scope.values or any(path.startswith(place) for place in WITHOUT_SCOPE)
    assert scope is None or method == "get" or scope.endswith(":write")


def misfits(schema, example):
    """Return what of an example a schema of the document does not allow."""
    told = schema | {"components": document()["components"]}
    return [error.message for error in Draft202012Validator(told, validate_formats=True).iter_errors(example)]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_operation_has_examples_that_its_schemas_allow(path, method, operation):
    """Of what is sent, of what comes back, and of each refusal that is declared."""
    reader, shown = Reader(document()), {}
    for status, answer in operation["responses"].items():
        content = reader.answer(answer)["content"]["application/json"]
        assert (content["example"]["status"], misfits(content["schema"], content["example"])) == (int(status), [])
        shown[status] = content["example"]["error"]
    body = operation.get("requestBody", {}).get("content", {})

    assert [error for status, error in shown.items() if (error is None) != (int(status) < 300)] == []
    assert set(body) <= {"application/json"}
    for content in body.values():
        assert misfits(content["schema"], content["example"]) == []


def test_an_example_that_does_not_fit_is_noticed():
    assert misfits({"$ref": "#/components/schemas/Failure"}, {"data": None, "error": None, "status": "x"}) != []


def test_requests_take_no_fields_that_nobody_named():
    """What a body may hold is an allow-list: no schema of a body lets other fields through."""
    reader = Reader(document())
    bodies = [operation["requestBody"] for _path, _method, operation in OPERATIONS if "requestBody" in operation]

    open_ = [
        body
        for body in bodies
        if reader.resolved(body["content"]["application/json"]["schema"]).get("additionalProperties") is not False
    ]

    assert open_ == []


def test_everyone_reads_the_document_and_it_says_nothing_of_the_site(client, world):
    answer = client.get("/api/v1/openapi.json")

    assert json.loads(answer.content)["openapi"].startswith("3.")
    assert "cnry" not in answer.content.decode()


@pytest.mark.parametrize("persona", ["anonymous", "developer"])
def test_pages_tell_every_operation(world, client_for, persona):
    client = client_for(persona)
    overview = client.get("/api/v1/docs/").content.decode()

    pages = {group.slug: client.get(f"/api/v1/docs/{group.slug}/").content.decode() for group in groups()}

    for group in groups():
        for operation in group.operations:
            assert f'/api/v1/docs/{group.slug}/#{operation.id}"' in overview
            assert f'id="{operation.id}"' in pages[group.slug]
    assert any("data-api-try" in page for page in pages.values()) is (persona == "developer")


def test_unknown_group_is_not_found(client):
    assert client.get("/api/v1/docs/nothing/").status_code == 404


@pytest.mark.parametrize("code", ["not_found", "wip_limit"])
def test_problem_types_lead_to_their_meaning(client, code):
    answer = client.get(f"/api/v1/problems/{code}")

    assert (answer.status_code, code in answer.content.decode()) == (200, True)


def test_addresses_in_the_document_are_those_of_the_site():
    """Each operation is reached by the address that the document names."""
    told = {re.sub(r"\{[^}]*\}", "{}", path) for path, _method, _operation in OPERATIONS}
    served = {
        "/api/v1" + re.sub(r"\{[^}]*\}", "{}", path)
        for _prefix, router in api._routers
        for path in router.path_operations
    }

    assert told == served


def shapes(*roots):
    """Return every model that may stand in the document; those of a list or an answer are made of these."""
    found = {kind for root in roots for kind in root.__subclasses__()}
    return found.union(*(shapes(kind) for kind in found))


def test_no_two_shapes_have_one_name():
    """The document knows them by name: the second would be told as the first, and answer otherwise."""
    names = Counter(kind.__name__ for kind in shapes(In, Out))

    assert {name for name, times in names.items() if times > 1} == set()
    assert len(names) > 100
