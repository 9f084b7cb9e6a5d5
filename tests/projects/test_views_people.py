"""The directory of people: whom it shows to whom."""

import pytest

from projects.enums import Role
from projects.services.projects import archive_project
from tests.factories import PersonFactory, ProjectFactory, member
from tests.projects.pages import soup, words

PAGE = "/people/"


def names(response):
    return {row.get_text() for row in soup(response).select("#found .name b")}


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer"])
def test_directory_shows_who_shares_a_project(world, client_for, persona):
    assert names(client_for(persona).get(PAGE)) == {world.lead.name, world.developer.name, world.viewer.name}


@pytest.mark.parametrize("persona", ["stranger", "removed", "far_owner"])
def test_directory_shows_nobody_else(world, client_for, persona):
    response = client_for(persona).get(PAGE)

    assert names(response) == {world.person(persona).name}
    assert "You see the people with whom you share a project." in words(response)


def test_directory_shows_everyone_who_is_active_to_an_administrator(world, client_for):
    shown = names(client_for("administrator").get(PAGE))

    assert {world.stranger.name, world.far_owner.name, world.administrator.name} <= shown
    assert world.deactivated.name not in shown


@pytest.mark.parametrize("persona", ["anonymous", "deactivated"])
def test_directory_asks_to_log_in(client_for, persona):
    assert client_for(persona).get(PAGE).headers["Location"] == f"/accounts/login/?next={PAGE}"


def test_directory_tells_no_address(world, client_for):
    response = client_for("viewer").get(PAGE)

    assert world.lead.email not in response.content.decode()


def test_directory_names_shared_projects_only(world, client_for):
    ProjectFactory(actor=world.lead, key="HIDDEN", members={world.developer: Role.VIEWER})

    said = {
        row.b.get_text(): row.get_text() for row in soup(client_for("viewer").get(PAGE)).select("#found .list > li")
    }

    assert "BUG" in said[world.lead.name]
    assert "HIDDEN" not in said[world.lead.name] + said[world.developer.name]


def test_directory_leaves_out_archived_projects(world, client_for):
    archive_project(actor=world.lead, project=world.bug)

    assert not soup(client_for("viewer").get(PAGE)).select("#found a[href='/BUG/']")


@pytest.mark.parametrize("field", ["username", "display_name"])
def test_directory_search(world, client_for, field):
    text = getattr(world.developer, field).upper()

    assert names(client_for("viewer").get(PAGE, {"q": text}, htmx=True)) == {world.developer.name}


def test_directory_search_by_address_finds_nobody(world, client_for):
    response = client_for("viewer").get(PAGE, {"q": world.lead.email})

    assert "Nobody here goes by" in words(response)


def test_directory_pages_by_fifty(world, client_for):
    project = ProjectFactory(actor=world.stranger)
    for number in range(51):
        member(project, Role.VIEWER, username=f"p{number:02}", display_name="")
    browser = client_for("stranger")

    first, second = names(browser.get(PAGE)), names(browser.get(PAGE, {"page": 2}))

    assert (len(first), len(second)) == (50, 2)


def test_directory_takes_equal_queries(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    assert_equal_queries(lambda: browser.get(PAGE), lambda: member(world.bug, Role.VIEWER))


def test_person_without_a_display_name_goes_by_username(world, client_for):
    person = PersonFactory(display_name="")

    assert names(client_for(person).get(PAGE)) == {person.username}
