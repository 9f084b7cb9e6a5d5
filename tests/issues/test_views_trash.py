"""Deleting, the trash, undo."""

import json

import pytest

from issues.models import Issue
from issues.services.trash import delete_issue
from tests.factories import IssueFactory
from tests.issues.issuepages import PANEL, trigger
from tests.issues.records import fingerprint
from tests.projects.pages import soup, words


def is_deleted(world, key):
    return Issue.objects.get(pk=world.issue(key).pk).deleted_at is not None


def test_delete_plainly_leads_to_the_board_with_an_undo(world, client_for):
    browser = client_for("lead")

    response = browser.post("/BUG-1/delete/")
    page = soup(browser.get(response.headers["Location"]))

    toast = page.select_one("#toasts .toast")
    assert (response.status_code, response.headers["Location"], is_deleted(world, "BUG-1")) == (302, "/BUG/", True)
    assert "BUG-1 is in the trash." in toast.get_text()
    assert toast.select_one("form")["action"] == "/BUG-1/restore/"
    assert not toast.has_attr("data-passing")
    assert page.select(".card[data-issue=BUG-1]") == []


def test_delete_from_the_page_by_script_leads_on(world, client_for):
    response = client_for("lead").post("/BUG-1/delete/", htmx=True)

    assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/BUG/")


def test_delete_from_the_panel_answers_with_a_toast(world, client_for):
    response = client_for("lead").post("/BUG-1/delete/", {"panel": "1"}, htmx=True, headers=PANEL)

    assert soup(response).select_one("form")["hx-post"] == "/BUG-1/restore/"
    assert json.loads(trigger(response)) == {"issue-changed": {"key": "BUG-1", "gone": True}}
    assert is_deleted(world, "BUG-1")


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_restore_brings_it_back(world, client_for, htmx):
    response = client_for("lead").post("/BUG-7/restore/", htmx=htmx)

    assert not is_deleted(world, "BUG-7")
    if htmx:
        assert json.loads(trigger(response))["issue-changed"] == {"key": "BUG-7"}
    else:
        assert response.headers["Location"] == "/BUG-7/"


def test_restore_twice_is_no_error(world, client_for):
    browser = client_for("lead")
    browser.post("/BUG-7/restore/")
    before = fingerprint()

    response = browser.post("/BUG-7/restore/")

    assert (response.status_code, response.headers["Location"], fingerprint()) == (302, "/BUG-7/", before)


def test_trash_lists_what_was_deleted_latest_first(world, client_for):
    delete_issue(actor=world.lead, issue=world.issue("BUG-1"))

    page = soup(client_for("lead").get("/BUG/trash/"))

    assert [key.get_text() for key in page.select("main .list .key")] == ["BUG-1", "BUG-7"]
    assert [form["action"] for form in page.select("main .list form")] == ["/BUG-1/restore/", "/BUG-7/restore/"]


def test_trash_restores_and_stays(world, client_for):
    browser = client_for("lead")

    response = browser.post("/BUG-7/restore/", {"next": "/BUG/trash/"})

    assert response.headers["Location"] == "/BUG/trash/"
    assert words(browser.get("/BUG/trash/"), ".empty").startswith("The trash is empty")


WRITES = ["/BUG-1/delete/", "/BUG-7/restore/"]


@pytest.mark.parametrize(
    ("persona", "deleting", "restoring"),
    [
        ("developer", 403, 404),
        ("viewer", 403, 404),
        ("stranger", 404, 404),
        ("removed", 404, 404),
        ("anonymous", 302, 302),
        ("deactivated", 302, 302),
    ],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_both_are_for_leads(world, client_for, persona, deleting, restoring, htmx):
    browser, before = client_for(persona), fingerprint()

    found = [browser.post(path, htmx=htmx).status_code for path in WRITES]

    assert (found, fingerprint()) == ([deleting, restoring], before)


@pytest.mark.parametrize("persona", ["lead", "administrator"])
def test_both_work_for_lead_and_administrator(world, client_for, persona):
    browser = client_for(persona)

    for path in WRITES:
        browser.post(path)

    assert (is_deleted(world, "BUG-1"), is_deleted(world, "BUG-7")) == (True, False)


@pytest.mark.parametrize(("persona", "status"), [("lead", 200), ("developer", 403), ("viewer", 403), ("stranger", 404)])
def test_trash_is_for_leads(world, client_for, persona, status):
    response = client_for(persona).get("/BUG/trash/")

    assert response.status_code == status
    assert (world.issue("BUG-7").title in response.content.decode()) == (status == 200)


@pytest.mark.parametrize("path", WRITES)
def test_both_are_posts(world, client_for, path):
    assert client_for("lead").get(path).status_code == 405


def test_trash_query_count_does_not_grow(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    def add():
        delete_issue(actor=world.lead, issue=IssueFactory(project=world.team, actor=world.lead))

    assert_equal_queries(lambda: browser.get("/TEAM/trash/"), add)
