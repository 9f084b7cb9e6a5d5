"""The board: columns and cards, filters, further pages, what it shows to whom, and how many statements it takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from issues.enums import Priority
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from projects.services.labels import change_label
from projects.services.projects import change_project
from projects.services.workflow import change_state
from tests.factories import IssueFactory, ProjectFactory
from tests.issues.boards import columns, events, heads, swap_equals_fresh, untokened
from tests.projects.pages import soup, words

BUG_COLUMNS = {
    "open": ["BUG-1", "BUG-5"],
    "in-progress": ["BUG-8", "BUG-6", "BUG-2"],
    "resolved": ["BUG-3"],
    "closed": ["BUG-4"],
}
READERS = [
    ("anonymous", 404),
    ("stranger", 404),
    ("removed", 404),
    ("viewer", 200),
    ("developer", 200),
    ("lead", 200),
    ("administrator", 200),
]
PAGES = ["/BUG/", "/BUG/board/open/", "/BUG/board/changes/", "/BUG-1/card/", "/BUG-1/moves/"]


@pytest.mark.parametrize(("persona", "status"), READERS)
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("htmx", [True, False])
def test_board_is_for_those_who_may_read(world, client_for, persona, status, path, htmx):
    browser = client_for(persona)

    response = browser.get(path, htmx=htmx)

    assert response.status_code == status
    assert world.issue("BUG-1").title not in response.content.decode() or status == 200


@pytest.mark.parametrize("path", PAGES)
def test_board_is_only_read(world, client_for, path):
    assert client_for("lead").post(path).status_code == 405


def test_board_shows_columns_in_order(world, client_for):
    response = client_for("viewer").get("/BUG/")

    assert columns(response) == BUG_COLUMNS
    assert heads(response) == {
        "open": "Open 2",
        "in-progress": "In progress 3",
        "resolved": "Resolved 1",
        "closed": "Closed 1",
    }
    assert "BUG-7" not in response.content.decode()


def test_card_shows_its_issue(world, client_for):
    issue, tomorrow = world.issue("BUG-2"), timezone.localdate() + timedelta(days=1)
    edit_issue(actor=world.lead, issue=issue, changes={"due_on": tomorrow, "estimate": 8, "priority": Priority.URGENT})

    card = soup(client_for("viewer").get("/BUG/")).find(attrs={"data-issue": "BUG-2"})

    assert card["id"] == f"issue-card-{issue.pk}"
    assert (card.select_one("a.title")["href"], card.select_one("a.title").get_text()) == ("/BUG-2/", issue.title)
    assert card.select_one(".pr")["aria-label"] == "Urgent"
    assert card.select_one(".avatar")["title"] == world.developer.name
    assert card.select_one(".label").get_text() == world.label("BUG").name
    assert card.select_one(".due time")["datetime"] == tomorrow.isoformat()
    assert card.select_one(".due").get_text() == "Due Tomorrow"
    assert card.select_one(".tag").get_text() == "Estimate 8"


def test_card_is_never_older_than_its_issue(world, client_for):
    browser, issue = client_for("lead"), world.issue("BUG-1")
    edit_issue(actor=world.lead, issue=issue, changes={"due_on": timezone.localdate()})

    def card():
        return soup(browser.get("/BUG/")).find(id=f"issue-card-{issue.pk}")

    first = card()
    change_label(actor=world.lead, label=world.label("BUG"), name="renamed", hue=3)
    second = card()
    edit_issue(actor=world.lead, issue=issue, changes={"title": "Another title", "assignee": world.viewer})
    third = card()
    world.viewer.display_name = "Zed Zorn"
    world.viewer.save()
    fourth = card()

    assert second.select_one(".label").get_text() == "renamed"
    assert third.select_one(".title").get_text() == "Another title"
    assert fourth.select_one(".avatar").get_text() == "ZZ"
    assert len({shown["data-etag"] for shown in (first, second, third, fourth)}) == 4


def test_limit_is_shown_as_a_pill(world, client_for):
    state = world.state("BUG", "in-progress")

    for limit, look in ((4, None), (3, "full"), (2, "over")):
        change_state(actor=world.lead, state=state, changes={"wip_limit": limit, "wip_is_hard": limit == 4})
        pill = soup(client_for("viewer").get("/BUG/")).select_one("#head-in-progress .pill")

        assert pill.get_text().startswith(f"3/{limit}")
        assert (look in pill["class"]) if look else pill["class"] == ["pill"]
        assert bool(pill.select("svg")) == (limit == 4)


def test_limit_counts_what_the_filter_hides(world, client_for):
    state = world.state("BUG", "in-progress")
    change_state(actor=world.lead, state=state, changes={"wip_limit": 3})

    response = client_for("developer").get("/BUG/?assignee=me")

    assert heads(response)["in-progress"] == "In progress 3/3 1"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?assignee=me", ["BUG-5", "BUG-2", "BUG-3", "BUG-4"]),
        ("?assignee=!me", ["BUG-1", "BUG-8", "BUG-6"]),
        ("?assignee=none", ["BUG-1"]),
        ("?state=open,closed", ["BUG-1", "BUG-5", "BUG-4"]),
        ("?state=open&state=closed", ["BUG-1", "BUG-5", "BUG-4"]),
        ("?state=!&state=open&state=closed", ["BUG-8", "BUG-6", "BUG-2", "BUG-3"]),
        ("?q=BUG-3", ["BUG-3"]),
        ("?category=progress&assignee=me", ["BUG-2"]),
        ("?priority=urgent", []),
    ],
)
def test_filter_narrows_every_column(world, client_for, query, shown):
    response = client_for("developer").get(f"/BUG/{query}")

    assert [key for cards in columns(response).values() for key in cards] == shown
    assert words(response, "#view-tools .num") == (f"{len(shown)} issue" if len(shown) == 1 else f"{len(shown)} issues")


def test_filter_offers_its_own_way_out(world, client_for):
    page = soup(client_for("developer").get("/BUG/?label=!nowhere&priority=high&sort=title"))

    bar = page.select_one("#filters")
    assert [link["href"] for link in bar.select(".chip > a[aria-label]")] == ["/BUG/?sort=title"]
    assert bar.find("a", string="is")["href"] == "/BUG/?priority=!high&sort=title"
    assert "There is no label called “nowhere” here" in bar.get_text()
    assert bar.find("a", string="Clear")["href"] == "/BUG/?sort=title"


def test_filter_by_people_is_for_members(world, client_for):
    names = {persona: client_for(persona).get("/OPEN/").content.decode() for persona in ("anonymous", "viewer")}

    assert f"assignee={world.developer.username}" in names["viewer"]
    assert f"assignee={world.developer.username}" not in names["anonymous"]


def test_text_is_shown_as_text(world, client_for):
    edit_issue(actor=world.lead, issue=world.issue("BUG-1"), changes={"title": "<b onclick=x>bold</b> {{ 1 }}"})
    browser = client_for("viewer")
    browser.checks_pages = False

    response = browser.get('/BUG/?q=%3Ci%3E"bold')

    assert soup(response).select("b[onclick], .card i") == []
    assert "&lt;i&gt;" in response.content.decode()


def test_fragment_is_the_page_without_its_frame(world, client_for):
    browser = client_for("lead")

    page, part = soup(browser.get("/BUG/?q=a")), soup(browser.get("/BUG/?q=a", htmx=True))

    for name in ("filters", "view-tools", "board"):
        assert untokened(part.find(id=name)) == untokened(page.find(id=name))
    assert part.select("html, .rail") == []


def test_columns_page(world, client_for, monkeypatch):
    project = ProjectFactory(actor=world.lead)
    IssueFactory(project=project)
    monkeypatch.setattr("issues.queries.COLUMN_PAGE", 2)
    keys = [f"{project.key}-1"] + [IssueFactory(project=project).key for _issue in range(4)]
    browser = client_for("lead")

    pages = [columns(browser.get(f"/{project.key}/"))["to-do"]]
    more = soup(browser.get(f"/{project.key}/")).select_one("[data-more]")
    while more:
        answer = browser.get(more["data-more"], htmx=True)
        pages.append([card["data-issue"] for card in soup(answer).select(".card")])
        more = soup(answer).select_one("[data-more]")

    assert pages == [keys[:2], keys[2:4], keys[4:]]


@pytest.mark.parametrize("path", ["/BUG/board/nowhere/", "/BUG/board/open/?page=x", "/BUG/board/open/?page=99999"])
def test_column_that_is_not_there_is_not_found(world, client_for, path):
    assert client_for("lead").get(path).status_code == 404


def test_changes_tell_what_the_board_misses(world, client_for):
    browser = client_for("viewer")
    seq = soup(browser.get("/BUG/")).select_one("[data-board]")["data-seq"]

    before = browser.get(f"/BUG/board/changes/?after={seq}").json()
    move_issue(actor=world.lead, issue=world.issue("BUG-2"), to=world.state("BUG", "resolved"), resolution="Done.")
    after = browser.get(f"/BUG/board/changes/?after={seq}").json()

    assert before == {"seq": int(seq), "changed": False}
    assert after == {"seq": int(seq) + 1, "changed": True}


def test_card_alone_is_as_on_the_board(world, client_for):
    browser = client_for("lead")

    response = browser.get("/BUG-6/card/", htmx=True)

    names = ["head-open", "head-in-progress", "head-resolved", "head-closed"]
    assert swap_equals_fresh(response, browser.get("/BUG/")) == [f"issue-card-{world.issue('BUG-6').pk}", *names]
    placed = events(response)["issue-placed"]
    assert (placed["key"], placed["state"], placed["after"], placed["words"]) == ("BUG-6", "in-progress", 8, "")


def test_card_that_the_filter_hides_is_gone(world, client_for):
    response = client_for("lead").get("/BUG-6/card/?state=open", htmx=True)

    assert soup(response).select(".card") == []
    assert events(response)["issue-placed"]["state"] is None


def test_viewer_and_guest_find_no_control(world, client_for):
    for persona, path in (("viewer", "/BUG/"), ("anonymous", "/OPEN/"), ("lead", "/SHELF/")):
        page = soup(client_for(persona).get(path))

        assert len(page.select(".card")) > 0
        assert page.select("[data-quick], [data-quick-box], [data-may-move], main form[method=post]") == []


def test_empty_board_teaches(world, client_for):
    project = ProjectFactory(actor=world.lead, template="bug")

    page = soup(client_for("lead").get(f"/{project.key}/"))

    lessons = [" ".join(lesson.get_text(" ").split()) for lesson in page.select(".teach")]
    assert lessons == [
        "New work lands here Press C, or add it below.",
        "Needs an assignee Whoever starts takes it.",
        "Needs a resolution note One sentence on what changed.",
        "Only for: lead Cards come from Resolved.",
    ]
    assert page.select_one(".welcome h2").get_text() == "Nothing on the board yet"


def test_old_key_leads_on(world, client_for):
    change_project(actor=world.lead, project=world.bug, changes={"key": "FAULT"})

    response = client_for("viewer").get("/BUG/?q=a")

    assert (response.status_code, response.headers["Location"]) == (301, "/FAULT/?q=a")
    assert client_for("stranger").get("/BUG/").status_code == 404


def test_board_takes_equal_statements(world, client_for, assert_equal_queries):
    browser = client_for("lead")
    project = ProjectFactory(actor=world.lead)
    IssueFactory(project=project, assignee=world.lead)

    for path in (f"/{project.key}/", f"/{project.key}/?assignee=me", f"/{project.key}/board/to-do/"):
        assert_equal_queries(
            lambda path=path: browser.get(path), lambda: IssueFactory(project=project, assignee=world.lead)
        )
