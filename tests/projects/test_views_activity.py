"""The activity page: what it tells to whom, in which order, page by page."""

import pytest

from issues.services.creation import create_issue
from issues.services.moving import move_issue
from notifications.queries import events_of
from projects.enums import Role, Visibility
from projects.events import project_stream
from projects.queries import ACTIVITY_GROUPS
from projects.services.projects import change_project
from tests.factories import IssueFactory, member
from tests.files.sending import send_to
from tests.projects.pages import soup, words
from tests.world import PERSONAS

PAGE = "/BUG/activity/"


def told(response):
    """Return the numbers of the events that a page tells, in its order."""
    return [int(line["data-event"]) for line in soup(response).select(".feed > li")]


@pytest.mark.parametrize("persona", PERSONAS)
def test_activity_is_for_readers_of_the_project(client_for, persona):
    expected = 200 if persona in {"viewer", "developer", "lead", "administrator"} else 404

    assert client_for(persona).get(PAGE).status_code == expected


@pytest.mark.parametrize("persona", PERSONAS)
def test_activity_of_a_public_project_is_for_everyone(client_for, persona):
    assert client_for(persona).get("/OPEN/activity/").status_code == 200


def test_activity_tells_newest_first_and_pages_by_number(world, client_for):
    for _each in range(60):
        IssueFactory(project=world.bug)
    browser = client_for("viewer")

    first = browser.get(PAGE)
    second = browser.get(PAGE + soup(first).select_one(".pages a")["href"])

    assert told(first) == sorted(told(first), reverse=True)
    assert (len(told(first)), told(second)[0]) == (50, told(first)[-1] - 1)


def test_activity_pages_tell_everything_but_talk_and_the_order_within_columns(world, client_for):
    browser = client_for("viewer")
    seen, address = [], "?"

    while address:
        response = browser.get(PAGE + address)
        seen += told(response)
        older = [link["href"] for link in soup(response).select(".pages a") if "before=" in link["href"]]
        address = older[0] if older else ""

    everything = events_of(project_stream(world.bug.pk)).exclude(kind="issue.ordered")
    everything = everything.exclude(kind__startswith="message.")
    assert seen == list(everything.values_list("seq", flat=True))


def test_activity_of_one_kind(world, client_for):
    file = send_to(world.issue("BUG-1"), "a.txt")
    said = {kind: words(client_for("viewer").get(PAGE, {"kind": kind}), "#main") for kind in ACTIVITY_GROUPS}

    added = f"{world.lead.name} added {world.viewer.name} as Viewer"
    label = f"created the label {world.label('BUG').name}"
    assert {
        kind: (added in text, label in text, "BUG-1" in text, file.name in text) for kind, text in said.items()
    } == {
        "issues": (False, False, True, False),
        "files": (False, False, True, True),
        "members": (True, False, False, False),
        "settings": (False, True, False, False),
    }


@pytest.mark.parametrize("persona", ["stranger", "anonymous", "removed"])
@pytest.mark.parametrize("query", ["", "?kind=members", "?kind=settings"])
def test_activity_hides_members_from_who_is_none(world, client_for, persona, query):
    said = words(client_for(persona).get(f"/OPEN/activity/{query}"), "#main")

    assert "OPEN-1" in said
    assert world.viewer.name not in said
    assert world.developer.name not in said


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=", "?kind=all", f"?before={'9' * 40}"])
def test_activity_takes_odd_addresses_for_the_first_page(client_for, query):
    browser = client_for("viewer")

    assert told(browser.get(PAGE + query)) == told(browser.get(PAGE))


def test_activity_before_the_first_says_that_nothing_is_older(client_for):
    response = client_for("viewer").get(PAGE, {"before": "1"})

    assert "Nothing older" in words(response)


def test_activity_shows_old_struck_and_new(world, client_for):
    issue = create_issue(actor=world.lead, project=world.bug, title="Seats", assignee=world.lead)
    move_issue(actor=world.lead, issue=issue, to=world.state("BUG", "in-progress"))

    line = soup(client_for("viewer").get(PAGE)).select_one(".feed > li")

    assert " ".join(line.div.get_text().split()) == f"{world.lead.name} moved {issue.key} Seats: Open → In progress"
    assert (line.s.get_text(), line.select("b")[-1].get_text()) == ("Open", "In progress")
    assert line.a["href"] == f"/{issue.key}/"


def test_activity_follows_a_change_of_visibility(world, client_for):
    browser = client_for("stranger")
    hidden = browser.get(PAGE).status_code

    change_project(actor=world.lead, project=world.bug, changes={"visibility": Visibility.INTERNAL})

    assert (hidden, browser.get(PAGE).status_code) == (404, 200)


def test_activity_takes_equal_queries(world, client_for, assert_equal_queries):
    browser = client_for("viewer")

    def add():
        actor = member(world.bug, Role.DEVELOPER)
        IssueFactory(project=world.bug, actor=actor)

    assert_equal_queries(lambda: browser.get(PAGE), add)
