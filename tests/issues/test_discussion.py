"""The stream of an issue: what was said and done in one order, its parts, pages, links, and what each reader sees."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.services.messages import delete_message, edit_message
from chat.services.reactions import react
from chat.services.reading import mark_read
from config import clock
from issues import history
from issues.history import Said, Show, story_of
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from projects.services.projects import archive_project, change_project
from tests.chat.talking import head, say, thread_of
from tests.factories import IssueFactory
from tests.issues.issuepages import BODY, PANEL, in_place, story, swap_equals_fresh
from tests.projects.pages import soup, words

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STREAM = {"HX-Target": "issue-stream"}
EARLIER = {"HX-Target": "stream-earlier"}


@pytest.fixture
def issue(world):
    """A fresh issue of the task project, reported by the lead at noon."""
    with clock.at(NOON):
        return IssueFactory(project=world.team, actor=world.lead, title="Fog")


@pytest.fixture
def talked(world, issue):
    """The same after a change, a message, a change, a message and a move, a minute apart."""
    steps = [
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"priority": 2}),
        lambda: say(world.developer, issue, "First **words**"),
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"priority": 3}),
        lambda: say(world.lead, issue, "Second words"),
        lambda: move_issue(actor=world.developer, issue=issue, to=world.state("TEAM", "done")),
    ]
    for minute, step in enumerate(steps, 1):
        with clock.at(NOON + timedelta(minutes=minute)):
            step()
    return issue


def stream(response):
    """Return the lines of the stream in their order: a message's text, or the kind of line and its words."""
    lines = []
    for line in soup(response).select("#issue-stream ol > li, body > li"):
        text = line.select_one(".md") or line.select_one(".gone") or line.select_one("div") or line
        lines.append(" ".join(text.get_text(" ").split()).split(" ·")[0])
    return lines


def test_messages_and_changes_stand_in_the_order_of_the_log(world, client_for, talked):
    lead, developer = world.lead.name, world.developer.name

    assert stream(client_for("viewer").get(f"/{talked.key}/")) == [
        f"{lead} created this issue",
        f"{developer} changed priority: No priority → Medium",
        "First words",
        f"{developer} changed priority: Medium → High",
        "Second words",
        f"{developer} moved this: To do → Done",
    ]


def test_changes_around_a_message_are_not_folded(world, talked):
    kinds = [type(entry).__name__ for entry in story_of(talked).entries]

    assert kinds == ["Entry", "Entry", "Said", "Entry", "Said", "Entry"]


def test_changes_alone_are_folded_as_in_the_whole_stream(world, issue):
    steps = [
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"priority": 2}),
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"estimate": 3}),
        lambda: say(world.lead, issue, "Words"),
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"priority": 3}),
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"estimate": 5}),
        lambda: say(world.lead, world.issue("BUG-1"), "Words elsewhere"),
        lambda: edit_issue(actor=world.developer, issue=issue, changes={"priority": 4}),
    ]
    for minute, step in enumerate(steps, 1):
        with clock.at(NOON + timedelta(minutes=minute)):
            step()

    whole = [len(entry.steps) for entry in story_of(issue).entries if not isinstance(entry, Said)]
    changes = [len(entry.steps) for entry in story_of(issue, show=Show.CHANGES).entries]

    assert changes == whole == [1, 2, 3]


def test_what_became_of_a_message_is_no_line_of_its_own(world, client_for, talked):
    message = thread_of(talked).messages.get(seq=1)
    before = len(stream(client_for("viewer").get(f"/{talked.key}/")))

    edit_message(actor=world.developer, message=message, body="Other words")
    react(actor=world.lead, message=message, emoji="👍")
    delete_message(actor=world.lead, message=thread_of(talked).messages.get(seq=2))

    lines = stream(client_for("viewer").get(f"/{talked.key}/"))
    assert len(lines) == before
    assert (lines[2], lines[4]) == ("Other words", f"{world.lead.name} deleted this message.")


@pytest.mark.parametrize(
    ("show", "kinds", "current"),
    [("", 6, "All"), ("all", 6, "All"), ("messages", 2, "Messages"), ("changes", 4, "Changes"), ("nonsense", 6, "All")],
)
def test_parts_of_the_stream(client_for, talked, show, kinds, current):
    """Messages part one person's changes also where they are not shown."""
    page = soup(client_for("viewer").get(f"/{talked.key}/", {"show": show}))

    assert len(page.select("#issue-stream ol > li")) == kinds
    assert [link.get_text() for link in page.select("#issue-show [aria-current]")] == [current]
    assert [link["href"] for link in page.select("#issue-show a")] == [
        f"/{talked.key}/",
        f"/{talked.key}/?show=messages",
        f"/{talked.key}/?show=changes",
    ]
    assert bool(page.select("ol[data-messages]")) == (current != "Changes")


@pytest.mark.parametrize("show", ["all", "messages", "changes"])
def test_part_that_is_swapped_in_is_what_a_fresh_page_shows(client_for, talked, show):
    browser = client_for("viewer")

    part = soup(browser.get(f"/{talked.key}/", {"show": show}, htmx=True, headers=STREAM))
    page = soup(browser.get(f"/{talked.key}/", {"show": show}))

    assert [child["id"] for child in part.find_all(recursive=False)] == [
        "issue-stream",
        "issue-show",
        "discussion-count",
    ]
    for name in ("issue-stream", "issue-show", "discussion-count"):
        part.find(id=name).attrs.pop("hx-swap-oob", None)
        assert str(part.find(id=name)) == str(page.find(id=name))


def test_panel_shows_the_same_stream_and_changes_no_address(client_for, talked):
    browser = client_for("developer")

    panel, page = browser.get(f"/{talked.key}/", htmx=True, headers=PANEL), browser.get(f"/{talked.key}/")

    assert stream(panel) == stream(page)
    assert soup(panel).select("[hx-replace-url]") == []
    assert len(soup(page).select("[hx-replace-url]")) == 3


def test_heading_counts_the_messages(world, client_for, talked):
    browser = client_for("viewer")
    counts = [words(browser.get(f"/{key}/"), "#discussion-count") for key in (talked.key, "TEAM-2")]

    delete_message(actor=world.lead, message=thread_of(talked).messages.get(seq=2))

    assert [*counts, words(browser.get(f"/{talked.key}/"), "#discussion-count")] == ["2", "", "1"]


def test_a_change_brings_its_line_and_keeps_what_the_reader_shows(client_for, talked):
    browser = client_for("developer")

    swapped = in_place(browser, f"/{talked.key}/edit/", {"priority": "4"}, show="changes")

    assert swap_equals_fresh(browser, swapped, f"/{talked.key}/?show=changes")
    assert story(swapped)[-1].endswith("changed priority: High → Urgent")
    assert soup(swapped).select("[data-composer], #discussion") == []


def test_swaps_of_the_body_equal_a_fresh_page(client_for, talked):
    browser = client_for("developer")

    part = browser.get(f"/{talked.key}/", htmx=True, headers=BODY)

    assert swap_equals_fresh(browser, part, f"/{talked.key}/")


@pytest.mark.parametrize(
    ("persona", "writes"), [("anonymous", False), ("stranger", False), ("viewer", False), ("developer", True)]
)
def test_composer_is_for_those_who_may_write_and_others_read_why_not(world, client_for, persona, writes):
    page = soup(client_for(persona).get("/OPEN-1/"))

    section = page.select_one("section.talk")
    assert bool(section.select("form[data-composer]")) == writes == ("data-may-write" in section.attrs)
    assert writes or "Writing messages in OPEN needs the role" in section.select_one("#composer").get_text()


def test_viewer_writes_where_the_project_lets_them(world, client_for, issue):
    browser = client_for("viewer")
    before = bool(soup(browser.get(f"/{issue.key}/")).select("form[data-composer]"))

    change_project(actor=world.lead, project=world.team, changes={"viewers_may_write": True})

    assert (before, bool(soup(browser.get(f"/{issue.key}/")).select("form[data-composer]"))) == (False, True)


def test_archived_project_says_why_nothing_can_be_written(world, client_for, issue):
    archive_project(actor=world.lead, project=world.team)

    assert "is archived" in words(client_for("lead").get(f"/{issue.key}/"), "#composer")


def test_first_message_is_sent_with_the_number_of_the_issue(world, client_for, issue):
    browser = client_for("developer")
    form = soup(browser.get(f"/{issue.key}/")).select_one("form[data-composer]")
    sent = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}

    response = browser.post(form["action"], sent | {"body": "Anyone there?"})

    assert sent["issue"] == str(issue.number)
    assert response.headers["Location"].startswith(f"/{issue.key}/?message=1#message-")
    assert stream(browser.get(f"/{issue.key}/"))[-1] == "Anyone there?"


def test_section_says_what_scripts_need(world, client_for, talked):
    thread = thread_of(talked)
    mark_read(person=world.developer, thread=thread, seq=1)

    section = soup(client_for("developer").get(f"/{talked.key}/")).select_one("section.talk")

    found = {name: section.get(f"data-{name}") for name in ("thread", "project", "issue", "seq", "read", "longest")}
    assert found == {
        "thread": str(thread.pk), "project": "TEAM", "issue": talked.key, "seq": "2", "read": "1", "longest": "32768",
    }  # fmt: skip


def test_body_says_what_the_page_follows(world, client_for, talked):
    page = soup(client_for("developer").get(f"/{talked.key}/"))

    live = {name: value for name, value in page.body.attrs.items() if name.startswith("data-live")}
    assert live == {
        "data-live-project": "TEAM",
        "data-live-seq": str(head(world.team)),
        "data-live-view": "issue",
        "data-live-thread": str(thread_of(talked).pk),
    }


def test_unread_line_stands_before_what_is_new(world, client_for, talked):
    mark_read(person=world.developer, thread=thread_of(talked), seq=1)

    lines = soup(client_for("developer").get(f"/{talked.key}/")).select("#issue-stream ol > li")

    unread = next(place for place, line in enumerate(lines) if "data-unread-line" in line.attrs)
    assert lines[unread + 1]["data-seq"] == "2"


@pytest.mark.parametrize("persona", ["viewer", "lead"])
def test_no_unread_line_for_who_never_looked_or_wrote_last(client_for, talked, persona):
    assert soup(client_for(persona).get(f"/{talked.key}/")).select("[data-unread-line]") == []


def test_permalink_marks_the_message(client_for, talked):
    page = soup(client_for("viewer").get(f"/{talked.key}/?message=1"))

    assert [message["data-seq"] for message in page.select(".message.is-marked")] == ["1"]


@pytest.fixture
def long(world, issue, monkeypatch):
    """Fifteen messages and changes in turn, where a page holds six lines."""
    monkeypatch.setattr(history, "STEPS_SHOWN", 6)
    for number in range(15):
        with clock.at(NOON + timedelta(minutes=number + 1)):
            if number % 2:
                edit_issue(actor=world.lead, issue=issue, changes={"title": f"Fog {number}"})
            else:
                say(world.lead, issue, f"Words {number}")
    return issue


def test_long_stream_pages_upwards_by_link(client_for, long):
    browser, pages, path = client_for("viewer"), [], f"/{long.key}/"

    while path:
        response = browser.get(path)
        link = soup(response).select_one("#stream-earlier a")
        pages.insert(0, stream(response)[1 if link else 0 :])
        path = link["href"] if link else None

    told = [line.rpartition(" ")[2] for page in pages for line in page]
    assert [len(page) for page in pages] == [4, 6, 6]
    assert told == ["issue", *(str(number) for number in range(15))]


def test_earlier_lines_take_the_place_of_their_link(client_for, long):
    browser = client_for("viewer")
    link = soup(browser.get(f"/{long.key}/")).select_one("#stream-earlier a")

    part = browser.get(link["hx-get"], htmx=True, headers=EARLIER)

    assert (link["hx-target"], link["hx-swap"], link.get_text()) == ("#stream-earlier", "outerHTML", "10 earlier")
    assert {child.name for child in soup(part).find_all(recursive=False)} == {"li"}
    assert len(soup(part).select("li.message, li.change")) == 7


def test_older_page_leads_to_the_newest_and_takes_no_new_messages(client_for, long):
    first = story_of(long).first_seq

    page = soup(client_for("viewer").get(f"/{long.key}/?before={first}"))

    assert page.select_one("#issue-stream > p > a")["href"] == f"/{long.key}/#composer"
    assert page.select("ol[data-messages]") == []


@pytest.mark.parametrize("seq", [1, 4, 8])
def test_permalink_leads_to_the_page_that_has_the_message(client_for, long, seq):
    page = soup(client_for("viewer").get(f"/{long.key}/?message={seq}"))

    assert [message["data-seq"] for message in page.select(".is-marked")] == [str(seq)]


@pytest.mark.parametrize(
    "query", ["?message=99", "?message=x", "?before=-1", "?before=", "?reply=7", "?message=" + "9" * 40]
)
def test_what_cannot_be_found_is_the_newest_page(client_for, long, query):
    browser = client_for("developer")

    assert stream(browser.get(f"/{long.key}/?{query}")) == stream(browser.get(f"/{long.key}/"))


def test_state_since_is_known_whatever_the_page_shows(world, issue, long):
    with clock.at(NOON + timedelta(hours=1)):
        move_issue(actor=world.lead, issue=issue, to=world.state("TEAM", "done"))
    for number in range(8):
        say(world.lead, issue, f"Later {number}")

    shown = [story_of(issue), story_of(issue, show=history.Show.MESSAGES), story_of(issue, before=5)]

    assert {story.moved_at for story in shown} == {NOON + timedelta(hours=1)}


def test_answer_without_scripts_is_a_link(world, client_for, talked):
    first = thread_of(talked).messages.get(seq=1)

    form = soup(client_for("lead").get(f"/{talked.key}/?reply={first.pk}")).select_one("form[data-composer]")

    assert form.select_one("[name=reply_to]")["value"] == str(first.pk)


class TestAsOf:
    """The stream as it was."""

    def at(self, minutes):
        return (NOON + timedelta(minutes=minutes, seconds=30)).isoformat().replace("+00:00", "Z")

    def test_ends_at_the_moment(self, client_for, talked):
        assert stream(client_for("developer").get(f"/{talked.key}/?at={self.at(3)}"))[2:] == [
            "First words",
            stream(client_for("developer").get(f"/{talked.key}/"))[3],
        ]

    def test_takes_no_words_and_follows_nothing(self, client_for, talked):
        page = soup(client_for("developer").get(f"/{talked.key}/?at={self.at(4)}"))

        section = page.select_one("section.talk")
        assert section.select("form, #composer, #issue-show") == []
        assert [name for name in section.attrs if name.startswith("data-")] == []
        assert (page.body["data-live-view"], page.body["data-live-thread"]) == ("", "")
        assert section.select_one("#discussion-count").get_text() == "2"

    def test_shows_a_message_as_it_was_but_not_what_was_taken_back(self, world, client_for, talked):
        first, second = thread_of(talked).messages.order_by("seq")
        edit_message(actor=world.developer, message=first, body="Other words")
        react(actor=world.lead, message=first, emoji="👍")
        delete_message(actor=world.lead, message=second)

        response = client_for("viewer").get(f"/{talked.key}/?at={self.at(4)}")

        assert stream(response)[2] == "First words"
        assert soup(response).select(".edited, .signs") == []
        assert "Second words" not in response.content.decode()


def test_another_issues_messages_are_not_here(world, client_for, talked):
    say(world.lead, world.issue("TEAM-2"), "Elsewhere")

    assert "Elsewhere" not in client_for("lead").get(f"/{talked.key}/").content.decode()


def test_markup_in_a_message_is_text(world, client_for, issue):
    say(world.developer, issue, "<img src=x onerror=alert(1)>")

    assert soup(client_for("lead").get(f"/{issue.key}/")).select(".stream img") == []


def test_query_count_does_not_grow(world, client_for, issue, assert_equal_queries):
    browser = client_for("viewer")
    say(world.lead, issue, f"See TEAM-1, @{world.developer.username} and INNER-1")
    mark_read(person=world.viewer, thread=thread_of(issue), seq=1)

    def add():
        message = say(world.developer, issue, f"See TEAM-2, @{world.lead.username} and OPEN-1")
        react(actor=world.lead, message=message, emoji="👍")
        say(world.lead, issue, "Yes", reply_to=message)
        edit_issue(actor=world.lead, issue=issue, changes={"title": f"Fog {message.seq}"})

    for query in ("", "?show=messages", f"?at={NOON.year + 4}-01-01T00:00", "?message=1"):
        assert_equal_queries(lambda query=query: browser.get(f"/{issue.key}/{query}"), add)


def test_discussion_costs_three_statements(world, client_for, issue):
    def count():
        with CaptureQueriesContext(connection) as seen:
            browser.get(f"/{issue.key}/")
        return len(seen)

    browser = client_for("developer")
    count()
    silent = count()
    say(world.lead, issue, "Words that name nobody")

    # Messages and reactions, no files where none was sent; the discussion itself is looked for either way.
    assert count() - silent == 2
    assert isinstance(story_of(issue).entries[-1], Said)
