"""Who may open a socket: the page's origin, the person's session, the project, and how many."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.services.people import set_active
from chat.visits import Wanted, session_key_in, wanted_by
from notifications.queries import head_of, unread_count
from projects.events import project_stream
from tests.sockets import REFUSED, session_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_foreign_page_is_refused_before_the_socket_opens(world, crowd):
    host = crowd.url.removeprefix("http://")
    foreign = [
        None,
        "null",
        f"https://{host}",
        "http://evil.example",
        f"http://{host}.evil.example",
        "http://127.0.0.1:1",
    ]

    tabs = [crowd.open(world.developer, project="BUG", origin=origin) for origin in foreign]

    assert [(tab.ended(), tab.frames) for tab in tabs] == [(REFUSED, [])] * len(foreign)


def test_there_is_one_address_for_sockets(world, crowd):
    tabs = [crowd.open(world.developer, path=path) for path in ("/", "/ws", "/ws/BUG/", "/BUG/live/")]

    assert [(tab.ended(), tab.frames) for tab in tabs] == [(REFUSED, [])] * 4


def test_a_person_is_greeted_with_where_things_stand(world, crowd):
    seq = head_of(project_stream(world.bug.pk))

    pages = [crowd.open(world.developer, project="BUG", view="board"), crowd.open(world.stranger)]

    assert [page.get("hello") for page in pages] == [
        {"t": "hello", "project": "BUG", "seq": seq, "unread": unread_count(world.developer.pk)},
        {"t": "hello", "project": None, "seq": 0, "unread": unread_count(world.stranger.pk)},
    ]


def test_nobody_is_let_in_without_a_session(world, crowd):
    tabs = [crowd.open(session=key, project="OPEN") for key in (None, "x" * 32, "'; DROP TABLE", "%00")]

    assert [(tab.ended(), tab.frames) for tab in tabs] == [(4401, [])] * 4


def test_an_expired_session_is_none(world, crowd):
    key = session_of(world.developer)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))

    tab = crowd.open(session=key, project="BUG")

    assert (tab.ended(), tab.frames) == (4401, [])


def test_a_session_of_an_earlier_password_is_none(world, crowd):
    key = session_of(world.developer)
    world.developer.set_password("another one, and longer")
    world.developer.save(update_fields=["password"])

    tab = crowd.open(session=key, project="BUG")

    assert (tab.ended(), tab.frames) == (4401, [])


def test_an_inactive_person_is_refused(world, crowd):
    key = session_of(world.developer)
    set_active(actor=None, person=world.developer, active=False)

    tab = crowd.open(session=key, project="BUG")

    assert (tab.ended(), tab.frames) == (4401, [])


def test_foreign_deleted_and_unknown_projects_are_refused_alike(world, crowd):
    tabs = [crowd.open(world.developer, project=key) for key in ("QZFAR", "GONE", "QZNOP", "bug", "BUG'")]

    assert [(tab.ended(), tab.frames) for tab in tabs] == [(4403, [])] * 5


def test_the_sixth_socket_of_a_session_is_refused_and_the_others_stay(world, crowd):
    key, other = session_of(world.developer), session_of(world.developer)
    five = [crowd.join(None, "BUG", session=key) for _number in range(5)]

    sixth = crowd.open(session=key, project="BUG")
    elsewhere = crowd.join(None, "BUG", session=other)

    assert (sixth.ended(), sixth.frames) == (4429, [])
    assert [tab.code for tab in [*five, elsewhere]] == [None] * 6


def test_a_place_is_free_again_when_a_page_is_closed(world, crowd):
    key = session_of(world.developer)
    five = [crowd.join(None, "BUG", session=key) for _number in range(5)]
    five[0].close()
    five[0].ended()

    # The server hears of the end a moment later.
    for _attempt in range(20):
        tab = crowd.open(session=key, project="BUG")
        if tab.until(lambda one: one.code or one.said("hello")) != 4429:
            break

    assert tab.said("hello")


def test_what_makes_no_sense_in_the_address_counts_as_not_said(world, crowd):
    tab = crowd.join(world.developer, "BUG", view="nonsense", thread="99999999999999999999")

    assert tab.said("hello")[0]["project"] == "BUG"


@pytest.mark.parametrize("value", ["", "\\000", "x", "a" * 65, "A" * 32, "../" * 10])
def test_a_cookie_that_is_no_session_key_is_not_looked_up(value):
    cookie = f'{settings.SESSION_COOKIE_NAME}="{value}"'.encode()

    assert session_key_in([(b"cookie", cookie)]) == ""


@pytest.mark.parametrize(
    ("query", "project"),
    [(b"&".join(b"a%d=1" % n for n in range(12)), ""), (b"project=%00", "-"), (b"project=bug'--", "-")],
)
def test_a_query_that_makes_no_sense_names_no_project(query, project):
    assert wanted_by(query) == Wanted(project, "", 0)
