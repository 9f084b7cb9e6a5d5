"""One's own log-ins over the API: the list of the page, and ending them."""

import pytest
from allauth.usersessions.models import UserSession
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from accounts.enums import Scope
from notifications.queries import events_about
from tests.accounts.factoring import is_in, log_in
from tests.api.calling import Script, data, error, script_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
PATH = "/me/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def from_log_in(person):
    """The script of a log-in over the API."""
    pair = data(Script(None).post("/auth/login", {"login": person.username, "password": PASSWORD}))
    script = Script(None)
    script.headers["Authorization"] = f"Bearer {pair['access_token']}"
    return script


def id_of(client):
    return UserSession.objects.get(session_key=client.session.session_key).pk


def test_list_tells_each_log_in_and_which_one_asks(world):
    there = Client(headers={"User-Agent": FIREFOX})
    log_in(there, world.developer)
    script = from_log_in(world.developer)

    own, other = data(script.get(PATH))

    assert (own["is_this"], own["is_script"]) == (True, True)
    assert (other["id"], other["device"], other["address"]) == (id_of(there), "Firefox on Linux", "127.0.0.1")
    assert (other["is_this"], other["is_script"]) == (False, False)
    assert set(other) == {"id", "device", "address", "is_this", "is_script", "began_at", "last_seen_at"}


def test_list_of_a_personal_token_is_its_persons_and_none_is_this(world, client_for):
    client_for("lead")
    client_for("developer")

    told = data(script_of(world, "developer", Scope.ME_READ).get(PATH))

    assert [each["is_this"] for each in told] == [False]


def test_session_of_the_documentation_page_is_this_one(world, client_for):
    client = client_for("developer")
    script = Script(None)
    script.client, script.headers = client, {"X-CSRFToken": get_token(RequestFactory().get("/"))}

    assert [each["is_this"] for each in data(script.get(PATH))] == [True]


def test_list_asks_as_much_for_many(world, client_for, assert_equal_queries):
    script = script_of(world, "developer", Scope.ME_READ)
    client_for("developer")

    assert_equal_queries(lambda: script.get(PATH), lambda: client_for("developer"))


def test_one_is_ended_and_the_others_go_on(world, client_for):
    here, there = client_for("developer"), client_for("developer")
    script = script_of(world, "developer", Scope.ME_WRITE)

    data(script.delete(f"{PATH}/{id_of(there)}"))

    assert [is_in(client) for client in (here, there)] == [True, False]
    event = events_about(f"person:{world.developer.pk}").get(kind="person.sessions_ended")
    assert (event.actor, event.data) == (world.developer, {"count": 1})


def test_the_log_in_that_asks_ends_as_well(world):
    script = from_log_in(world.developer)
    (own,) = data(script.get(PATH))

    data(script.delete(f"{PATH}/{own['id']}"))

    assert error(script.get(PATH), 401)["code"] == "unauthenticated"


@pytest.mark.parametrize("persona", ["lead", "administrator", "stranger"])
def test_nobody_ends_the_log_in_of_another(world, client_for, persona):
    client = client_for("developer")

    refused = script_of(world, persona).delete(f"{PATH}/{id_of(client)}")

    assert error(refused, 404)["code"] == "not_found"
    assert is_in(client)


def test_all_others_end_and_the_one_that_asks_goes_on(world, client_for):
    one, two, others = client_for("developer"), client_for("developer"), client_for("lead")
    script = from_log_in(world.developer)

    told = data(script.delete(PATH))

    assert told == {"ended": 2}
    assert [is_in(client) for client in (one, two, others)] == [False, False, True]
    assert len(data(script.get(PATH))) == 1


def test_personal_token_ends_all_and_goes_on_itself(world, client_for):
    client = client_for("developer")
    script = script_of(world, "developer", Scope.ME_WRITE)

    assert data(script.delete(PATH)) == {"ended": 1}
    assert (is_in(client), data(script.get(PATH))) == (False, [])


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("DELETE", PATH), ("DELETE", f"{PATH}/1")])
def test_narrow_tokens_reach_no_log_in(world, client_for, method, path):
    client = client_for("developer")
    some = script_of(world, "developer", projects=[world.bug.pk])
    reading = script_of(world, "developer", Scope.PEOPLE_READ)

    assert error(some.send(method, path), 403)["code"] == "token_projects"
    assert error(reading.send(method, path), 403)["code"] == "scope"
    assert is_in(client)
