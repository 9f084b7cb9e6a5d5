"""The list: what it shows to whom, sorting, pages, and that the filter of the board is the same."""

import pytest

from accounts.enums import Hue
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from projects.enums import Role, Visibility
from projects.services.labels import create_label
from projects.services.projects import change_project
from tests.factories import IssueFactory, ProjectFactory, member
from tests.projects.pages import soup, words

LIST = "/BUG/issues/"


def keys(response):
    return [row["data-issue"] for row in soup(response).select("tr[data-issue]")]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("anonymous", 404), ("stranger", 404), ("removed", 404), ("viewer", 200), ("developer", 200), ("lead", 200)],
)
def test_list_is_for_those_who_may_read(world, client_for, persona, status):
    response = client_for(persona).get(LIST)

    assert response.status_code == status
    assert (world.issue("BUG-1").title in response.content.decode()) == (status == 200)


def test_list_shows_the_latest_change_first_and_no_trash(world, client_for):
    assert keys(client_for("viewer").get(LIST)) == ["BUG-8", "BUG-6", "BUG-5", "BUG-4", "BUG-3", "BUG-2", "BUG-1"]


def test_list_row_shows_what_the_issue_is(world, client_for):
    row = soup(client_for("viewer").get(LIST)).select_one("[data-issue=BUG-3]")

    assert row.select_one(".title").get_text() == world.issue("BUG-3").title
    assert row.select_one(".title")["href"] == "/BUG-3/"
    assert row.select_one(".state").get_text() == "Resolved"
    assert row.select_one(".label").get_text() == world.label("BUG").name
    assert row.select_one(".avatar")["title"] == world.developer.name
    assert row.select_one(".pr")["aria-label"] == "High"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("key", [1, 2, 3, 4, 5, 6, 8]),
        ("-key", [8, 6, 5, 4, 3, 2, 1]),
        ("due", [6, 2, 1, 3, 4, 5, 8]),
        ("-due", [2, 6, 1, 3, 4, 5, 8]),
        ("state", [1, 5, 8, 6, 2, 3, 4]),
        ("-priority", [8, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_list_sorts(world, client_for, sort, order):
    for number, day in ((2, "2030-02-02"), (6, "2030-01-01")):
        edit_issue(actor=world.lead, issue=world.issue(f"BUG-{number}"), changes={"due_on": day})

    response = client_for("viewer").get(LIST, {"sort": sort})

    assert keys(response) == [f"BUG-{number}" for number in order]


def test_list_heads_say_and_turn_the_order(world, client_for):
    page = soup(client_for("viewer").get(LIST, {"sort": "title", "priority": "high"}))

    head = page.select_one("th[aria-sort]")
    assert (head["aria-sort"], head.get_text(strip=True)) == ("ascending", "Title")
    assert head.a["href"] == "/BUG/issues/?priority=high&sort=-title"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=resolved,closed", ["BUG-4", "BUG-3"]),
        ("state=!open,in-progress", ["BUG-4", "BUG-3"]),
        ("assignee=none", ["BUG-1"]),
        ("assignee=me", ["BUG-5", "BUG-4", "BUG-3", "BUG-2"]),
        ("q=BUG-3", ["BUG-3"]),
        ("q=nothinglikethis", []),
    ],
)
def test_list_filters_as_the_board_does(world, client_for, query, found):
    browser = client_for("developer")

    board = soup(browser.get(f"/BUG/?{query}"))

    assert keys(browser.get(f"{LIST}?{query}")) == found
    assert {card["data-issue"] for card in board.select(".card")} == set(found)


def test_list_says_what_of_the_filter_it_did_not_understand(world, client_for):
    page = client_for("viewer").get(LIST, {"state": "nirvana", "sort": "'; drop"})

    assert words(page, ".filters").count("There is no state called “nirvana” here") == 1
    assert len(keys(page)) == 7


def test_list_has_fifty_a_page(world, client_for):
    project = ProjectFactory(actor=world.lead)
    for _number in range(52):
        IssueFactory(project=project)
    browser = client_for("lead")

    first, second = (
        browser.get(f"/{project.key}/issues/?sort=key"),
        browser.get(f"/{project.key}/issues/?sort=key&page=2"),
    )
    beyond = browser.get(f"/{project.key}/issues/?sort=key&page=99")

    assert (len(keys(first)), keys(second)) == (50, [f"{project.key}-51", f"{project.key}-52"])
    assert keys(beyond) == keys(second)
    assert words(first, ".pages .here") == "1–50 of 52"
    assert soup(first).select_one("[rel=next]")["href"] == "?sort=key&page=2"


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 40])
def test_list_reads_any_page(world, client_for, page):
    assert client_for("viewer").get(LIST, {"page": page}).status_code == 200


def test_list_fragment_is_what_a_fresh_load_shows(world, client_for):
    browser = client_for("developer")

    fragment = soup(browser.get(f"{LIST}?assignee=me", htmx=True))
    page = soup(browser.get(f"{LIST}?assignee=me"))

    for tree in (fragment, page):
        for token in tree.select("[name=csrfmiddlewaretoken]"):
            token.decompose()
    for name in ("#filters", "#view-tools", "#list"):
        assert str(fragment.select_one(name)) == str(page.select_one(name))


@pytest.mark.parametrize(("persona", "boxes"), [("viewer", 0), ("developer", 7), ("lead", 7)])
def test_list_ticks_are_for_those_who_may_change(world, client_for, persona, boxes):
    page = soup(client_for(persona).get(LIST))

    assert len(page.select("input[name=number]")) == boxes
    assert len(page.select("#bulk")) == (1 if boxes else 0)


def test_list_of_nothing_teaches(world, client_for):
    project = ProjectFactory(actor=world.lead, visibility=Visibility.PUBLIC)

    lead, guest = (
        client_for("lead").get(f"/{project.key}/issues/"),
        client_for("anonymous").get(f"/{project.key}/issues/"),
    )

    assert words(lead, ".empty").startswith(f"No issues yet Create the first one. It gets the key {project.key}-1")
    assert words(guest, ".empty") == "No issues yet Issues will stand here as soon as someone creates them."
    assert words(client_for("lead").get(LIST, {"q": "zzz"}), ".empty").startswith("Nothing matches")


def test_list_leads_to_the_trash_only_who_may_see_it(world, client_for):
    assert soup(client_for("lead").get(LIST)).select("a[href='/BUG/trash/']") != []
    assert soup(client_for("developer").get(LIST)).select("a[href='/BUG/trash/']") == []


def test_list_old_key_leads_to_the_present_one(world, client_for):
    change_project(actor=world.lead, project=world.bug, changes={"key": "NEWBUG"})

    response = client_for("viewer").get(f"{LIST}?sort=key")

    assert (response.status_code, response.headers["Location"]) == (301, "/NEWBUG/issues/?sort=key")


def test_list_query_count_does_not_grow(world, client_for, assert_equal_queries):
    browser = client_for("lead")
    project = ProjectFactory(actor=world.lead)
    people = [member(project, Role.DEVELOPER) for _number in range(3)]
    labels = [
        create_label(actor=world.lead, project=project, name=f"l{hue}", hue=hue)
        for hue in (Hue.BLUE, Hue.PINK, Hue.TEAL)
    ]

    def add():
        create_issue(
            actor=world.lead, project=project, title="One more", assignee=people.pop(), label_ids=[labels.pop().pk]
        )

    add()
    assert_equal_queries(lambda: browser.get(f"/{project.key}/issues/"), add)
