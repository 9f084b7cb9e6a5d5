"""The list of projects, a new one, the trash, and where the front door leads."""

import pytest

from projects.enums import Role, Visibility
from projects.forms import suggest_key
from projects.models import Project
from projects.services.projects import change_project, delete_project
from tests.factories import ProjectFactory
from tests.projects.pages import soup, words
from tests.world import PERSONAS

LIST = "/projects/"
NEW = "/projects/new/"
MINE = {"BUG", "TEAM", "INNER", "OPEN"}


def listed(response):
    return {card["data-project"] for card in soup(response).select("[data-project]")}


@pytest.mark.parametrize(
    ("persona", "scope", "expected"),
    [
        ("lead", "", MINE),
        ("lead", "archived", {"SHELF"}),
        ("developer", "mine", MINE),
        ("stranger", "mine", set()),
        ("stranger", "all", {"INNER", "OPEN"}),
        ("removed", "all", {"INNER", "OPEN"}),
        ("anonymous", "", {"OPEN"}),
        ("anonymous", "mine", {"OPEN"}),
        ("deactivated", "", {"OPEN"}),
        ("administrator", "all", {*MINE, "QZFAR"}),
    ],
)
def test_list_shows_what_the_person_may_see(client_for, persona, scope, expected):
    response = client_for(persona).get(LIST, {"scope": scope})

    assert response.status_code == 200
    assert listed(response) == expected


def test_list_counts_open_issues_and_members(world, client_for):
    response = client_for("lead").get(LIST, {"q": "BUG"})

    assert "5 open issues · 4 members" in words(response, "[data-project=BUG]")


@pytest.mark.parametrize("text", ["bu", "BUG", "project bug"])
def test_list_search_finds_by_beginning_of_key_or_part_of_name(client_for, text):
    response = client_for("lead").get(LIST, {"q": text})

    assert listed(response) == {"BUG"}


def test_list_search_without_match_says_so(client_for):
    response = client_for("lead").get(LIST, {"q": "nothing like it"})

    assert "No project matches" in words(response)


def test_list_empty_teaches_the_next_step(world, client_for):
    response = client_for("stranger").get(LIST)

    assert world.stranger.username in words(response, ".empty")
    assert soup(response).select_one(".empty a[href='/projects/new/']")


def test_list_pages_by_thirty(world, client_for):
    for _each in range(28):
        ProjectFactory(actor=world.lead)
    browser = client_for("lead")

    first, second = browser.get(LIST), browser.get(LIST, {"page": 2})

    assert (len(listed(first)), len(listed(second))) == (30, 2)
    assert not listed(first) & listed(second)


def test_list_htmx_answers_the_found_part_only(client_for):
    response = client_for("lead").get(LIST, {"q": "BUG"}, htmx=True)

    assert response.content.strip().startswith(b'<div id="found">')
    assert listed(response) == {"BUG"}


def test_list_takes_equal_queries(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    assert_equal_queries(lambda: browser.get(LIST), lambda: ProjectFactory(actor=world.lead))


def form(**changes):
    return {"name": "Harbour web", "key": "WEB", "template": "bug", "visibility": "internal"} | changes


def test_create_makes_project_with_creator_as_lead(world, client_for):
    response = client_for("stranger").post(NEW, form(description="Ferries online"))

    project = Project.objects.get(key="WEB")
    assert (response.status_code, response.headers["Location"]) == (302, "/WEB/")
    assert (project.name, project.visibility, project.description) == (
        "Harbour web",
        Visibility.INTERNAL,
        "Ferries online",
    )
    assert (project.owner, project.team) == (world.stranger, world.stranger.teams.get())
    assert [(row.person, row.role) for row in project.memberships.all()] == [(world.stranger, Role.LEAD)]
    assert [state.slug for state in project.states.all()] == ["open", "in-progress", "resolved", "closed"]


def test_create_makes_the_key_from_the_name(client_for):
    client_for("stranger").post(NEW, form(name="Harbour web site", key=""))

    assert Project.objects.get(name="Harbour web site").key == "HWS"


def test_create_takes_small_letters_as_capitals(client_for):
    client_for("stranger").post(NEW, form(key="web"))

    assert Project.objects.filter(key="WEB").exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": ""}, "This field is required."),
        ({"key": "1WEB"}, "Use 2 to 10 capital letters and digits, a letter first, such as WEB."),
        ({"key": "", "name": "…"}, "No key can be made from this name. Type one, such as WEB."),
        ({"key": "BUG"}, "The key BUG is or was another project's. Choose a different one."),
        ({"key": "GONE"}, "The key GONE is or was another project's. Choose a different one."),
        ({"visibility": "secret"}, "Select a valid choice. secret is not one of the available choices."),
    ],
)
def test_create_refused_shows_form_with_input_kept(client_for, changes, problem):
    before = Project.objects.count()

    response = client_for("stranger").post(NEW, form(**changes))

    assert response.status_code == 422
    assert problem in words(response, ".errors")
    assert soup(response).select_one("#id_key").get("value", "") == form(**changes)["key"]
    assert Project.objects.count() == before


def test_create_refuses_a_team_that_is_not_mine(world, client_for):
    foreign = world.far_owner.teams.get()

    client_for("stranger").post(NEW, form(team=foreign.pk))

    assert Project.objects.get(key="WEB").team == world.stranger.teams.get()


@pytest.mark.parametrize("persona", ["anonymous", "deactivated"])
def test_create_asks_to_log_in(client_for, persona):
    response = client_for(persona).post(NEW, form())

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")
    assert not Project.objects.filter(key="WEB").exists()


def test_create_page_draws_both_workflows(client_for):
    page = soup(client_for("stranger").get(NEW))

    names = [[text.get_text() for text in chart.select("text")] for chart in page.select("svg.chart")]
    assert names == [["Open", "In progress", "Resolved", "Closed"], ["To do", "In progress", "Done"]]


@pytest.mark.parametrize(
    ("name", "key"),
    [("Harbour web", "HW"), ("Harbour", "HARB"), ("Éclair 2 go", "E2G"), ("42", ""), ("X", "")],
)
def test_suggest_key(name, key):
    assert suggest_key(name) == key


@pytest.mark.parametrize(
    ("typed", "suggested", "status", "key"),
    [("", "", 200, "HW"), ("HARB", "HARB", 200, "HW"), ("MINE", "HARB", 204, None)],
)
def test_key_suggestion_leaves_a_typed_key_alone(client_for, typed, suggested, status, key):
    asked = {"name": "Harbour web", "key": typed, "suggested": suggested}

    response = client_for("stranger").get("/projects/new/key/", asked, htmx=True)

    assert response.status_code == status
    if key:
        assert soup(response).select_one("#id_key")["value"] == key


@pytest.mark.parametrize(
    ("persona", "keys"), [("lead", ["GONE"]), ("developer", []), ("stranger", []), ("administrator", ["GONE"])]
)
def test_trash_shows_owner_and_administrator_what_they_may_restore(client_for, persona, keys):
    page = soup(client_for(persona).get("/projects/trash/"))

    forms = [form["action"] for form in page.select("main form[action^='/projects/trash/']")]
    assert forms == [f"/projects/trash/{key}/restore/" for key in keys]


def test_trash_says_how_long_files_stay(client_for, settings):
    settings.FILE_TRASH_DAYS = 12

    text = soup(client_for("lead").get("/projects/trash/")).get_text()

    assert "Files and icons go for good 12 days after the deletion." in text


@pytest.mark.parametrize("persona", ["lead", "administrator"])
def test_restore_brings_the_project_back(world, client_for, persona):
    response = client_for(persona).post("/projects/trash/GONE/restore/")

    assert (response.status_code, response.headers["Location"]) == (302, "/GONE/")
    assert Project.objects.get(key="GONE").deleted_at is None


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger", "removed"])
def test_restore_is_404_for_everyone_else(client_for, persona):
    response = client_for(persona).post("/projects/trash/GONE/restore/")

    assert response.status_code == 404
    assert Project.objects.get(key="GONE").deleted_at is not None


def test_restore_by_get_is_not_allowed(client_for):
    assert client_for("lead").get("/projects/trash/GONE/restore/").status_code == 405


def test_home_leads_people_to_their_projects(client_for):
    assert client_for("viewer").get("/").headers["Location"] == LIST


def test_home_leads_guests_to_public_projects_or_to_log_in(world, client):
    assert client.get("/").headers["Location"] == LIST

    change_project(actor=world.lead, project=world.open, changes={"visibility": Visibility.PRIVATE})

    assert client.get("/").headers["Location"] == "/accounts/login/"


@pytest.mark.parametrize("persona", PERSONAS)
def test_deleted_project_is_404_for_everyone(client_for, persona):
    browser = client_for(persona)

    answers = {browser.get(f"/GONE/{page}").status_code for page in ("", "activity/")}

    assert answers == {404}


def test_guest_at_a_private_page_is_told_to_log_in(world, client):
    response = client.get("/BUG/activity/?kind=issues")

    assert response.status_code == 404
    link = soup(response).select_one("a[href^='/accounts/login/']")
    assert link["href"] == "/accounts/login/?next=/BUG/activity/%3Fkind%3Dissues"


def renamed(world, key="NEWKEY"):
    return change_project(actor=world.lead, project=world.bug, changes={"key": key})


def test_old_key_leads_on_to_the_same_page(world, client_for):
    renamed(world)

    response = client_for("viewer").get("/BUG/settings/workflow/?a=b")

    assert (response.status_code, response.headers["Location"]) == (301, "/NEWKEY/settings/workflow/?a=b")


@pytest.mark.parametrize("persona", ["stranger", "removed"])
def test_old_key_of_a_hidden_project_is_404(world, client_for, persona):
    renamed(world)

    assert client_for(persona).get("/BUG/settings/labels/").status_code == 404


def test_old_key_takes_no_writes(world, client_for):
    renamed(world)

    assert client_for("lead").post("/BUG/settings/archive/").status_code == 404
    assert Project.objects.get(key="NEWKEY").archived_at is None


def test_old_key_of_a_deleted_project_is_404(world, client_for):
    delete_project(actor=world.lead, project=renamed(world), typed_key="NEWKEY")

    assert client_for("lead").get("/BUG/activity/").status_code == 404
