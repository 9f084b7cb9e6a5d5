"""An installation may ask everyone to log in: then public projects are hidden from guests on every path."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import instance
from accounts.models import InstanceSettings
from files.portraits import shows_avatar
from issues.models import Issue
from projects.access import access_to
from projects.models import Project
from projects.permissions import Perm
from projects.queries import has_public_projects, visible_to
from tests.surface import declared
from tests.test_access_matrix import ROUTES, path_of

GUEST = AnonymousUser()
# Every address that a guest may read where the project is public.
OPEN_TO_GUESTS = sorted(name for name, entry in declared().items() if entry.guest and entry.get)


@pytest.fixture
def closed(world):
    """The world, after an administrator has asked everyone to log in."""
    InstanceSettings.objects.update_or_create(pk=1, defaults={"require_login": True})
    instance.forget()
    return world


def test_guests_read_public_projects_until_somebody_says_otherwise(world):
    project = world.open

    assert list(visible_to(GUEST)) == [project]
    assert access_to(project, GUEST).perms == {Perm.READ}
    assert has_public_projects() is True


def test_no_project_is_visible_to_guests_then(closed):
    project = Project.objects.get(key="OPEN")

    assert list(visible_to(GUEST)) == []
    assert access_to(project, GUEST).perms == frozenset()
    assert has_public_projects() is False


def test_who_is_logged_in_reads_them_as_before(closed):
    project = Project.objects.get(key="OPEN")

    assert project in visible_to(closed.stranger)
    assert access_to(project, closed.stranger).perms == {Perm.READ}


@pytest.mark.parametrize("name", OPEN_TO_GUESTS)
def test_every_page_that_guests_read_is_not_found_then(closed, client, name):
    """Boards, issues, conversations, files, activity and the feed of open pages."""
    icon = closed.file("OPEN").uuid
    Project.objects.filter(key="OPEN").update(icon=icon)
    wanted = {"icon": icon} if "icon" in ROUTES[name].pattern.converters else {}
    closed.files["OPEN/icon"] = closed.file("OPEN")

    answer = client.get(path_of(closed, name, "OPEN", **wanted))

    assert answer.status_code == 404
    assert closed.open.name not in answer.content.decode()


def test_the_home_page_leads_guests_to_the_log_in_then(closed, client):
    assert client.get("/").headers["Location"] == "/accounts/login/"


def test_lists_and_search_tell_guests_nothing_then(closed, client):
    issue = Issue.objects.get(project__key="OPEN", number=1)

    for path in ("/projects/?scope=all", f"/search/?q={issue.title.split()[-1]}"):
        answer = client.get(path)
        assert closed.open.name not in answer.content.decode()
        assert issue.title not in answer.content.decode()


def test_scripts_without_a_token_read_public_projects_until_then(world, client):
    assert client.get("/api/v1/projects/OPEN").status_code == 200


def test_scripts_without_a_token_find_nothing_then(closed, client):
    answers = [client.get(f"/api/v1/projects{path}") for path in ("/OPEN", "/OPEN/events", "/OPEN/issues", "/OPEN/me")]

    assert {answer.status_code for answer in answers} <= {401, 404}
    assert closed.open.name not in client.get("/api/v1/projects").content.decode()


def test_the_log_in_page_says_so_then(closed, client):
    assert (
        "public projects as well, is for people who are logged in." in client.get("/accounts/login/").content.decode()
    )


def test_the_log_in_page_says_nothing_before(world, client):
    assert "public projects as well" not in client.get("/accounts/login/").content.decode()


def test_faces_are_hidden_from_guests_then(closed):
    picture = closed.file("OPEN").uuid
    owner = closed.open.owner
    type(owner).objects.filter(pk=owner.pk).update(avatar=picture)

    assert shows_avatar(GUEST, picture) is False
    assert shows_avatar(closed.stranger, picture) is True


def test_a_deactivated_person_may_nothing(world):
    project = Project.objects.get(key="BUG")

    assert access_to(project, world.deactivated).perms == frozenset()
    assert list(visible_to(world.deactivated)) == []
