"""Registering, logging in and out, through the pages."""

import pytest

from accounts.models import User
from notifications.queries import events_of
from tests.accounts.door import CODE, ELSEWHERE, INACTIVE, LOGIN, RESET, SENT, SIGNUP, is_in, log_in, sign_up
from tests.factories import PersonFactory
from tests.projects.pages import soup, words

LOGOUT = "/accounts/logout/"
TAKEN = "These details cannot be used for a new account. If one of them is yours already, log in instead."


@pytest.mark.parametrize("field", ["username", "email"])
@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_log_in_with_either_whatever_the_case(world, client, field, change):
    response = log_in(client, change(getattr(world.viewer, field)))

    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert is_in(client)


def test_log_in_returns_to_where_one_came_from(world, client):
    response = log_in(client, world.viewer.username, next="/BUG/activity/")

    assert response.headers["Location"] == "/BUG/activity/"


# Row by row what browsers take for another site, or for a script.
ELSE = "elsewhere.example"
TRAPS = [
    f"https://{ELSE}/", f"//{ELSE}/", f"///{ELSE}/", f"/\\{ELSE}/", f"\\/{ELSE}/", f"\\\\{ELSE}/", f"https:{ELSE}",
    f"http:/{ELSE}",
    f"@{ELSE}", f".{ELSE}", f"//testserver@{ELSE}/", f"https://testserver@{ELSE}/", f"/\t/{ELSE}/", f"/\n/{ELSE}/",
    f"\t//{ELSE}/", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", f"//{ELSE}\\@testserver/",
    f"／／{ELSE}/", "ftp://testserver/", f"http://testserver.{ELSE}/", "http://testserver:8000/", "https://testserver/",
]  # fmt: skip


@pytest.mark.parametrize("target", TRAPS)
def test_log_in_leads_nowhere_else(world, client, target):
    response = log_in(client, world.viewer.username, next=target)

    assert response.headers["Location"] == "/"


def test_log_in_says_the_same_of_a_wrong_password_and_of_nobody(world, client):
    answers = [log_in(client, name, "not the passphrase") for name in (world.viewer.username, "nobody.at.all")]

    said = [
        words(answer, "main").replace(world.viewer.username, "X").replace("nobody.at.all", "X") for answer in answers
    ]
    assert said[0] == said[1]
    assert "not correct" in said[0]
    assert not is_in(client)


def test_log_in_of_a_deactivated_person_opens_nothing(world, client):
    log_in(client, world.deactivated.username)

    assert not is_in(client)


def test_log_in_is_stopped_after_five_wrong_passwords(world, client):
    for _each in range(5):
        log_in(client, world.viewer.username, "not the passphrase")

    response = log_in(client, world.viewer.username)

    assert (response.status_code, int(response.headers["Retry-After"]) // 60) in {(429, 14), (429, 15)}
    assert "There were too many wrong passwords. Try again in 15 minutes." in words(response, "main")
    assert not is_in(client)


def test_log_in_renews_the_session(world, client):
    client.get(LOGIN)
    before = client.session.session_key
    log_in(client, world.viewer.username)

    assert client.session.session_key != before


def test_log_out_needs_a_post(world, client):
    log_in(client, world.viewer.username)

    client.get(LOGOUT)
    still = is_in(client)
    response = client.post(LOGOUT)

    assert still
    assert response.headers["Location"] == LOGIN
    assert not is_in(client)


def test_sign_up_makes_a_person_with_a_team_and_logs_them_in(world, client):
    response = sign_up(client, display_name="Ana Lima")

    person = User.objects.get(username="ana.lima")
    assert (response.status_code, person.email, person.name) == (302, "ana@mail.example", "Ana Lima")
    assert [(team.name, team.is_personal) for team in person.teams.all()] == [("Ana Lima", True)]
    assert events_of("instance").filter(kind="person.registered", actor=person).count() == 1
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert is_in(client)


@pytest.mark.parametrize("field", ["username", "email"])
def test_sign_up_does_not_say_which_of_them_is_taken(world, client, field):
    before = User.objects.count()

    response = sign_up(client, **{field: getattr(world.viewer, field).upper()})

    assert TAKEN in words(response, "main")
    assert "already" not in words(response, "main").replace(TAKEN, "").replace("Have one already?", "")
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"password1": "short"},
        {"password1": "password1234"},
        {"password1": "ana.lima.ana"},
        {"username": "a"},
        {"username": "-ana"},
        {"username": "ana lima"},
        {"username": "x" * 33},
        {"email": "nowhere"},
    ],
)
def test_sign_up_refused_says_why(world, client, changes):
    before = User.objects.count()

    response = sign_up(client, **changes)

    assert words(response, ".errors")
    assert User.objects.count() == before
    assert not is_in(client)


def test_sign_up_takes_no_rights_from_the_form(world, client):
    sign_up(client, is_superuser="on", is_staff="on", is_active="")

    person = User.objects.get(username="ana.lima")
    assert (person.is_superuser, person.is_staff, person.is_active) == (False, False, True)


@pytest.mark.parametrize("page", [LOGIN, SIGNUP])
def test_who_is_in_already_is_led_on(client_for, page):
    assert client_for("viewer").get(page).headers["Location"] == "/"


DOOR = [LOGIN, SIGNUP, RESET, CODE, SENT, INACTIVE, f"{RESET}sent/", f"{RESET}done/", f"{ELSEWHERE}cancelled/"]


@pytest.mark.parametrize("page", DOOR)
def test_pages_of_the_door_are_ours(world, client, page):
    assert soup(client.get(page)).select_one("body.door h1")


@pytest.mark.parametrize("page", ["3rdparty/", "social/signup/", "phone/change/", "password/reset/complete/", "2fa/"])
def test_pages_that_are_not_ours_are_not_there(client_for, page):
    assert client_for("viewer").get(f"/accounts/{page}").status_code == 404


def test_session_ends_when_a_person_is_deactivated(world, client):
    person = PersonFactory()
    log_in(client, person.username)
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert not is_in(client)
