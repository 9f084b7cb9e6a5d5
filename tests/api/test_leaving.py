"""Taking one's data along and deleting one's account: by tokens that may do everything, or by a new log-in."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts import former, instance
from accounts.enums import Scope, TeamRole
from accounts.models import InstanceSettings, PersonalToken, User
from accounts.services.people import set_active
from accounts.services.teams import create_team, join_team
from config import clock
from config.middleware import SECRET_PART
from notifications.queries import events_about
from tests.accounts.door import sure
from tests.api.calling import Script, data, error, script_of
from tests.api.test_sessions import from_log_in
from tests.browsing import CheckedClient

pytestmark = pytest.mark.django_db
EXPORT, ACCOUNT = "/me/export", "/me/account"
OWN = [scope for scope in Scope if not scope.startswith("admin:")]
READING = [scope for scope in OWN if scope.endswith(":read")]


@pytest.fixture(autouse=True)
def _fresh_names():
    former.forget()
    yield
    former.forget()


def path_of(told, site="http://127.0.0.1:8000"):
    assert told["url"].startswith(f"{site}/me/data/")
    return told["url"].removeprefix(site)


def old_log_in(person):
    """The script of a log-in that is older than five minutes."""
    script = from_log_in(person)
    session = SessionStore(UserSession.objects.get(user=person).session_key)
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()
    return script


class TestExport:
    def test_link_leads_to_the_file_of_the_page(self, world):
        told = data(script_of(world, "developer", *READING, Scope.ME_WRITE).post(EXPORT))

        answer = CheckedClient().get(path_of(told))

        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{told["name"]}"'
        assert answer.headers["Cache-Control"] == "no-store, private"
        with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
            profile = json.loads(archive.read("profile.json"))
        assert profile["username"] == world.developer.username
        event = events_about(f"person:{world.developer.pk}").get(kind="person.exported")
        assert (event.actor, event.data) == (world.developer, {})

    def test_link_ends_after_its_time(self, world, monkeypatch):
        told = data(script_of(world, "developer").post(EXPORT))
        later = clock.now() + timedelta(seconds=601)
        monkeypatch.setattr(clock, "now", lambda: later)

        assert CheckedClient().get(path_of(told)).status_code == 404

    @pytest.mark.parametrize("end", ["deactivated", "password"])
    def test_link_ends_with_its_person_and_with_the_password(self, world, end):
        path = path_of(data(script_of(world, "developer").post(EXPORT)))
        if end == "deactivated":
            set_active(actor=world.administrator, person=world.developer, active=False)
        else:
            person = User.objects.get(pk=world.developer.pk)
            person.set_password("quite another 7")
            person.save()

        assert CheckedClient().get(path).status_code == 404

    @pytest.mark.parametrize("change", [lambda token: token[:-6] + "AAAAA=", lambda token: "x", lambda token: "é" * 9])
    def test_nobody_makes_a_link(self, world, change):
        token = path_of(data(script_of(world, "developer").post(EXPORT))).split("/")[3]

        assert CheckedClient().get(f"/me/data/{change(token)}/").status_code == 404

    def test_link_is_not_in_the_log_of_requests(self):
        assert SECRET_PART.sub(r"\1…", "/me/data/gAAAAAB-x_y=/") == "/me/data/…/"

    def test_who_needs_a_factor_first_gets_nothing_by_a_link(self, world):
        path = path_of(data(script_of(world, "developer").post(EXPORT)))
        InstanceSettings.objects.update_or_create(pk=1, defaults={"require_two_factors": True})
        instance.forget()

        assert CheckedClient().get(path).status_code == 403
        InstanceSettings.objects.all().delete()
        instance.forget()

    def test_link_and_start_are_limited(self, world):
        script = script_of(world, "developer")
        starts = [script.post(EXPORT) for _each in range(6)]
        path, client = path_of(data(starts[0])), CheckedClient()

        statuses = [client.get(path).status_code for _each in range(11)]

        assert [start.status_code for start in starts] == [200] * 5 + [429]
        assert int(starts[-1].headers["Retry-After"]) > 0
        assert statuses == [200] * 10 + [429]

    @pytest.mark.parametrize("lacking", [scope for scope in READING if scope != Scope.ME_READ])
    def test_token_that_may_not_read_everything_takes_nothing(self, world, lacking):
        scopes = {*OWN} - {lacking, lacking.replace(":read", ":write")}

        refused = error(script_of(world, "developer", *scopes).post(EXPORT), 403)

        assert (refused["code"], lacking in refused["message"]) == ("token_scopes", True)

    def test_token_of_some_projects_takes_nothing(self, world):
        refused = script_of(world, "developer", projects=[world.bug.pk]).post(EXPORT)

        assert error(refused, 403)["code"] == "token_projects"

    def test_log_in_must_be_fresh(self, world):
        assert error(old_log_in(world.developer).post(EXPORT), 403)["code"] == "step_up"
        assert data(from_log_in(world.lead).post(EXPORT))["url"]

    def test_nobody_is_refused(self, world):
        assert error(Script(None).post(EXPORT), 401)["code"] == "unauthenticated"


class TestDeletion:
    def test_account_is_deleted_and_all_ways_in_end(self, world):
        script = script_of(world, "viewer", *OWN)
        login = from_log_in(world.viewer)

        data(script.send("DELETE", ACCOUNT, {"username": world.viewer.username.upper()}))

        gone = User.objects.get(pk=world.viewer.pk)
        assert (gone.left_at is None, gone.is_active, gone.display_name) == (False, False, "Former member")
        assert not PersonalToken.objects.filter(person=gone).exists()
        assert [each.get("/me").status_code for each in (script, login)] == [401, 401]

    def test_a_new_log_in_deletes_it_and_an_old_one_does_not(self, world):
        body = {"username": world.viewer.username}

        assert error(old_log_in(world.viewer).send("DELETE", ACCOUNT, body), 403)["code"] == "step_up"
        assert User.objects.get(pk=world.viewer.pk).left_at is None
        assert data(from_log_in(world.viewer).send("DELETE", ACCOUNT, body)) == {"done": True}

    def test_session_of_the_documentation_must_have_stepped_up(self, world, client_for):
        script, body = Script(None), {"username": world.viewer.username}
        script.client, script.headers = client_for("viewer"), {"X-CSRFToken": get_token(RequestFactory().get("/"))}

        assert error(script.send("DELETE", ACCOUNT, body), 403)["code"] == "step_up"
        sure(script.client)
        assert data(script.send("DELETE", ACCOUNT, body)) == {"done": True}

    @pytest.mark.parametrize("typed", ["", "other", "lead"])
    def test_another_name_deletes_nothing(self, world, typed):
        name = world.lead.username if typed == "lead" else typed

        refused = script_of(world, "viewer").send("DELETE", ACCOUNT, {"username": name})

        assert error(refused, 422)["code"] == "typed_name"
        assert User.objects.get(pk=world.viewer.pk).left_at is None

    @pytest.mark.parametrize("scope", [scope for scope in OWN if scope.endswith(":write")])
    def test_narrow_tokens_delete_nobody(self, world, scope):
        some = script_of(world, "viewer", projects=[world.bug.pk])
        body, scopes = {"username": world.viewer.username}, {*OWN} - {scope}

        refused = script_of(world, "viewer", *scopes).send("DELETE", ACCOUNT, body)

        assert error(refused, 403)["code"] == ("scope" if scope == Scope.ME_WRITE else "token_scopes")
        assert error(some.send("DELETE", ACCOUNT, body), 403)["code"] == "token_projects"
        assert User.objects.get(pk=world.viewer.pk).left_at is None

    def test_what_stands_in_the_way_is_told_before_and_after(self, world):
        team = create_team(actor=world.viewer, name="Harbour")
        join_team(actor=world.viewer, team=team, person=world.lead, role=TeamRole.MEMBER)
        script = script_of(world, "viewer")

        (reason,) = data(script.get("/me/account/reasons-to-stay"))["reasons"]
        refused = error(script.send("DELETE", ACCOUNT, {"username": world.viewer.username}), 422)

        assert "Harbour" in reason
        assert (refused["code"], refused["message"]) == ("needed", reason)
        some = script_of(world, "viewer", projects=[world.bug.pk])
        assert error(some.get("/me/account/reasons-to-stay"), 403)["code"] == "token_projects"
