"""General settings, and what ends a project: archiving, deleting, leaving."""

import pytest

from projects.enums import Visibility
from projects.models import Membership, Project
from tests.projects.pages import soup, words
from tests.world import PERSONAS

PAGE = "/BUG/settings/"


def form(**changes):
    return {"name": "Bug desk", "key": "BUG", "description": "All bugs", "visibility": "internal"} | changes


def test_change_saves_every_field(world, client_for):
    response = client_for("lead").post(PAGE, form(developers_move_own="on"))

    project = Project.objects.get(pk=world.bug.pk)
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert (project.name, project.description, project.visibility) == ("Bug desk", "All bugs", Visibility.INTERNAL)
    assert project.developers_move_own is True


def test_change_of_key_answers_the_new_address(client_for):
    response = client_for("lead").post(PAGE, form(key="DESK"))

    assert response.headers["Location"] == "/DESK/settings/"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": " "}, "This field is required."),
        ({"key": "b-1"}, "Use 2 to 10 capital letters and digits, a letter first, such as WEB."),
        ({"key": "TEAM"}, "The key TEAM is or was another project's. Choose a different one."),
    ],
)
def test_change_refused_keeps_the_input(world, client_for, changes, problem):
    response = client_for("lead").post(PAGE, form(**changes))

    assert response.status_code == 422
    assert words(response, ".errors") == problem
    assert soup(response).select_one("#id_description").get_text(strip=True) == "All bugs"
    assert Project.objects.get(pk=world.bug.pk).name == world.bug.name


def test_page_of_the_owner_offers_everything(client_for):
    actions = [form["action"] for form in soup(client_for("lead").get(PAGE)).select("main form")]

    assert actions == [PAGE, f"{PAGE}leave/", f"{PAGE}archive/", f"{PAGE}delete/"]


@pytest.mark.parametrize(
    ("persona", "actions"), [("viewer", ["leave/"]), ("administrator", ["", "archive/", "delete/"])]
)
def test_page_of_others_offers_what_they_may(client_for, persona, actions):
    found = [form["action"] for form in soup(client_for(persona).get(PAGE)).select("main form")]

    assert found == [PAGE + action for action in actions]


def test_archive_and_back(world, client_for):
    browser = client_for("lead")

    browser.post(f"{PAGE}archive/")
    archived = Project.objects.get(pk=world.bug.pk).archived_at
    page = browser.get(PAGE)
    browser.post(f"{PAGE}unarchive/")

    assert archived is not None
    assert "This project is archived" in words(page, ".note")
    assert Project.objects.get(pk=world.bug.pk).archived_at is None


def test_delete_asks_for_the_key(world, client_for):
    response = client_for("lead").post(f"{PAGE}delete/", {"typed_key": "BUGS"})

    assert response.status_code == 422
    assert words(response, ".errors") == "Type BUG to delete the project."
    assert Project.objects.get(pk=world.bug.pk).deleted_at is None


def test_delete_without_a_key_is_refused(world, client_for):
    response = client_for("lead").post(f"{PAGE}delete/")

    assert (response.status_code, words(response, ".errors")) == (422, "This field is required.")
    assert Project.objects.get(pk=world.bug.pk).deleted_at is None


@pytest.mark.parametrize("persona", ["lead", "administrator"])
def test_delete_puts_it_into_the_trash(world, client_for, persona):
    response = client_for(persona).post(f"{PAGE}delete/", {"typed_key": " bug "})

    assert (response.status_code, response.headers["Location"]) == (302, "/projects/trash/")
    assert Project.objects.get(pk=world.bug.pk).deleted_at is not None


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("developer", 403),
        ("viewer", 403),
        ("stranger", 404),
        ("removed", 404),
        ("anonymous", 302),
        ("deactivated", 302),
    ],
)
def test_delete_is_for_owner_and_administrators(world, client_for, persona, status):
    response = client_for(persona).post(f"{PAGE}delete/", {"typed_key": "BUG"})

    assert response.status_code == status
    assert Project.objects.get(pk=world.bug.pk).deleted_at is None


@pytest.mark.parametrize("persona", ["developer", "viewer"])
def test_leave_ends_the_membership(world, client_for, persona):
    browser = client_for(persona)

    response = browser.post(f"{PAGE}leave/")

    assert (response.status_code, response.headers["Location"]) == (302, "/projects/")
    assert not Membership.objects.filter(project=world.bug, person=world.person(persona)).exists()
    assert browser.get(PAGE).status_code == 404


def test_leave_is_refused_to_the_last_lead(world, client_for):
    response = client_for("lead").post(f"{PAGE}leave/")

    assert response.status_code == 422
    assert "A project keeps at least one lead." in words(response, ".refusal")
    assert Membership.objects.filter(project=world.bug, person=world.lead, role="lead").exists()


def test_leave_of_a_non_member_is_refused(client_for):
    response = client_for("stranger").post("/OPEN/settings/leave/")

    assert response.status_code == 422
    assert "is not a member of this project." in words(response, ".refusal")


@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_reads_settings_of_a_foreign_project(client_for, persona):
    response = client_for(persona).get("/QZFAR/settings/")

    assert response.status_code == {"administrator": 200, "anonymous": 302, "deactivated": 302}.get(persona, 404)
