"""The members page: who sees it, adding by username or e-mail, roles, removing, leaving."""

import pytest

from projects.enums import Role
from projects.models import Membership
from tests.factories import PersonFactory, member, role_of
from tests.projects.pages import fresh_equals_swap, soup, words

PAGE = "/BUG/settings/members/"
NOBODY = "No active person goes by this username or e-mail. They can register themselves."


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "administrator"])
def test_members_see_each_other(world, client_for, persona):
    said = words(client_for(persona).get(PAGE), "#members")

    assert all(person.name in said for person in (world.lead, world.developer, world.viewer, world.deactivated))
    assert world.removed.name not in said
    assert "Deactivated" in said


def test_members_of_a_public_project_are_not_told_to_others(world, client_for):
    response = client_for("stranger").get("/OPEN/settings/members/")

    assert response.status_code == 403
    assert "Only members of OPEN see who its members are." in words(response)
    assert world.developer.name not in words(response)


@pytest.mark.parametrize("field", ["username", "email"])
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_add_by_username_or_email_whatever_the_case(world, client_for, field, htmx):
    browser = client_for("lead")

    response = browser.post(PAGE, {"person": getattr(world.stranger, field).upper(), "role": "viewer"}, htmx=htmx)

    assert role_of(world.bug, world.stranger) == Role.VIEWER
    assert response.status_code == (200 if htmx else 302)
    assert fresh_equals_swap(browser, response, PAGE) if htmx else response.headers["Location"] == PAGE


def test_add_says_the_same_of_unknown_and_deactivated_people(world, client_for):
    browser = client_for("lead")
    gone = PersonFactory()
    gone.is_active = False
    gone.save()

    answers = [browser.post(PAGE, {"person": name, "role": "viewer"}) for name in ("nobody.at.all", gone.username)]

    assert [(each.status_code, words(each, ".errors")) for each in answers] == [(422, NOBODY)] * 2
    assert not Membership.objects.filter(project=world.bug, person=gone).exists()


def test_add_refuses_who_is_a_member_already(world, client_for):
    response = client_for("lead").post(PAGE, {"person": world.viewer.username, "role": "lead"})

    assert response.status_code == 422
    assert "is a member already" in words(response, ".errors")
    assert role_of(world.bug, world.viewer) == Role.VIEWER


def test_add_refuses_a_role_that_there_is_not(world, client_for):
    response = client_for("lead").post(PAGE, {"person": world.stranger.username, "role": "owner"})

    assert response.status_code == 422
    assert role_of(world.bug, world.stranger) is None


def role_page(person):
    return f"{PAGE}{person.username}/role/"


def remove_page(person):
    return f"{PAGE}{person.username}/remove/"


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_role_changes_and_shows(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(role_page(world.viewer), {"role": "developer"}, htmx=htmx)

    assert role_of(world.bug, world.viewer) == Role.DEVELOPER
    assert fresh_equals_swap(browser, response, PAGE) if htmx else response.headers["Location"] == PAGE


def test_role_of_the_last_lead_stays_and_the_page_shows_it(world, client_for):
    response = client_for("lead").post(role_page(world.lead), {"role": "viewer"}, htmx=True)

    assert response.status_code == 422
    assert "A project keeps at least one lead." in words(response, ".refusal")
    shown = soup(response).select_one(f"form[action='{role_page(world.lead)}'] option[selected]")
    assert (shown["value"], role_of(world.bug, world.lead)) == ("lead", Role.LEAD)


def test_role_given_up_by_a_lead_loads_the_whole_page(world, client_for):
    member(world.bug, Role.LEAD)

    response = client_for("lead").post(role_page(world.lead), {"role": "viewer"}, htmx=True)

    assert response.headers["HX-Redirect"] == PAGE
    assert role_of(world.bug, world.lead) == Role.VIEWER


@pytest.mark.parametrize("name", ["removed", "stranger"])
def test_role_of_who_is_no_member_is_404(world, client_for, name):
    assert client_for("lead").post(role_page(world.person(name)), {"role": "viewer"}).status_code == 404


def test_role_that_there_is_not_is_refused(world, client_for):
    response = client_for("lead").post(role_page(world.viewer), {"role": "owner"})

    assert (response.status_code, words(response, ".refusal")) == (422, "Choose one of the roles.")


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_remove_ends_the_membership(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(remove_page(world.developer), htmx=htmx)

    assert role_of(world.bug, world.developer) is None
    assert client_for("developer").get(PAGE).status_code == 404
    assert fresh_equals_swap(browser, response, PAGE) if htmx else response.headers["Location"] == PAGE


def test_remove_oneself_leaves(world, client_for):
    response = client_for("viewer").post(remove_page(world.viewer))

    assert response.headers["Location"] == "/projects/"
    assert role_of(world.bug, world.viewer) is None


def test_remove_of_the_last_lead_is_refused(world, client_for):
    response = client_for("lead").post(remove_page(world.lead))

    assert response.status_code == 422
    assert role_of(world.bug, world.lead) == Role.LEAD


def test_list_takes_equal_queries(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    assert_equal_queries(lambda: browser.get(PAGE), lambda: member(world.bug, Role.VIEWER))
