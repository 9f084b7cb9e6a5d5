"""Log-ins: their list, their length, and their end."""

from datetime import timedelta
from functools import partial

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from accounts import instance
from accounts.models import InstanceSettings, User
from accounts.queries.sessions import open_sessions
from accounts.services.people import set_active
from accounts.services.sessions import clear_sessions, end_others, note_seen
from config import clock
from notifications.live import publisher
from notifications.live.guard import Claim, judge
from notifications.live.sessions import BEGAN, bearer_of, digest_of
from notifications.live.sockets import Close
from notifications.queries import events_about
from tests.accounts.factoring import is_in, log_in
from tests.factories import PASSWORD
from tests.parallel import at_once
from tests.projects.pages import words

pytestmark = pytest.mark.django_db
PAGE = "/me/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def session_days(db):
    """Return a function that sets how long a log-in lasts."""

    def decide(days):
        InstanceSettings.objects.update_or_create(pk=1, defaults={"session_days": days})
        instance.forget()

    yield decide
    InstanceSettings.objects.filter(pk=1).delete()
    instance.forget()


def id_of(client):
    return UserSession.objects.get(session_key=client.session.session_key).pk


def test_list_shows_each_log_in_with_its_device(world, client_for):
    here = client_for("lead")
    there = Client(headers={"User-Agent": FIREFOX})
    log_in(there, world.lead)
    client_for("viewer")

    said = words(here.get(PAGE), "#sessions")

    assert (said.count("This one"), said.count("began"), "Firefox on Linux" in said) == (1, 2, True)
    assert "127.0.0.1" in said


def test_list_marks_what_scripts_began(world, client, client_for):
    body = {"login": world.lead.username, "password": PASSWORD}
    client.post("/api/v1/auth/login", body, content_type="application/json")

    assert "Script" in words(client_for("lead").get(PAGE), "#sessions")


def test_list_asks_as_much_for_many(world, client_for, assert_equal_queries):
    client = client_for("lead")

    assert_equal_queries(lambda: client.get(PAGE), lambda: client_for("lead"))


def test_list_leaves_out_what_does_not_hold(world, client_for):
    client, gone, stale = client_for("lead"), client_for("lead"), client_for("lead")
    Session.objects.filter(session_key=gone.session.session_key).delete()
    data = stale.session
    data["_auth_user_hash"] = "of an earlier password"
    data.save()

    shown = open_sessions(world.lead, client.session.session_key)

    assert [each.is_this for each in shown] == [True]


def test_end_logs_out_that_one_only(world, client_for):
    here, there, third = client_for("lead"), client_for("lead"), client_for("lead")

    response = here.post(f"{PAGE}{id_of(there)}/end/")

    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert [is_in(client) for client in (here, there, third)] == [True, False, True]
    event = events_about(f"person:{world.lead.pk}").get(kind="person.sessions_ended")
    assert (event.actor, event.data) == (world.lead, {"count": 1})


@pytest.mark.parametrize("persona", ["developer", "administrator", "stranger"])
def test_nobody_ends_the_log_in_of_another(world, client_for, persona):
    theirs = client_for("lead")

    response = client_for(persona).post(f"{PAGE}{id_of(theirs)}/end/")

    assert (response.status_code, is_in(theirs)) == (404, True)


def test_end_of_all_others_keeps_this_one(world, client_for):
    here, others, viewer = client_for("lead"), [client_for("lead"), client_for("lead")], client_for("viewer")

    here.post(f"{PAGE}end-others/")

    assert [is_in(client) for client in (here, *others, viewer)] == [True, False, False, True]


def test_end_is_told_to_open_pages(world, client_for, monkeypatch, django_capture_on_commit_callbacks):
    here, there = client_for("lead"), client_for("lead")
    told = []
    monkeypatch.setattr(publisher, "publish", lambda group, message: told.append((group, message)))
    key = there.session.session_key

    with django_capture_on_commit_callbacks(execute=True):
        here.post(f"{PAGE}end-others/")

    assert (f"person.{world.lead.pk}", {"type": "session.ended", "session": digest_of(key)}) in told


def test_an_ended_log_in_is_not_saved_again_by_a_request_that_runs(world, client_for):
    here, there = client_for("lead"), client_for("lead")
    running = there.session
    assert running[BEGAN]
    end_others(actor=world.lead, session_key=here.session.session_key)

    running["something"] = "new"
    with pytest.raises(UpdateError):
        running.save()

    assert not is_in(there)


def test_a_log_in_ends_after_its_days_whatever_was_done(world, client_for, session_days):
    session_days(2)
    client = client_for("lead")
    session = client.session
    session[BEGAN] -= timedelta(days=2).total_seconds() - 60
    session.save()
    before = is_in(client)
    session[BEGAN] -= 61
    session.save()

    response = client.get("/inbox/")

    assert (before, response.status_code) == (True, 302)
    assert response.headers["Location"].startswith("/accounts/login/")


def test_fewer_days_end_older_log_ins(world, client_for, session_days):
    session_days(30)
    client = client_for("lead")
    session = client.session
    session[BEGAN] -= timedelta(days=10).total_seconds()
    session.save()
    bearer = bearer_of(session.session_key)
    claim = Claim(bearer.person, bearer.key, bearer.data, None, bearer.began)
    before = (is_in(client), judge([claim])[0].code)

    session_days(9)

    assert (before, judge([claim])[0].code, bearer_of(session.session_key)) == ((True, 0), Close.LOG_IN, None)
    assert not is_in(client)


def test_who_has_a_page_open_is_seen_at_most_every_five_minutes(world, client_for):
    client = client_for("lead")
    key, now = client.session.session_key, clock.now() + timedelta(hours=1)

    for minutes in (0, 4):
        note_seen([world.lead.pk], [key], now + timedelta(minutes=minutes))

    assert User.objects.get(pk=world.lead.pk).last_seen_at == now
    assert UserSession.objects.get(session_key=key).last_seen_at == now
    assert User.objects.get(pk=world.viewer.pk).last_seen_at is None


def test_log_in_is_seen(world, client):
    log_in(client, world.viewer)

    assert User.objects.get(pk=world.viewer.pk).last_seen_at is not None


def test_clearing_takes_what_is_too_old_or_gone(world, client_for, session_days):
    session_days(5)
    fresh, old, gone = client_for("lead"), client_for("lead"), client_for("lead")
    UserSession.objects.filter(pk=id_of(old)).update(created_at=clock.now() - timedelta(days=6))
    Session.objects.filter(session_key=gone.session.session_key).delete()

    clear_sessions()

    assert list(UserSession.objects.filter(user=world.lead).values_list("pk", flat=True)) == [id_of(fresh)]
    assert (is_in(fresh), is_in(old)) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_no_log_in_outlives_deactivation_whatever_runs(world, client_for):
    """Row 15: 200 rounds of a request beside the deactivation; afterwards nobody is in."""
    working = 0
    for _round in range(200):
        client = Client()
        client.force_login(world.viewer, backend="allauth.account.auth_backends.AuthenticationBackend")
        requests = [partial(client.post, "/me/theme/", {"theme": "dark"}), partial(client.get, "/inbox/")]
        deactivate = partial(set_active, actor=world.administrator, person=world.viewer, active=False)

        at_once([*requests, deactivate], workers=3)

        working += client.get("/inbox/").status_code == 200
        working += Session.objects.filter(session_key=client.session.session_key).exists()
        set_active(actor=world.administrator, person=world.viewer, active=True)
        working += client.get("/inbox/").status_code == 200

    connection.close()
    assert working == 0
