"""The same write sent twice is done once."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.enums import Scope
from accounts.models import DoneRequest, Team
from accounts.services.tokens import clear_kept
from config import clock
from tests.api.calling import data, error, script_of
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
BODY = {"name": "Harbour"}


def teams():
    return Team.objects.filter(name="Harbour").count()


def test_same_request_gets_the_same_answer_and_is_done_once(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)

    first = script.post("/teams", BODY, Idempotency_Key="one")
    again = script.post("/teams", BODY, Idempotency_Key="one")

    assert data(first, 201) == data(again, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert teams() == 1


def test_without_a_key_it_is_done_each_time(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)

    script.post("/teams", BODY)
    script.post("/teams", BODY)

    assert teams() == 2


@pytest.mark.parametrize("change", [{"name": "Another"}, {"name": "Harbour "}])
def test_key_of_another_request_is_refused(world, change):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)
    script.post("/teams", BODY, Idempotency_Key="one")

    refused = script.post("/teams", change, Idempotency_Key="one")

    assert error(refused, 422)["code"] == "idempotency_key"
    assert teams() == 1


def test_refused_request_keeps_no_key(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)

    refused = script.post("/teams", {"name": "  "}, Idempotency_Key="one")
    mended = script.post("/teams", BODY, Idempotency_Key="one")

    assert error(refused, 422)["fields"].keys() == {"name"}
    assert mended.status_code == 201


def test_key_is_the_persons_and_the_tokens(world):
    keys = {"Idempotency_Key": "one"}
    script_of(world, "developer", Scope.TEAMS_WRITE).post("/teams", BODY, **keys)

    script_of(world, "lead", Scope.TEAMS_WRITE).post("/teams", BODY, **keys)
    script_of(world, "developer", Scope.TEAMS_WRITE).post("/teams", BODY, **keys)

    assert teams() == 3


def test_key_is_kept_for_a_day(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)
    script.post("/teams", BODY, Idempotency_Key="one")
    DoneRequest.objects.update(at=clock.now() - timedelta(hours=24, minutes=1))

    script.post("/teams", BODY, Idempotency_Key="one")

    assert teams() == 2
    DoneRequest.objects.update(at=clock.now() - timedelta(hours=24, minutes=1))
    clear_kept()
    assert not DoneRequest.objects.exists()


@pytest.mark.parametrize("key", ["x" * 201, "tab\tin it"])
def test_key_that_cannot_be_kept_is_refused(world, key):
    refused = script_of(world, "developer", Scope.TEAMS_WRITE).post("/teams", BODY, Idempotency_Key=key)

    assert error(refused, 422)["code"] == "idempotency_key"
    assert teams() == 0


def test_answers_are_kept_sealed(world):
    script_of(world, "developer", Scope.TEAMS_WRITE).post("/teams", BODY, Idempotency_Key="one")

    assert b"Harbour" not in bytes(DoneRequest.objects.get().body)


def test_token_without_the_scope_gets_no_kept_answer(world):
    writer, reader = script_of(world, "developer", Scope.TEAMS_WRITE), script_of(world, "developer", Scope.ME_READ)
    writer.post("/teams", BODY, Idempotency_Key="one")

    assert error(reader.post("/teams", BODY, Idempotency_Key="one"), 403)["code"] == "scope"


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_is_done_and_all_get_its_answer(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)

    answers = at_once([lambda: script.post("/teams", BODY, Idempotency_Key="one")] * 20)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert teams() == 1


@pytest.mark.django_db(transaction=True)
def test_key_in_use_is_told_as_such(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)

    def hold():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN; SELECT pg_sleep(0)")
            token = script.headers["Authorization"].removeprefix("Bearer ")[:12]
            DoneRequest.objects.create(person=world.developer, key=f"{token} one", fingerprint="x")
            answers = at_once([call])
            cursor.execute("ROLLBACK")
        return answers[0]

    def call():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        try:
            return script.post("/teams", BODY, Idempotency_Key="one")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    refused = hold()

    assert error(refused, 409)["code"] == "in_progress"
    assert refused.headers["Retry-After"] == "1"
