"""Saved filters in the pages: the menu of them over board and list, and the forms in it."""

import pytest

from issues.models import SavedFilter
from issues.services.filters import save_filter
from tests.projects.pages import soup

PAGE = "/BUG/filters/"


def save(world, person="viewer", name="Mine"):
    return save_filter(actor=world.person(person), project=world.bug, name=name, query="assignee=me")


@pytest.mark.parametrize(
    ("persona", "read", "write"),
    [
        ("anonymous", 302, 302),
        ("stranger", 404, 404),
        ("removed", 404, 404),
        ("viewer", 200, 302),
        ("developer", 200, 302),
        ("lead", 200, 302),
    ],
)
def test_filters_are_for_those_who_may_read_the_project(world, client_for, persona, read, write):
    browser = client_for(persona)

    statuses = (browser.get(PAGE).status_code, browser.post(PAGE, {"name": "Soon", "query": "due=week"}).status_code)

    assert statuses == (read, write)
    assert SavedFilter.objects.count() == (1 if read == 200 else 0)


@pytest.mark.parametrize(("view", "base"), [("board", "/BUG/"), ("list", "/BUG/issues/")])
def test_what_is_filtered_is_saved_and_leads_back(world, client_for, view, base):
    browser = client_for("viewer")
    link = soup(browser.get(f"{base}?assignee=me&priority=high")).select_one("#view-tools a[hx-get^='/BUG/filters/']")
    form = soup(browser.get(link["hx-get"], htmx=True)).select("form")[-1]
    sent = {
        field["name"]: field.get("value", "") for field in form.select("input[name]") if field["type"] != "checkbox"
    }

    response = browser.post(form["action"], sent | {"name": "My high ones"})

    saved = SavedFilter.objects.get()
    assert link.get_text(strip=True) == "Save this filter"
    assert (saved.name, saved.query, saved.project, saved.person) == (
        "My high ones", "assignee=me&priority=high", world.bug, world.viewer
    )  # fmt: skip
    assert (response.status_code, response["Location"]) == (302, f"{base}?assignee=me&priority=high")
    menu = soup(browser.get(f"{PAGE}?view={view}", htmx=True))
    assert [(each.get_text(), each["href"]) for each in menu.select("ul a")] == [
        ("My high ones", f"{base}?assignee=me&priority=high")
    ]


def test_filter_is_kept_for_all_projects(world, client_for):
    browser = client_for("viewer")

    browser.post(PAGE, {"name": "Soon", "query": "due=week", "everywhere": "on"})

    assert SavedFilter.objects.get().project is None
    assert "Soon" in browser.get("/TEAM/filters/").content.decode()


def test_filter_is_renamed_and_deleted(world, client_for):
    browser, saved = client_for("viewer"), save(world)

    browser.post(PAGE, {"act": "rename", "pk": saved.pk, "name": "Ours"})
    renamed = SavedFilter.objects.get().name
    browser.post(PAGE, {"act": "delete", "pk": saved.pk, "name": "Ours"})

    assert renamed == "Ours"
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("act", ["rename", "delete"])
def test_filters_of_others_are_not_there(world, client_for, act):
    saved = save(world)
    browser = client_for("lead")

    response = browser.post(PAGE, {"act": act, "pk": saved.pk, "name": "Stolen"})

    assert response.status_code == 404
    assert saved.name not in browser.get(PAGE).content.decode()
    assert SavedFilter.objects.get().name == "Mine"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": "", "query": "due=week"}, "This field is required."),
        ({"name": "Mine", "query": "due=week"}, "You have a filter called “Mine” here already. Choose another name."),
        ({"name": "Label", "query": "label=gone"}, "There is no label called “gone” here; it is left out."),
        ({"name": "Nothing", "query": ""}, "This filter hides nothing. Choose what it should find first."),
        ({"name": "Which", "act": "rename"}, "Choose a filter first."),
    ],
)
def test_refused_form_comes_back_with_the_sentence(world, client_for, sent, words):
    save(world)

    response = client_for("viewer").post(PAGE, sent)

    assert response.status_code == 422
    assert words in soup(response).get_text()
    assert SavedFilter.objects.count() == 1


def test_guest_is_offered_no_saving(world, client_for):
    assert "/OPEN/filters/" not in client_for("anonymous").get("/OPEN/issues/").content.decode()


def test_menu_costs_the_same_for_many(world, client_for, assert_equal_queries):
    browser, names = client_for("viewer"), iter("ABCD")

    assert_equal_queries(lambda: browser.get(PAGE), lambda: save(world, name=next(names)))
