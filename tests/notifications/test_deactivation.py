"""Deactivated over the administrators' page: sockets, sessions and tokens end, however many there are."""

import time

import pytest
from django.conf import settings

from accounts.models import User
from accounts.services.people import set_active
from tests.accounts.door import sure
from tests.api.calling import Script
from tests.browsing import CheckedClient
from tests.factories import PASSWORD
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 2.0
RACERS = 200


def logged_in(person):
    """Return a browser of the person, and the key of its session."""
    browser = CheckedClient()
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return browser, browser.session.session_key


def test_everything_of_theirs_ends_within_two_seconds(world, crowd):
    (first, key), (second, other_key) = logged_in(world.developer), logged_in(world.developer)
    tabs = [crowd.join(None, "BUG", session=key), crowd.join(None, "INNER", session=other_key)]
    script = Script(world.developer)
    answer = Script(None).post("/auth/login", {"login": world.developer.username, "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {answer['data']['access_token']}"}
    assert script.get("/me").status_code == 200
    assert Script(None).get("/me", **bearer).status_code == 200
    administrator, _key = logged_in(world.administrator)
    sure(administrator)

    done = administrator.post(f"/instance/people/{world.developer.username}/active/", {"on": "0"})
    moment = time.monotonic()

    assert done.status_code == 302
    assert script.get("/me").status_code == 401
    assert Script(None).get("/me", **bearer).status_code == 401
    assert [browser.get("/me/").status_code for browser in (first, second)] == [302, 302]
    assert [tab.ended(AT_ONCE) for tab in tabs] == [4401, 4401]
    assert [message for tab in tabs for at, message in tab.frames if at > moment + 1] == []


def test_no_request_that_runs_meanwhile_brings_a_session_back(world):
    """Two hundred requests of as many sessions race with the deactivation; activating again revives none of them."""
    browsers = [logged_in(world.developer)[0] for _number in range(RACERS)]

    def deactivate():
        set_active(actor=world.administrator, person=User.objects.get(pk=world.developer.pk), active=False)

    calls = [lambda browser=browser: browser.get("/me/").status_code for browser in browsers]
    results = at_once([*calls[: RACERS // 2], deactivate, *calls[RACERS // 2 :]], workers=16)

    assert {result for result in results if isinstance(result, int)} <= {200, 302, 400}
    assert {browser.get("/me/").status_code for browser in browsers} == {302}
    set_active(actor=world.administrator, person=world.developer, active=True)
    assert {browser.get("/me/").status_code for browser in browsers} == {302}
