"""What every page shows around itself."""

import pytest
from django.test import RequestFactory

from accounts.enums import TeamRole
from accounts.services.teams import create_team, join_team
from projects.enums import Role
from projects.shell import Shell, page_context
from tests.factories import PersonFactory, ProjectFactory
from tests.projects.pages import soup


def shell_for(person, **attributes):
    request = RequestFactory().get("/")
    request.user = person
    request.resolver_match = None
    for name, value in attributes.items():
        setattr(request, name, value)
    return Shell(request)


def test_context_makes_no_query_until_it_is_read(world, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = world.lead

    with django_assert_num_queries(0):
        shell = page_context(request)["shell"]
    with django_assert_num_queries(1):
        assert [entry.key for entry in shell.projects] == [entry.key for entry in shell.projects]


def test_projects_are_the_active_ones_of_which_i_am_a_member(world):
    assert {entry.key for entry in shell_for(world.viewer).projects} == {"BUG", "TEAM", "INNER", "OPEN"}


def test_project_that_i_only_read_stands_first(world):
    shell = shell_for(world.stranger, project=world.open)

    assert [entry.key for entry in shell.projects] == ["OPEN"]
    assert (shell.project.url, shell.project.hue, shell.project.visibility) == ("/OPEN/", world.open.hue, "public")


@pytest.mark.parametrize(
    ("persona", "expected"), [("lead", True), ("developer", False), ("administrator", True), ("stranger", False)]
)
def test_may_administer(world, persona, expected):
    assert shell_for(world.person(persona)).may_administer is expected


@pytest.mark.parametrize(
    ("persona", "expected"), [("lead", True), ("developer", True), ("viewer", False), ("stranger", False)]
)
def test_may_create_in_the_open_project(world, persona, expected):
    assert shell_for(world.person(persona), project=world.open).may_create is expected


def test_team_is_one_that_i_share_before_my_own(world):
    team = create_team(actor=world.lead, name="Harbour")
    join_team(actor=world.lead, team=team, person=world.stranger, role=TeamRole.MEMBER)

    assert shell_for(world.stranger).team_name == "Harbour"
    assert shell_for(world.viewer).team_name == world.viewer.teams.get().name


@pytest.mark.parametrize(
    ("path", "marked"),
    [("/BUG/activity/", "Activity"), ("/BUG/settings/", "Settings"), ("/BUG/settings/labels/", "Settings")],
)
def test_rail_marks_the_open_page(client_for, path, marked):
    page = soup(client_for("viewer").get(path))

    assert [link.get_text(strip=True) for link in page.select("#rail li li [aria-current=page]")] == [marked]


def test_rail_offers_guests_no_settings(world, client):
    links = [link["href"] for link in soup(client.get("/OPEN/activity/")).select("#rail a")]

    assert "/OPEN/activity/" in links
    assert "/OPEN/settings/" not in links


def test_rail_takes_equal_queries(world, client_for, assert_equal_queries):
    person = PersonFactory()
    browser = client_for(person)

    assert_equal_queries(
        lambda: browser.get("/me/"), lambda: ProjectFactory(actor=world.lead, members={person: Role.VIEWER})
    )
