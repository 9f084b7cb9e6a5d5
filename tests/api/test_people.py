"""Oneself, the people whom one knows, and what administrators do to accounts, over the API."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts import instance
from accounts.enums import Scope
from accounts.models import InstanceSettings, PersonalToken, User
from tests.accounts.door import sure
from tests.api.calling import Script, data, error, script_of, token_of
from tests.factories import PASSWORD, PersonFactory

pytestmark = pytest.mark.django_db


def names(script, query=""):
    return {person["username"] for person in data(script.get(f"/people{query}"))["items"]}


def test_me_tells_what_others_do_not_see(world):
    told = data(script_of(world, "developer", Scope.ME_READ).get("/me"))

    assert told["email"] == world.developer.email
    assert told["is_administrator"] is False
    assert set(told) == {
        "username", "name", "email", "time_zone", "language", "theme", "picture", "is_administrator", "joined_at",
    }  # fmt: skip


def test_profile_changes_what_is_sent_and_nothing_else(world):
    script = script_of(world, "developer", Scope.ME_WRITE)
    before = data(script.get("/me"))

    after = data(script.patch("/me", {"display_name": "  Ana   Pires ", "theme": "dark"}))

    assert after == before | {"name": "Ana Pires", "theme": "dark"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"language": "xx"}, "language"),
        ({"theme": "pink"}, "theme"),
        ({"display_name": "x" * 81}, "display_name"),
        ({"email": "other@mail.example"}, "email"),
        ({"is_superuser": True}, "is_superuser"),
        ({"username": "other"}, "username"),
        ({"password": "other"}, "password"),
    ],
)
def test_profile_refuses_other_values_and_fields(world, body, field):
    script = script_of(world, "developer", Scope.ME_WRITE)
    before = User.objects.filter(pk=world.developer.pk).values().get()

    assert field in error(script.patch("/me", body), 422)["fields"]
    assert User.objects.filter(pk=world.developer.pk).values().get() == before


def test_reading_scope_changes_no_profile(world):
    assert error(script_of(world, "developer", Scope.ME_READ).patch("/me", {}), 403)["code"] == "scope"


def test_directory_holds_those_who_share_a_project(world):
    known = names(script_of(world, "developer", Scope.PEOPLE_READ))

    assert world.lead.username in known
    assert world.developer.username in known
    assert not {world.far_owner.username, world.stranger.username, world.deactivated.username} & known


def test_stranger_knows_only_themselves_and_administrators_everyone(world):
    assert names(script_of(world, "stranger", Scope.PEOPLE_READ)) == {world.stranger.username}
    assert world.far_owner.username in names(script_of(world, "administrator", Scope.PEOPLE_READ))


def test_token_for_one_project_knows_the_people_of_that_project(world):
    script = script_of(world, "lead", Scope.PEOPLE_READ, projects=[world.deleted.pk])

    assert names(script) == {world.lead.username}


def test_directory_is_searched_and_costs_the_same_for_more(world, assert_equal_queries):
    script = script_of(world, "administrator", Scope.PEOPLE_READ)

    assert names(script, f"?q={world.lead.username}") == {world.lead.username}
    assert_equal_queries(lambda: script.get("/people"), PersonFactory)


ADMIN = [
    ("GET", "/instance/people", None), ("GET", "/instance/people/{them}", None),
    ("PATCH", "/instance/people/{them}", {"is_active": False}),
    ("PATCH", "/instance/people/{them}", {"is_administrator": True}),
    ("DELETE", "/instance/people/{them}/sessions", None),
    ("GET", "/instance/settings", None), ("PATCH", "/instance/settings", {"require_login": True}),
]  # fmt: skip


@pytest.mark.parametrize("persona", ["anonymous", "stranger", "viewer", "developer", "lead"])
@pytest.mark.parametrize(("method", "path", "body"), ADMIN)
def test_administration_is_not_there_for_others(world, persona, method, path, body):
    script = script_of(world, persona)

    answer = script.send(method, path.format(them=world.viewer.username), body)

    assert answer.status_code == (401 if persona == "anonymous" else 404)
    assert User.objects.get(pk=world.viewer.pk).is_active
    assert not InstanceSettings.objects.filter(require_login=True).exists()


@pytest.mark.parametrize(("method", "path", "body"), ADMIN)
def test_administrators_token_needs_the_scope(world, method, path, body):
    other = [scope for scope in Scope if not scope.startswith("admin:")]
    script = script_of(world, "administrator", *other)

    answer = script.send(method, path.format(them=world.viewer.username), body)

    assert error(answer, 403)["code"] == "scope"


@pytest.mark.parametrize(("method", "path", "body"), ADMIN)
def test_administrators_token_of_some_projects_administrates_nothing(world, method, path, body):
    script = script_of(world, "administrator", projects=[world.bug.pk])

    answer = script.send(method, path.format(them=world.viewer.username), body)

    assert error(answer, 403)["code"] == "token_projects"
    assert not instance_or_people_changed(world)


def instance_or_people_changed(world):
    viewer = User.objects.get(pk=world.viewer.pk)
    changed = InstanceSettings.objects.filter(require_login=True).exists()
    return not viewer.is_active or viewer.is_superuser or changed


def from_documentation(client):
    """The script of the documentation page: a browser's session with its CSRF token."""
    script = Script(None)
    script.client = client
    script.headers = {"X-CSRFToken": get_token(RequestFactory().get("/"))}
    return script


def from_log_in(person):
    """The script of a log-in over the API, and the session that it began."""
    pair = data(Script(None).post("/auth/login", {"login": person.username, "password": PASSWORD}))
    script = Script(None)
    script.headers["Authorization"] = f"Bearer {pair['access_token']}"
    return script, SessionStore(UserSession.objects.get(user=person).session_key)


SURE = [entry for entry in ADMIN if entry[0] == "PATCH"]


@pytest.mark.parametrize(("method", "path", "body"), SURE)
def test_session_of_the_documentation_must_have_stepped_up(world, client_for, method, path, body):
    client = client_for("administrator")
    script = from_documentation(client)

    refused = script.send(method, path.format(them=world.viewer.username), body)

    assert error(refused, 403)["code"] == "step_up"
    assert not instance_or_people_changed(world)
    sure(client)
    data(script.send(method, path.format(them=world.viewer.username), body))
    assert instance_or_people_changed(world)


@pytest.mark.parametrize(("method", "path", "body"), SURE)
def test_log_in_over_the_api_is_fresh_for_five_minutes(world, method, path, body):
    script, session = from_log_in(world.administrator)
    fresh = script.send(method, path.format(them=world.developer.username), body)
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()

    refused = script.send(method, path.format(them=world.viewer.username), body)

    data(fresh)
    assert error(refused, 403)["code"] == "step_up"
    viewer = User.objects.get(pk=world.viewer.pk)
    assert (viewer.is_active, viewer.is_superuser) == (True, False)


def test_administrator_deactivates_and_all_of_theirs_ends(world):
    token_of(world.developer)
    login = Script(None).post("/auth/login", {"login": world.developer.username, "password": PASSWORD})
    script = script_of(world, "administrator", Scope.ADMIN_WRITE)

    told = data(script.patch(f"/instance/people/{world.developer.username}", {"is_active": False}))

    assert data(login)["token_type"] == "Bearer"
    assert told["is_active"] is False
    assert not Session.objects.exists()
    assert not PersonalToken.objects.filter(person=world.developer, revoked_at=None).exists()
    assert data(script.patch(f"/instance/people/{world.developer.username}", {"is_active": True}))["is_active"]


def test_administrator_stays_one(world):
    script = script_of(world, "administrator", Scope.ADMIN_WRITE)
    own = f"/instance/people/{world.administrator.username}"

    for change in ({"is_active": False}, {"is_administrator": False}):
        assert error(script.patch(own, change), 422)["code"] == "self"


def test_two_changes_of_an_account_are_made_together_or_not_at_all(world):
    script = script_of(world, "administrator", Scope.ADMIN_WRITE)
    path = f"/instance/people/{world.lead.username}"

    refused = script.patch(path, {"is_active": False, "is_administrator": True})

    assert refused.status_code == 422
    lead = User.objects.get(pk=world.lead.pk)
    assert (lead.is_active, lead.is_superuser) == (True, False)


def test_accounts_are_listed_with_those_who_cannot_log_in(world, assert_equal_queries):
    script = script_of(world, "administrator", Scope.ADMIN_READ)

    told = data(script.get("/instance/people?state=deactivated&sort=-joined"))["items"]

    assert [row["person"]["username"] for row in told] == [world.deactivated.username]
    assert_equal_queries(lambda: script.get("/instance/people?sort=seen"), PersonFactory)


def test_settings_are_read_and_changed(world):
    script = script_of(world, "administrator", Scope.ADMIN_WRITE)

    told = data(script.patch("/instance/settings", {"session_days": 7, "allowed_domains": ["Example.org"]}))

    instance.forget()
    assert (told["session_days"], told["allowed_domains"]) == (7, ["example.org"])
    assert data(script.get("/instance/settings")) == told
    assert error(script.patch("/instance/settings", {"session_days": 91}), 422)["fields"].keys() == {"session_days"}
