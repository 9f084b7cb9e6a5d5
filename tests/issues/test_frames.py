"""What open pages are told of issues: one frame for each, as it is now, and the counts of the columns."""

import uuid
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.queries import discussion_of
from chat.services.messages import post_message
from issues.models import Issue
from issues.queries import COLUMN_PAGE
from issues.services.bulk import change_issues
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.moving import Place, move_issue
from issues.services.trash import delete_issue, restore_issue
from notifications.live.frames import Reader, frames_for
from notifications.models import Event
from projects.events import project_stream
from projects.services.workflow import change_state
from tests.factories import IssueFactory
from tests.issues.boards import untokened
from tests.projects.pages import soup


def reader(view: str = "", **more: Any) -> Reader:
    return Reader(language="en", zone="UTC", today=timezone.localdate(), view=view, **more)


@pytest.fixture
def told(world):
    """What a page of TEAM is told of everything since the test began."""
    stream = project_stream(world.team.pk)
    began = Event.objects.filter(stream__name=stream).latest("seq").seq

    def frames(view: str = "", **more: Any) -> list[dict[str, Any]]:
        events = list(Event.objects.filter(stream__name=stream, seq__gt=began).select_related("actor").order_by("seq"))
        return frames_for(events, reader(view, **more))

    return frames


def parsed(html):
    return shared(BeautifulSoup(html.strip(), "html.parser").contents[0])


def shared(part):
    """Return a part of a page without what is new to its reader, which no frame says."""
    for talk in part.select("[data-unread]"):
        del talk["data-unread"]
    if part.get("data-etag"):
        part["data-etag"] = part["data-etag"].rpartition("-")[2]
    return untokened(part)


def issues_of(frames):
    return [(frame["key"], frame["state"], frame["after"], frame["gone"]) for frame in frames if frame["k"] == "issue"]


def test_created_issue_is_told_whole(world, told):
    made = create_issue(actor=world.developer, project=world.team, title="New")

    (frame,) = told()

    assert frame.pop("etag")
    assert frame == {
        "k": "issue",
        "key": made.key,
        "id": made.pk,
        "number": made.number,
        "version": 1,
        "by": world.developer.username,
        "name": world.developer.name,
        "fields": {},
        "state": "to-do",
        "after": 1,
        "gone": False,
    }


def test_edited_issue_names_who_changed_which_field(world, told):
    issue = world.issue("TEAM-1")
    edit_issue(actor=world.developer, issue=issue, changes={"title": "Other", "priority": 1})
    edit_issue(actor=world.lead, issue=issue, changes={"priority": 2})

    (frame,) = told()

    assert (frame["by"], frame["version"]) == (world.lead.username, Issue.objects.get(pk=issue.pk).version)
    assert frame["fields"] == {"title": world.developer.name, "priority": world.lead.name}


def test_moved_issue_stands_under_its_neighbour(world, told):
    issue = world.issue("TEAM-1")
    move_issue(actor=world.lead, issue=issue, to=world.state("TEAM", "done"), place=Place(after=3))

    assert issues_of(told()) == [("TEAM-1", "done", 3, False)]


def test_ordered_issue_on_top_has_nothing_above(world, told):
    made = create_issue(actor=world.lead, project=world.team, title="Second")
    move_issue(actor=world.lead, issue=made, to=world.state("TEAM", "to-do"), place=Place(before=1))

    assert issues_of(told()) == [(made.key, "to-do", None, False)]
    assert Event.objects.latest("pk").kind == "issue.ordered"


def test_deleted_issue_is_gone_without_html(world, told):
    delete_issue(actor=world.lead, issue=world.issue("TEAM-1"))

    frame, _counts = told("board")

    assert (frame["key"], frame["gone"], frame["after"], "html" in frame) == ("TEAM-1", True, None, False)


def test_restored_issue_is_there_again(world, told):
    restore_issue(actor=world.lead, issue=world.issue("TEAM-4"))

    assert issues_of(told()) == [("TEAM-4", "to-do", 1, False)]


def test_many_issues_come_in_the_order_of_their_columns(world, told):
    made = [create_issue(actor=world.lead, project=world.team, title=f"No. {number}") for number in range(3)]
    numbers = [made[2].number, made[0].number]
    change_issues(actor=world.lead, project=world.team, numbers=numbers, changes={"state": world.state("TEAM", "done")})

    assert issues_of(told()) == [
        (made[1].key, "to-do", 1, False),
        (made[0].key, "done", 3, False),
        (made[2].key, "done", made[0].number, False),
    ]


def test_card_of_a_board_is_the_board_pages_own(world, told, client_for):
    edit_issue(actor=world.lead, issue=world.issue("TEAM-1"), changes={"title": "As on the board", "estimate": 3})
    page = soup(client_for("developer").get("/TEAM/"))

    frame, _counts = told("board")

    card = page.find(id=f"issue-card-{frame['id']}")
    assert parsed(frame["html"]) == shared(card)
    assert frame["etag"] == card["data-etag"].rpartition("-")[2]
    assert "row" not in frame


def test_row_of_a_list_is_the_list_pages_own(world, told, client_for):
    edit_issue(actor=world.lead, issue=world.issue("TEAM-1"), changes={"title": "As in the list"})
    pages = {
        selects: soup(client_for(who).get("/TEAM/issues/")) for who, selects in (("lead", True), ("viewer", False))
    }

    rows = {selects: told("list", selects=selects)[0] for selects in pages}

    for selects, page in pages.items():
        assert parsed(rows[selects]["row"]) == shared(page.find("tr", {"data-issue": "TEAM-1"}))
        assert "html" not in rows[selects]


def test_other_pages_get_no_html(world, told):
    edit_issue(actor=world.lead, issue=world.issue("TEAM-1"), changes={"title": "Elsewhere"})

    (frame,) = told("issue")

    assert {"html", "row"} & set(frame) == set()


def test_counts_are_what_the_heads_of_a_fresh_board_say(world, told, client_for):
    change_state(actor=world.lead, state=world.state("TEAM", "in-progress"), changes={"wip_limit": 1})
    create_issue(actor=world.lead, project=world.team, title="One more")
    page = soup(client_for("viewer").get("/TEAM/"))

    counts = next(frame for frame in told("board") if frame["k"] == "counts")

    assert {slug: (one["n"], one["limit"], one["level"]) for slug, one in counts["counts"].items()} == {
        "to-do": (2, None, ""),
        "in-progress": (1, 1, "full"),
        "done": (1, None, ""),
    }
    for slug, one in counts["counts"].items():
        assert shared(page.select_one(f"#head-{slug} :is(.count, .pill)")) == parsed(one["html"])
    assert counts["words"] == page.select_one("#view-tools .wide").get_text() == "4 issues"


def test_column_over_its_limit_says_so(world, told):
    change_state(actor=world.lead, state=world.state("TEAM", "in-progress"), changes={"wip_limit": 1})
    move_issue(actor=world.lead, issue=world.issue("TEAM-1"), to=world.state("TEAM", "in-progress"))

    counts = next(frame for frame in told("board") if frame["k"] == "counts")

    assert counts["counts"]["in-progress"]["level"] == "over"
    assert "2 of at most 1, over the limit" in counts["counts"]["in-progress"]["html"]


def test_frames_of_one_kind_of_reader_are_the_same_for_everyone(world, told):
    move_issue(actor=world.developer, issue=world.issue("TEAM-2"), to=world.state("TEAM", "done"))

    assert told("board") == told("board")
    assert world.viewer.username not in str(told("board"))


def test_statements_do_not_grow_with_the_issues(world, told):
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            told("board")
        return len(seen.captured_queries)

    IssueFactory(project=world.team)
    delete_issue(actor=world.lead, issue=IssueFactory(project=world.team))
    told("board")
    one = statements()
    made = [IssueFactory(project=world.team) for _number in range(30)]
    delete_issue(actor=world.lead, issue=made[0])
    move_issue(actor=world.lead, issue=made[1], to=world.state("TEAM", "done"))

    assert statements() == one
    assert len(issues_of(told("board"))) == 2 + 30


def test_place_is_right_in_a_column_of_many_pages(world, told):
    made = [IssueFactory(project=world.team) for _number in range(COLUMN_PAGE + 2)]

    last = told()[-1]

    assert (last["key"], last["after"]) == (made[-1].key, made[-2].number)


def test_an_assignee_who_left_is_shown_as_on_the_board(world, client_for):
    events = Event.objects.filter(stream__name=project_stream(world.bug.pk), subject=f"issue:{world.issue('BUG-8').pk}")
    card = soup(client_for("viewer").get("/BUG/")).find(id=f"issue-card-{world.issue('BUG-8').pk}")

    frame, _counts = frames_for(list(events), reader("board"))

    assert parsed(frame["html"]) == shared(card)


def test_card_of_a_frame_counts_messages_and_says_nothing_of_who_read_them(world, told):
    issue = IssueFactory(project=world.team)
    for author in (world.developer, world.lead):
        post_message(actor=author, thread=discussion_of(issue), body="Said", client_id=uuid.uuid4())
    edit_issue(actor=world.lead, issue=issue, changes={"title": "Talked about"})

    frame = next(frame for frame in told("board") if frame.get("key") == issue.key)

    talk = BeautifulSoup(frame["html"], "html.parser").select_one("[data-talk]")
    assert (talk["data-count"], talk.get("data-unread")) == ("2", None)
