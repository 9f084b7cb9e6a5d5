"""Cards and rows: how many messages an issue has, the same for everyone, and what is new to one reader."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.services.messages import delete_message
from chat.services.reading import mark_read
from tests.chat.talking import say, thread_of
from tests.factories import IssueFactory
from tests.issues.boards import move, swap_equals_fresh
from tests.projects.pages import soup

PAGES = ["/TEAM/", "/TEAM/issues/"]


@pytest.fixture
def issue(world):
    """TEAM-2 with two messages of the lead; the developer has read the first, the viewer never looked."""
    issue = world.issue("TEAM-2")
    say(world.lead, issue)
    mark_read(person=world.developer, thread=thread_of(issue), seq=1)
    say(world.lead, issue)
    return issue


def counts(response: Any) -> dict[str, tuple[str, str, str | None]]:
    """Return of each card its number as scripts and as people read it, and what is new."""
    return {
        place["data-talk"]: (place["data-count"], place.b.get_text(), place.get("data-unread"))
        for place in soup(response).select("[data-talk]")
    }


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("persona", "unread"), [("lead", "0"), ("developer", "1"), ("viewer", None), ("administrator", None)]
)
def test_count_is_for_everyone_and_news_for_one(client_for, issue, path, persona, unread):
    found = counts(client_for(persona).get(path))

    assert found["TEAM-2"] == ("2", "2", unread)
    assert found["TEAM-3"] == ("0", "0", None)


@pytest.mark.parametrize("path", ["/OPEN/", "/OPEN/issues/"])
def test_guest_sees_the_count(world, client_for, path):
    assert counts(client_for("anonymous").get(path)) == {"OPEN-1": ("1", "1", None)}


def test_deleted_messages_are_not_counted(world, client_for, issue):
    delete_message(actor=world.lead, message=thread_of(issue).messages.get(seq=1))

    assert counts(client_for("viewer").get("/TEAM/"))["TEAM-2"] == ("1", "1", None)


def test_mark_of_a_card_changes_with_count_and_news(world, client_for, issue):
    def mark():
        return soup(browser.get("/TEAM/")).select_one("[data-issue=TEAM-2]")["data-etag"]

    browser = client_for("developer")
    marks = [mark(), mark()]
    say(world.lead, issue)
    marks.append(mark())
    mark_read(person=world.developer, thread=thread_of(issue), seq=3)
    marks.append(mark())

    assert marks[0] == marks[1]
    assert len(set(marks)) == 3


def test_kept_card_tells_no_reader_of_anothers_news(client_for, issue):
    browsers = [client_for(persona) for persona in ("developer", "viewer", "lead", "developer")]

    found = [counts(browser.get("/TEAM/"))["TEAM-2"][2] for browser in browsers]

    assert found == ["1", None, "0", "1"]


def test_names_that_look_like_marks_are_text(world, client_for, issue):
    odd = IssueFactory(project=world.team, actor=world.lead, title='A data-etag="x" data-count="9" <li class="card"')
    say(world.lead, odd)

    card = soup(client_for("lead").get("/TEAM/")).select_one(f"[data-issue={odd.key}]")

    assert card.select_one(".title").get_text() == odd.title
    assert card.select_one("[data-talk]").attrs == {
        "class": ["talk-count"], "data-talk": odd.key, "data-unread": "0", "data-count": "1",
    }  # fmt: skip


def test_swapped_card_is_what_a_fresh_board_shows(client_for, issue):
    browser = client_for("developer")

    moved, placed = move(browser, "TEAM-2", "done"), browser.get("/TEAM-2/card/", htmx=True)

    for answer in (moved, placed):
        assert "issue-card-" in swap_equals_fresh(answer, browser.get("/TEAM/"))[0]
    assert counts(moved)["TEAM-2"] == ("2", "2", "1")


@pytest.mark.parametrize("path", [*PAGES, "/TEAM/board/to-do/", "/TEAM-2/card/"])
def test_counts_take_one_statement_for_all_cards(world, client_for, issue, path, assert_equal_queries):
    browser = client_for("developer")

    def add():
        say(world.lead, IssueFactory(project=world.team, actor=world.lead))

    assert_equal_queries(lambda: browser.get(path), add)
    with CaptureQueriesContext(connection) as seen:
        browser.get(path)
    assert sum("FROM chat_thread AS thread" in query["sql"] for query in seen) == 1
