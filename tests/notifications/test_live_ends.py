"""When a right ends, the socket ends: at once by a control message, within a recheck where that was lost."""

import time
from contextlib import contextmanager

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.services.people import ensure_administrator, set_active
from accounts.services.sessions import end_others
from issues.services.editing import edit_issue
from notifications.live import publisher
from projects.enums import Role, Visibility
from projects.services.members import change_role, remove_member
from projects.services.projects import archive_project, change_project, delete_project
from tests.accounts.factoring import code_of, secret_on, step_up
from tests.browsing import CheckedClient
from tests.factories import PASSWORD, canary
from tests.sockets import session_of

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE, RECHECKED = 2.0, 5.0


def leaked_after(world, tab, moment):
    """Return what came later than a second after the moment, although things went on happening."""
    for _number in range(4):
        edit_issue(actor=world.lead, issue=world.issue("BUG-1"), changes={"title": canary("Secret")})
        time.sleep(0.4)
    return [message for at, message in tab.frames if at > moment + 1 and message["t"] != "beat"]


@contextmanager
def silence(monkeypatch):
    """Nothing is published: as if Redis had been emptied at that moment."""
    with monkeypatch.context() as patch:
        patch.setattr(publisher._Publisher, "put", lambda self, group, message: None)
        yield


def log_out(world, key):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.post("/accounts/logout/").status_code == 302


def change_password(world, key):
    person = world.far_owner
    ensure_administrator(username=person.username, email=person.email, password=PASSWORD + "-new")


def end_session(world, key):
    UserSession.objects.create(user=world.lead, session_key=key, ip="127.0.0.1", user_agent="")
    end_others(actor=world.lead, session_key="another")


def add_factor(world, key):
    """A factor is set up in another session of theirs."""
    UserSession.objects.create(user=world.viewer, session_key=key, ip="127.0.0.1", user_agent="")
    browser = CheckedClient()
    browser.force_login(world.viewer, backend=settings.AUTHENTICATION_BACKENDS[0])
    step_up(browser)
    page = browser.get("/me/security/app/")
    assert browser.post("/me/security/app/", {"code": code_of(secret_on(page))}).status_code == 200


# Who is where, what happens to them there, and the code with which their page is closed.
ENDS = {
    "log-out": ("lead", "TEAM", log_out, 4401),
    "session ended": ("lead", "TEAM", end_session, 4401),
    "factor added": ("viewer", "TEAM", add_factor, 4401),
    "removal": (
        "viewer",
        "TEAM",
        lambda world, key: remove_member(actor=world.lead, project=world.team, person=world.viewer),
        4403,
    ),
    "role": (
        "developer",
        "TEAM",
        lambda world, key: change_role(actor=world.lead, project=world.team, person=world.developer, role=Role.VIEWER),
        4403,
    ),
    "deactivation": (
        "stranger",
        "INNER",
        lambda world, key: set_active(actor=world.administrator, person=world.stranger, active=False),
        4401,
    ),
    "password": ("far_owner", "QZFAR", change_password, 4401),
    "archived": ("developer", "INNER", lambda world, key: archive_project(actor=world.lead, project=world.inner), 4403),
    "deleted": (
        "developer",
        "BUG",
        lambda world, key: delete_project(actor=world.lead, project=world.bug, typed_key="BUG"),
        4403,
    ),
    "hidden": (
        "removed",
        "OPEN",
        lambda world, key: change_project(
            actor=world.lead, project=world.open, changes={"visibility": Visibility.PRIVATE}
        ),
        4403,
    ),
}


def test_a_socket_ends_at_once(world, crowd):
    bystander = crowd.join(world.administrator, "SHELF")

    for end, (persona, project, act, code) in ENDS.items():
        key = session_of(world.person(persona))
        tab = crowd.join(None, project, session=key)
        act(world, key)
        moment = time.monotonic()
        assert (end, tab.ended(AT_ONCE)) == (end, code)
        assert [message for at, message in tab.frames if at > moment + 1] == []

    assert bystander.code is None


def test_a_socket_ends_by_its_recheck_where_the_message_was_lost(world, crowd, monkeypatch):
    for end, (persona, project, act, code) in ENDS.items():
        key = session_of(world.person(persona))
        tab = crowd.join(None, project, session=key)
        with silence(monkeypatch):
            act(world, key)
        assert (end, tab.ended(RECHECKED)) == (end, code)


def test_a_log_out_ends_only_the_pages_of_its_session(world, crowd):
    key = session_of(world.developer)
    mine, elsewhere = crowd.join(None, "BUG", session=key), crowd.join(world.developer, "BUG")

    log_out(world, key)

    assert mine.ended(AT_ONCE) == 4401
    elsewhere.get("beat")
    assert elsewhere.code is None


def test_nothing_comes_after_a_removal_even_where_only_the_stream_tells(world, crowd, monkeypatch):
    tab = crowd.join(world.developer, "BUG", view="board")
    with silence(monkeypatch):
        remove_member(actor=world.lead, project=world.bug, person=world.developer)
    moment = time.monotonic()

    late = leaked_after(world, tab, moment)

    assert tab.ended(AT_ONCE) == 4403
    assert (late, tab.said("changes")) == ([], [])


def test_other_peoples_rights_end_nobodys_socket(world, crowd):
    tab = crowd.join(world.developer, "BUG")

    remove_member(actor=world.lead, project=world.bug, person=world.viewer)

    tab.get("changes")
    tab.get("beat")
    assert tab.code is None


def test_who_has_a_page_open_is_seen(world, crowd):
    tab = crowd.join(world.developer, "BUG")

    tab.get("beat")
    deadline = time.monotonic() + RECHECKED
    while User.objects.get(pk=world.developer.pk).last_seen_at is None and time.monotonic() < deadline:
        time.sleep(0.1)

    assert User.objects.get(pk=world.developer.pk).last_seen_at is not None
    assert User.objects.get(pk=world.far_owner.pk).last_seen_at is None


def test_a_page_that_answers_no_beat_is_closed(world, crowd):
    silent, talking = crowd.join(world.developer, "BUG", answers=False), crowd.join(world.lead, "BUG")

    assert silent.ended(8) == 1013
    assert talking.code is None
