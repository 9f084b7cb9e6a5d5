"""Every answer of the API has one shape, also what nobody wrote an operation for."""

import json

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.enums import Scope
from accounts.models import Team
from config.api.pages import encode_cursor
from tests.api.calling import Script, data, error, script_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


def send(script, body, content_type=JSON, method="POST", path="/api/v1/teams"):
    return script.client.generic(method, path, body, content_type=content_type, headers=script.headers)


@pytest.fixture
def script(world):
    return script_of(world, "developer", Scope.TEAMS_WRITE, Scope.ME_WRITE, Scope.PEOPLE_READ)


def test_answer_has_one_shape(script, world):
    body = script.get("/me").json()

    assert list(body) == ["data", "error", "status"]
    assert (body["error"], body["status"]) == (None, 200)


def test_refusal_has_one_shape_and_a_problem_type(script):
    body = script.get("/teams/999999").json()

    assert body == {
        "data": None,
        "error": {
            "type": "/api/v1/problems/not_found",
            "code": "not_found",
            "message": "This is no longer here, or you may not see it.",
            "fields": {},
            "hint": "",
            **{name: value for name, value in body["error"].items() if name == "details"},
        },
        "status": 404,
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"", b"[1", b"\xff\xfe", b'{"name": NaN}', b'{"name": "\\u0000"}', b'{"name": "\\ud800"}', b"[" * 5000,
        '{"name": "x"}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_unreadable_body_is_400(script, body):
    response = send(script, body)

    if body == b"":
        assert error(response, 422)["code"] == "invalid"
    else:
        assert error(response, 400)["code"] == "unreadable"
    assert not Team.objects.filter(name="x").exists()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_body_that_is_no_json_is_415(script, content_type):
    assert error(send(script, b'{"name": "x"}', content_type), 415)["code"] == "unsupported_type"


def test_large_body_is_413(script, settings):
    body = json.dumps({"name": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})

    assert error(send(script, body), 413)["code"] == "too_large"


def test_unknown_address_is_404_and_wrong_method_405(script):
    assert error(script.get("/nothing/here"), 404)["code"] == "not_found"
    refused = script.send("PUT", "/teams", {})
    assert error(refused, 405)["code"] == "method"
    assert refused.headers["Allow"] == "GET, POST"


def test_wrong_values_are_told_by_field(script):
    refused = error(script.post("/teams", {"name": 5, "id": 7, "role": "owner"}), 422)

    assert refused["code"] == "invalid"
    assert sorted(refused["fields"]) == ["id", "name", "role"]
    assert not Team.objects.filter(pk=7, name="5").exists()


@pytest.mark.parametrize(
    "query", ["nonsense=1", "author__password=x", "_connector=OR", "limit=0", "limit=101", "limit=x"]
)
def test_query_that_is_not_understood_is_refused(script, query):
    refused = error(script.get(f"/people?{query}"), 422)

    assert list(refused["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("path", ["/people?q=%00", "/teams/%00", "/people?cursor=%00"])
def test_zero_character_is_no_address(script, path):
    assert script.get(path).status_code in {400, 404}


@pytest.mark.parametrize("number", [2**63, 10**30])
def test_number_that_no_column_holds_is_refused(script, number):
    assert script.get(f"/teams/{number}").status_code in {404, 422}


def cursors(world):
    return [
        "nonsense", "", "e30", "%ff", "A" * 5000,
        encode_cursor("people:-username", ["a"]),
        encode_cursor("other:username", ["a"]),
        encode_cursor("people:username", []),
        encode_cursor("people:username", ["a", "b"]),
        encode_cursor("people:username", [None]),
        encode_cursor("people:username", ["\x00"]),
        encode_cursor("people:username", ["a"])[:-2],
    ]  # fmt: skip


def test_cursor_that_no_list_gave_is_refused(script, world):
    for cursor in cursors(world):
        answer = script.get(f"/people?cursor={cursor}")
        assert error(answer, 422)["code"] == "cursor", cursor


def test_pages_hold_everybody_once(world, script):
    listed, cursor, pages = [], "", 0
    while cursor is not None:
        told = data(script.get(f"/people?limit=1{f'&cursor={cursor}' if cursor else ''}"))
        listed += [person["username"] for person in told["items"]]
        cursor, pages = told["next"], pages + 1

    assert pages > 2
    assert listed == [person["username"] for person in data(script.get("/people"))["items"]]
    assert len(set(listed)) == len(listed)


def test_reader_chooses_fields(script, world):
    told = data(script.get("/people?fields=username,name"))

    assert all(list(person) == ["username", "name"] for person in told["items"])
    assert set(told) == {"items", "next"}
    assert list(error(script.get("/people?fields=username,email"), 422)["fields"]) == ["fields"]


def test_answers_are_kept_and_framed_by_nobody(script):
    for answer in (script.get("/me"), script.get("/nothing"), Script(None).get("/me")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Type"] == JSON
        assert answer.headers["Content-Length"] == str(len(answer.content))
        assert "X-Request-Id" in answer.headers


def test_no_other_site_may_read_an_answer(script):
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}

    preflight = script.client.options("/api/v1/teams", headers=asked)
    answer = script.client.get("/api/v1/me", headers=script.headers | asked)

    assert preflight.status_code == 405
    assert answer.status_code == 200
    assert not [name for response in (preflight, answer) for name in response.headers if name.startswith("Access-")]


def test_what_breaks_is_told_without_a_trace(script, monkeypatch):
    from accounts.api import me

    def breaks(person):
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(me, "me_out", breaks)
    script.client.raise_request_exception = False

    told = script.get("/me")

    assert error(told, 500)["code"] == "broken"
    assert "secret" not in told.content.decode()


def test_database_that_is_away_is_told_as_such(script, monkeypatch):
    from accounts.api import me

    def away(person):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(me, "me_out", away)

    told = script.get("/me")

    assert error(told, 503)["code"] == "unavailable"
    assert told.headers["Retry-After"] == "5"


def test_cookie_alone_is_nobody(world, client_for):
    client = client_for("developer")

    assert error(client.get("/api/v1/me"), 401)["code"] == "unauthenticated"
    assert error(client.post("/api/v1/teams", {"name": "x"}, content_type=JSON), 401)["code"] == "unauthenticated"
    assert not Team.objects.filter(name="x").exists()


def test_cookie_with_its_csrf_token_is_its_person(world, client_for):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.developer, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/me/")
    token = client.cookies["csrf"].value

    right = client.post("/api/v1/teams", {"name": "x"}, content_type=JSON, headers={"X-CSRFToken": token})
    wrong = client.post("/api/v1/teams", {"name": "y"}, content_type=JSON, headers={"X-CSRFToken": "a" * 64})

    assert data(right, 201)["name"] == "x"
    assert error(wrong, 403)["code"] == "csrf"
    assert not Team.objects.filter(name="y").exists()


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "plb_nothing", "Token x"])
def test_other_credentials_are_nobodys(world, header):
    script = Script(None)
    script.headers["Authorization"] = header

    assert script.get("/me").status_code == 401


def test_token_in_the_address_is_nobodys(world, script):
    token = script.headers["Authorization"].removeprefix("Bearer ")

    assert Script(None).get(f"/me?token={token}").status_code == 401
    assert Script(None).get(f"/me?access_token={token}").status_code == 401


def test_reads_cost_one_statement_besides_their_own(world, django_assert_num_queries):
    script = script_of(world, "developer", Scope.ME_READ)
    script.get("/me")

    with django_assert_num_queries(1):
        script.get("/me")
