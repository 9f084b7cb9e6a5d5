"""The foundation itself: the guards bite, the world is whole and each test has its own copy."""

import socket

import pytest
from django.db import connection

from projects.enums import Role
from projects.models import Project
from tests.browsing import read_page
from tests.factories import IssueFactory, ProjectFactory, member, role_of
from tests.guards import GuardError, reading_only
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db


def test_world_holds_every_persona_and_project(world):
    roles = {name: role_of(world.bug, person) for name in PERSONAS if (person := world.person(name))}

    assert roles == {
        "stranger": None,
        "viewer": Role.VIEWER,
        "developer": Role.DEVELOPER,
        "lead": Role.LEAD,
        "removed": None,
        "deactivated": Role.DEVELOPER,
        "administrator": None,
    }
    assert sorted(world.projects) == ["BUG", "GONE", "INNER", "OPEN", "QZFAR", "SHELF", "TEAM"]
    assert {key: issue.state.slug for key, issue in world.issues.items() if key.startswith("BUG")} == {
        "BUG-1": "open",
        "BUG-2": "in-progress",
        "BUG-3": "resolved",
        "BUG-4": "closed",
        "BUG-5": "open",
        "BUG-6": "in-progress",
        "BUG-7": "open",
        "BUG-8": "in-progress",
    }


@pytest.mark.parametrize("round_", [1, 2])
def test_world_is_a_copy_for_each_test(world, round_):
    assert "cnry" in world.bug.name

    world.bug.name = "changed"
    Project.objects.filter(pk=world.bug.pk).update(name="changed")


@pytest.mark.django_db(transaction=True)
def test_world_is_there_with_real_transactions(world):
    assert Project.objects.count() == 7


def test_factories_make_things_through_the_services():
    project = ProjectFactory(key="FACT")

    issue = IssueFactory(project=project)

    assert (issue.key, issue.history.count(), role_of(project, member(project, Role.VIEWER))) == (
        "FACT-1",
        1,
        Role.VIEWER,
    )


def test_reading_only_refuses_a_write(world):
    with pytest.raises(GuardError, match="writes"), reading_only():
        Project.objects.filter(pk=world.bug.pk).update(name="written by a GET")


def test_reading_only_lets_sessions_be_renewed(world, client_for):
    session = client_for("lead").session

    with reading_only():
        session["seen"] = "1"
        session.save()

    assert session["seen"] == "1"


def test_lock_without_of_is_refused():
    with pytest.raises(GuardError, match="without of"):
        Project.objects.select_for_update()


def test_connection_to_another_machine_is_refused():
    with socket.socket() as sock, pytest.raises(GuardError, match="another machine"):
        sock.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<p onclick="x()">', "inline handler onclick"),
        ('<p hx-on:click="x()">', "inline handler hx-on:click"),
        ("<script>x()</script>", "inline script without a nonce"),
        ('<script src="/x.js"></script>', "script without a nonce"),
        ('<p style="color:red">', "inline style"),
        ("<p>{{ name }}</p>", "unrendered"),
        ('<a href="javascript:x()">', "javascript:"),
        ('<p id="a"></p><p id="a"></p>', "twice"),
    ],
)
def test_read_page_finds_what_the_policy_forbids(html, problem):
    assert problem in "; ".join(read_page(html))


def test_read_page_passes_a_clean_page():
    html = '<p id="a">text</p><script nonce="n" src="/x.js"></script><script type="application/json">{"a": 1}</script>'

    assert read_page(html) == []


def test_statement_counts_that_grow_are_told(assert_equal_queries):
    rows = []

    def read():
        for _row in rows:
            connection.cursor().execute("SELECT 1")

    with pytest.raises(AssertionError, match="0 statements for one row, 2 for three"):
        assert_equal_queries(read, lambda: rows.append(1))
