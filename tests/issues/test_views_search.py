"""Search, my issues, and the palette: what is found, by whom, and that nothing found becomes markup."""

import pytest

from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from tests.factories import IssueFactory, ProjectFactory
from tests.projects.pages import soup, words


def found(response):
    return [row["data-issue"] for row in soup(response).select("#results [data-issue]")]


def search(browser, text, **more):
    return browser.get("/search/", {"q": text, **more})


@pytest.mark.parametrize(
    ("persona", "keys"),
    [
        ("lead", {"BUG-1", "TEAM-1", "INNER-1", "OPEN-1"}),
        ("viewer", {"BUG-1", "TEAM-1", "INNER-1", "OPEN-1"}),
        ("stranger", {"INNER-1", "OPEN-1"}),
        ("removed", {"INNER-1", "OPEN-1"}),
        ("anonymous", {"OPEN-1"}),
        ("administrator", {"BUG-1", "TEAM-1", "INNER-1", "OPEN-1", "QZFAR-1"}),
    ],
)
def test_search_finds_only_what_the_person_may_read(world, client_for, persona, keys):
    shared = "quokkaword"
    for key in ("BUG-1", "TEAM-1", "INNER-1", "OPEN-1", "QZFAR-1"):
        issue = world.issue(key)
        edit_issue(actor=issue.project.owner, issue=issue, changes={"title": f"{shared} {key}"})

    assert set(found(search(client_for(persona), shared))) == keys


def test_search_leaves_out_trash_archived_and_deleted_projects(world, client_for):
    texts = [world.issue(key).title for key in ("BUG-7", "SHELF-1", "GONE-1")]

    assert [found(search(client_for("lead"), text)) for text in texts] == [[], [], []]


def test_search_wants_every_word_the_last_as_a_beginning(world, client_for):
    first = create_issue(actor=world.lead, project=world.team, title="Late payment", description="About the harbour.")
    create_issue(actor=world.lead, project=world.team, title="Late boats")
    browser = client_for("viewer")

    for text in ("late pay", "PAYMENT late", "harb"):
        assert found(search(browser, text)) == [first.key]
    for text in ("late pay boats", "ayment"):
        assert found(search(browser, text)) == []


def test_search_marks_the_words(world, client_for):
    create_issue(
        actor=world.lead,
        project=world.team,
        title="Late payment of <b>fares</b>",
        description="It is <i>late</i>. Very late.",
    )

    response = search(client_for("viewer"), "fares late")

    row = soup(response).select_one("#results li")
    assert [mark.get_text() for mark in row.select(".title mark")] == ["Late", "fares"]
    assert row.select_one(".title").get_text() == "Late payment of <b>fares</b>"
    assert row.select_one(".excerpt").get_text() == "It is <i>late</i>. Very late."
    assert row.select("b, i") == []


def test_search_excerpt_is_cut_around_the_first_hit(world, client_for):
    words_around = "before " * 40
    create_issue(actor=world.lead, project=world.team, title="T", description=f"{words_around}needle {'after ' * 60}")

    excerpt = words(search(client_for("viewer"), "needle"), ".excerpt")

    assert excerpt.startswith("…before before")
    assert excerpt.endswith("…")
    assert "needle after" in excerpt
    assert len(excerpt) < 210


@pytest.mark.parametrize("text", ["BUG-2", "bug-2", " bug 2 ", "bug2"])
def test_search_for_a_key_leads_to_the_issue(world, client_for, text):
    response = search(client_for("viewer"), text)

    assert (response.status_code, response.headers["Location"]) == (302, "/BUG-2/")


@pytest.mark.parametrize(
    ("persona", "text"), [("stranger", "BUG-2"), ("lead", "QZFAR-1"), ("lead", "BUG-7"), ("lead", "BUG-999")]
)
def test_search_for_a_key_that_one_may_not_know_finds_nothing(world, client_for, persona, text):
    response = search(client_for(persona), text)

    assert (response.status_code, found(response)) == (200, [])


HOSTILE = [
    "'", '"', "' | 'x", "a & !b", "<->", ":*", "\\", "%", "_", "a:*b", "((((", "!!!", "' OR 1=1 --", "{{7*7}}",
    "<script>", "\x00", "\u202e", "💥", "a" * 500, " ".join("word" for _ in range(60)),
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_search_takes_any_text(world, client_for, text):
    browser = client_for("lead")
    browser.checks_pages = "{{" not in text

    response = search(browser, text)

    assert response.status_code == 200
    assert soup(response).select("script:not([src])") == []


def test_search_pages(world, client_for):
    project = ProjectFactory(actor=world.lead)
    for number in range(51):
        create_issue(actor=world.lead, project=project, title=f"wombat {number}")
    browser = client_for("lead")

    first, second = search(browser, "wombat"), search(browser, "wombat", page=2)

    assert (len(found(first)), found(second)) == (50, [f"{project.key}-1"])
    assert words(first, ".pages .here") == "1–50"
    assert soup(first).select_one("[rel=next]")["href"] == "/search/?q=wombat&page=2"
    assert soup(second).select_one("[rel=prev]")["href"] == "/search/?q=wombat&page=1"
    assert found(search(browser, "wombat", page=3)) == []


def test_search_before_and_without_a_result_teaches(world, client_for):
    browser = client_for("lead")

    assert words(browser.get("/search/"), ".empty").startswith("Find an issue in any of your projects")
    assert words(search(browser, "xyzzyx"), ".empty").startswith("Nothing found for “xyzzyx”")


def test_search_query_count_does_not_grow(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    def add():
        create_issue(actor=world.lead, project=ProjectFactory(actor=world.lead), title="wombat", assignee=world.lead)

    add()
    assert_equal_queries(lambda: search(browser, "wombat"), add)


class TestMine:
    """The issues of the person."""

    def keys(self, browser):
        return [row["data-issue"] for row in soup(browser.get("/my/")).select("main [data-issue]")]

    def test_shows_open_and_running_ones_the_most_urgent_first(self, world, client_for):
        edit_issue(actor=world.lead, issue=world.issue("TEAM-2"), changes={"priority": 4})

        assert self.keys(client_for("developer")) == ["TEAM-2", "BUG-2", "BUG-5"]

    def test_leaves_out_projects_that_the_person_left(self, world, client_for):
        assert self.keys(client_for("removed")) == []

    def test_empty_teaches(self, world, client_for):
        assert words(client_for("viewer").get("/my/"), ".empty").startswith("Nothing is assigned to you")

    def test_is_for_people(self, world, client_for):
        assert client_for("anonymous").get("/my/").status_code == 302

    def test_query_count_does_not_grow(self, world, client_for, assert_equal_queries):
        browser = client_for("developer")

        def add():
            IssueFactory(project=world.team, actor=world.lead, assignee=world.developer)

        assert_equal_queries(lambda: browser.get("/my/"), add)


class TestPalette:
    """What Ctrl+K offers."""

    def lines(self, browser, **query):
        part = soup(browser.get("/palette/", query, htmx=True))
        return [" ".join(line.get_text(" ").split()) for line in part.select("[role=option]")]

    def links(self, browser, **query):
        return [line["href"] for line in soup(browser.get("/palette/", query, htmx=True)).select("[role=option][href]")]

    def test_opens_as_a_dialog_with_the_commands_of_the_page(self, world, client_for):
        part = soup(client_for("developer").get("/palette/", {"at": "/BUG-2/"}, htmx=True))

        groups = [group["aria-label"] for group in part.select("[role=group]")]
        assert groups == ["BUG-2", world.bug.name, "Go to", "Help", "Projects"]
        assert [line["data-press"] for line in part.select("[data-press]")] == [*"sapldrey", "?"]
        assert part.select_one("dialog[data-open] input[name=q]") is not None

    def test_answers_a_text_with_lines_alone(self, world, client_for):
        response = client_for("developer").get("/palette/", {"q": "activity", "at": "/BUG/"}, htmx=True)

        assert "<dialog" not in response.content.decode()
        assert soup(response).select_one("[role=option]")["href"] == "/BUG/activity/"

    @pytest.mark.parametrize("text", ["bug2", "BUG-2", "bug 2"])
    def test_finds_an_issue_by_its_key(self, world, client_for, text):
        assert self.links(client_for("viewer"), q=text)[0] == "/BUG-2/"

    def test_finds_issues_and_projects_by_words(self, world, client_for):
        issue = world.issue("TEAM-2")

        assert self.links(client_for("viewer"), q=issue.title)[0] == "/TEAM-2/"
        assert "/TEAM/" in self.links(client_for("viewer"), q=world.team.name)

    @pytest.mark.parametrize("persona", ["stranger", "removed"])
    def test_knows_nothing_of_what_one_may_not_see(self, world, client_for, persona):
        browser = client_for(persona)

        for text in ("BUG-2", world.issue("BUG-2").title, world.bug.name):
            assert [link for link in self.links(browser, q=text, at="/BUG-2/") if "BUG" in link] == []

    def test_offers_to_create_what_was_typed(self, world, client_for):
        link = self.links(client_for("developer"), q="Zebra & co", at="/BUG/")[-1]

        assert link == "/BUG/issues/new/?title=Zebra%20%26%20co"
        page = soup(client_for("developer").get(link))
        assert page.select_one("[name=title]")["value"] == "Zebra & co"

    @pytest.mark.parametrize(("persona", "at"), [("viewer", "/BUG/"), ("developer", "/"), ("developer", "/SHELF/")])
    def test_offers_no_creation_where_there_is_none(self, world, client_for, persona, at):
        assert not any("issues/new" in link for link in self.links(client_for(persona), q="Zebra", at=at))

    @pytest.mark.parametrize(
        "at", ["", "nowhere", "//x.example/BUG/", "/BUG-99999999999999999999/", "http://[", "\x00"]
    )
    def test_takes_any_place(self, world, client_for, at):
        assert client_for("developer").get("/palette/", {"q": "a", "at": at}, htmx=True).status_code == 200

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_takes_any_text(self, world, client_for, text):
        browser = client_for("developer")
        browser.checks_pages = "{{" not in text

        assert browser.get("/palette/", {"q": text, "at": "/BUG/"}, htmx=True).status_code == 200

    def test_is_for_people(self, world, client_for):
        assert client_for("anonymous").get("/palette/").status_code == 302
