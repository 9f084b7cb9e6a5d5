"""Creating issues: the full form, and a column's quick add."""

from datetime import date

import pytest

from issues.models import Issue
from projects.services.workflow import change_state
from tests.factories import IssueFactory, ProjectFactory
from tests.issues.boards import columns, events, heads, swap_equals_fresh
from tests.issues.records import fingerprint
from tests.projects.pages import soup, words

WHO = [
    ("anonymous", 302, 302),
    ("stranger", 404, 404),
    ("removed", 404, 404),
    ("deactivated", 302, 302),
    ("viewer", 403, 403),
    ("developer", 200, 302),
    ("lead", 200, 302),
    ("administrator", 200, 302),
]


def newest(project):
    return Issue.objects.filter(project=project).latest("number")


@pytest.mark.parametrize(("persona", "shown", "sent"), WHO)
def test_creating_is_for_those_who_may(world, client_for, persona, shown, sent):
    browser, before = client_for(persona), fingerprint()

    form = browser.get("/BUG/issues/new/")
    response = browser.post("/BUG/issues/new/", {"title": "Something new"})

    assert (form.status_code, response.status_code) == (shown, sent)
    assert (newest(world.bug).title == "Something new") == (shown == 200)
    assert (fingerprint() == before) == (shown != 200)


@pytest.mark.parametrize(("persona", "status"), [("stranger", 404), ("viewer", 403), ("developer", 200)])
def test_quick_add_is_for_those_who_may(world, client_for, persona, status):
    response = client_for(persona).post(
        "/BUG/issues/new/", {"title": "Quick", "quick": "1", "state": "open"}, htmx=True
    )

    assert response.status_code == status
    assert Issue.objects.filter(title="Quick").exists() == (status == 200)


def test_form_offers_what_the_project_has(world, client_for):
    page = soup(client_for("developer").get("/BUG/issues/new/?title=From+a+link&state=open"))

    assert page.select_one("[name=title]")["value"] == "From a link"
    assert [option["value"] for option in page.select("[name=state] option")] == ["open"]
    people = {option.get_text() for option in page.select("[name=assignee] option")}
    assert people == {"Nobody", world.lead.name, world.developer.name, world.viewer.name}
    assert world.label("BUG").name in words_of(page, "[name=labels]")


def words_of(page, selector):
    return [box.find_parent("label").get_text(strip=True) for box in page.select(selector)]


def test_form_creates_with_every_field(world, client_for):
    sent = {
        "title": "  A whole issue ",
        "description": "With *words*.",
        "kind": "bug",
        "state": "open",
        "priority": "4",
        "assignee": world.developer.username,
        "labels": [str(world.label("BUG").pk)],
        "due_on": "2031-05-04",
        "estimate": "8",
    }

    response = client_for("lead").post("/BUG/issues/new/", sent)

    issue = newest(world.bug)
    assert response.headers["Location"] == f"/{world.bug.key}-{issue.number}/"
    assert (issue.title, issue.description, issue.kind, issue.priority) == ("A whole issue", "With *words*.", "bug", 4)
    assert (issue.assignee, issue.reporter, issue.label_ids) == (world.developer, world.lead, [world.label("BUG").pk])
    assert (issue.due_on, issue.estimate, issue.state.slug) == (date(2031, 5, 4), 8, "open")


def test_another_one_stays_at_the_form(world, client_for):
    response = client_for("lead").post("/BUG/issues/new/", {"title": "One of many", "another": "1"})

    assert response.headers["Location"] == "/BUG/issues/new/?state=open"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "This field is required."),
        ("title", "   ", "This field is required."),
        ("title", "x" * 201, "at most 200 characters"),
        ("description", "x" * 65_537, "at most 65536 characters"),
        ("kind", "epic", "Select a valid choice"),
        ("priority", "9", "Select a valid choice"),
        ("assignee", "stranger", "Select a valid choice"),
        ("state", "nowhere", "This state is not there any more."),
        ("state", "closed", "New issues start in Open, not in Closed."),
        ("labels", "999999", "Select a valid choice"),
        ("due_on", "tomorrow", "Enter a valid date"),
        ("estimate", "-1", "greater than or equal to 0"),
    ],
)
def test_refused_form_keeps_what_was_typed(world, client_for, field, value, said):
    browser = client_for("lead")
    before = fingerprint()

    response = browser.post("/BUG/issues/new/", {"title": "Kept title", "description": "Kept words", field: value})

    assert response.status_code == 422
    assert said in words(response, "main form")
    kept = soup(response)
    assert field == "title" or kept.select_one("[name=title]")["value"] == "Kept title"
    assert field == "description" or "Kept words" in kept.select_one("[name=description]").get_text()
    assert fingerprint() == before


def test_labels_of_other_projects_are_refused(world, client_for):
    sent = {"title": "Kept", "labels": [str(world.label("TEAM").pk)]}

    assert client_for("lead").post("/BUG/issues/new/", sent).status_code == 422


def test_quick_add_answers_with_the_card(world, client_for):
    browser = client_for("developer")

    response = browser.post("/BUG/issues/new/", {"title": "Quick one", "quick": "1", "state": "open"}, htmx=True)

    issue, fresh = newest(world.bug), browser.get("/BUG/")
    heads_there = ["head-open", "head-in-progress", "head-resolved", "head-closed"]
    assert swap_equals_fresh(response, fresh) == [f"issue-card-{issue.pk}", *heads_there]
    assert columns(fresh)["open"] == ["BUG-1", "BUG-5", f"BUG-{issue.number}"]
    assert heads(fresh)["open"] == "Open 3"
    placed = events(response)["issue-placed"]
    assert (placed["state"], placed["after"]) == ("open", 5)
    assert placed["words"] == f"BUG-{issue.number} created in Open"


def test_quick_add_works_as_a_plain_form(world, client_for):
    response = client_for("developer").post("/BUG/issues/new/", {"title": "Plain", "quick": "1", "state": "open"})

    assert response.headers["Location"] == f"/BUG/#issue-card-{newest(world.bug).pk}"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": "", "state": "open"}, "This field is required."),
        ({"title": "x", "state": "closed"}, "New issues start in Open, not in Closed."),
    ],
)
def test_refused_quick_add_is_a_toast(world, client_for, sent, said):
    response = client_for("developer").post("/BUG/issues/new/", sent | {"quick": "1"}, htmx=True)

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#toasts")
    assert said in words(response, ".toast")


def test_full_column_takes_no_new_issue(world, client_for):
    change_state(actor=world.lead, state=world.state("BUG", "open"), changes={"wip_limit": 2, "wip_is_hard": True})

    response = client_for("lead").post("/BUG/issues/new/", {"title": "Too many"})

    assert response.status_code == 422
    assert "Open is full: 2 of 2." in words(response, "main form")


def test_archived_project_takes_no_issue(world, client_for):
    assert client_for("lead").get("/SHELF/issues/new/").status_code == 403
    assert client_for("lead").post("/SHELF/issues/new/", {"title": "No"}).status_code == 403


def test_quick_add_takes_equal_statements(world, client_for, assert_equal_queries):
    project = ProjectFactory(actor=world.lead)
    browser = client_for("lead")

    def add():
        sent = {"title": "Quick", "quick": "1", "state": "to-do"}
        assert browser.post(f"/{project.key}/issues/new/", sent, htmx=True).status_code == 200

    IssueFactory(project=project)
    assert_equal_queries(add, lambda: IssueFactory(project=project))
