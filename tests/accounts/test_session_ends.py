"""What is left of log-ins that ended by themselves, and of several ends at once."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import jwtokens
from accounts.services.sessions import end_all, end_session
from accounts.tasks import clear_sessions
from notifications.queries import events_about
from tests.api.calling import Script, data
from tests.factories import PASSWORD
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def counts_told(person):
    told = events_about(f"person:{person.pk}").filter(kind="person.sessions_ended")
    return [event.data["count"] for event in told]


def log_in_over_the_api(person):
    return data(Script(None).post("/auth/login", {"login": person.username, "password": PASSWORD}))


def test_a_log_out_takes_its_session_from_the_list_and_no_other(world, client_for):
    here, there = client_for("lead"), client_for("lead")
    kept = there.session.session_key

    here.post("/accounts/logout/")

    assert list(UserSession.objects.filter(user=world.lead).values_list("session_key", flat=True)) == [kept]


def test_only_log_ins_that_last_are_counted(world, client_for):
    _lasting, gone = client_for("lead"), client_for("lead")
    Session.objects.filter(session_key=gone.session.session_key).delete()

    ended = end_all(actor=world.lead, person=world.lead)

    assert ended == 1
    assert counts_told(world.lead) == [1]
    assert not UserSession.objects.filter(user=world.lead).exists()


def test_clearing_leaves_no_place_of_a_session_that_is_gone(world, client_for):
    here, gone = client_for("lead"), client_for("viewer")
    Session.objects.filter(session_key=gone.session.session_key).delete()

    clear_sessions()

    assert list(UserSession.objects.values_list("session_key", flat=True)) == [here.session.session_key]


def test_the_end_of_what_was_over_is_no_event(world, client_for):
    gone = client_for("lead")
    listed = UserSession.objects.get(user=world.lead)
    Session.objects.filter(session_key=gone.session.session_key).delete()

    assert end_session(actor=world.lead, session_id=listed.pk) is False
    assert counts_told(world.lead) == []
    assert not UserSession.objects.filter(pk=listed.pk).exists()


def test_a_renewal_locks_the_place_on_the_list_before_the_session(world):
    token = log_in_over_the_api(world.developer)["refresh_token"]

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert jwtokens.renew(token)

    locks = [query["sql"] for query in asked.captured_queries if "FOR UPDATE" in query["sql"]]
    first = [("usersessions_usersession" in sql, "django_session" in sql) for sql in locks[:2]]
    assert first == [(True, False), (False, True)]


@pytest.mark.django_db(transaction=True)
def test_a_copied_token_and_the_end_of_all_log_ins_wait_for_each_other(world, settings):
    settings.RATE_LIMIT_FACTOR = 100
    for _round in range(5):
        token = log_in_over_the_api(world.developer)["refresh_token"]
        jwtokens.renew(token)

        at_once([lambda token=token: jwtokens.renew(token), lambda: end_all(actor=None, person=world.developer)])

        assert not Session.objects.exists()
