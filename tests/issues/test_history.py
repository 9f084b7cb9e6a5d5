"""The story of an issue: words, folding, differences, and that it agrees with the versions in the database."""

import re
import time
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import clock
from config.differences import differences
from issues.history import STEPS_SHOWN, story_of
from issues.services.bulk import change_issues
from issues.services.editing import edit_issue
from issues.services.moving import Place, move_issue
from issues.services.trash import delete_issue, restore_issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.services.labels import create_label
from tests.factories import IssueFactory
from tests.issues.issuepages import story
from tests.projects.pages import soup, words

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def issue(world):
    """Return a fresh issue of the task project, reported by the lead at noon."""
    with clock.at(NOON):
        return IssueFactory(project=world.team, actor=world.lead, title="Fog", description="One two three.")


def at(minutes, service, **arguments):
    with clock.at(NOON + timedelta(minutes=minutes)):
        return service(**arguments)


def lines(world, client_for, issue):
    return story(client_for("viewer").get(f"/{issue.key}/"))


@pytest.mark.parametrize(
    ("changes", "words_of_it"),
    [
        ({"title": "Mist"}, "changed title: Fog → Mist"),
        ({"priority": 4}, "changed priority: No priority → Urgent"),
        ({"kind": "bug"}, "changed type: Task → Bug"),
        ({"due_on": datetime(2026, 3, 9, tzinfo=UTC).date()}, "changed due date: No date → 9 Mar"),
        ({"estimate": 5}, "changed estimate: None → 5"),
        ({"resolution": "Lifted."}, "changed resolution note: Lifted."),
        ({"description": "One two four."}, "changed description ( what changed in it )"),
    ],
)
def test_change_in_words(world, client_for, issue, changes, words_of_it):
    at(5, edit_issue, actor=world.developer, issue=issue, changes=changes)

    assert lines(world, client_for, issue)[-1] == f"{world.developer.name} {words_of_it}"


def test_assignment_labels_moves_and_trash_in_words(world, client_for, issue):
    label = create_label(actor=world.lead, project=world.team, name="sea", hue=1)
    at(100, edit_issue, actor=world.lead, issue=issue, changes={"assignee": world.developer})
    at(200, edit_issue, actor=world.developer, issue=issue, changes={}, add_labels=[label.pk])
    at(300, edit_issue, actor=world.developer, issue=issue, changes={}, remove_labels=[label.pk])
    at(400, move_issue, actor=world.developer, issue=issue, to=world.state("TEAM", "done"))
    at(500, delete_issue, actor=world.lead, issue=issue)
    at(600, restore_issue, actor=world.lead, issue=issue)

    lead, developer = world.lead.name, world.developer.name
    assert lines(world, client_for, issue) == [
        f"{lead} created this issue",
        f"{lead} changed assignee: Nobody → {developer}",
        f"{developer} changed label: sea",
        f"{developer} changed label: sea",
        f"{developer} moved this: To do → Done",
        f"{lead} put this into the trash",
        f"{lead} restored this",
    ]


def test_added_and_removed_labels_look_different(world, client_for, issue):
    label = create_label(actor=world.lead, project=world.team, name="sea", hue=1)
    at(100, edit_issue, actor=world.lead, issue=issue, changes={}, add_labels=[label.pk])
    at(200, edit_issue, actor=world.lead, issue=issue, changes={}, remove_labels=[label.pk])

    page = soup(client_for("viewer").get(f"/{issue.key}/"))

    assert [line.find(["b", "s"], string="sea").name for line in page.select(".stream > li")[1:]] == ["b", "s"]


def test_changes_of_one_person_in_a_row_are_one_line_with_its_steps(world, client_for, issue):
    for minute, changes in enumerate(({"priority": 2}, {"estimate": 3}, {"priority": 4}), 1):
        at(minute, edit_issue, actor=world.developer, issue=issue, changes=changes)

    page = soup(client_for("viewer").get(f"/{issue.key}/"))

    assert lines(world, client_for, issue)[1:] == [
        f"{world.developer.name} changed: priority: No priority → Urgent , estimate: None → 3"
    ]
    assert len(page.select(".stream > li:last-child details li")) == 3


def test_a_change_and_its_undoing_cancel_in_the_line_and_stay_in_the_steps(world, issue):
    for minute, priority in enumerate((2, 0), 1):
        at(minute, edit_issue, actor=world.developer, issue=issue, changes={"priority": priority})

    entry = story_of(issue).entries[-1]

    assert (entry.line.changes, len(entry.steps)) == ((), 2)


@pytest.mark.parametrize("gap", ["another person", "an hour", "a move"])
def test_a_row_ends_with(world, issue, gap):
    at(1, edit_issue, actor=world.developer, issue=issue, changes={"priority": 2})
    if gap == "a move":
        at(2, move_issue, actor=world.developer, issue=issue, to=world.state("TEAM", "done"))
    actor = world.lead if gap == "another person" else world.developer
    at(62 if gap == "an hour" else 3, edit_issue, actor=actor, issue=issue, changes={"estimate": 2})

    assert [len(entry.steps) for entry in story_of(issue).entries] == [1] * (4 if gap == "a move" else 3)


def test_place_in_the_column_is_no_story(world, issue):
    IssueFactory(project=world.team, actor=world.lead)
    at(5, move_issue, actor=world.lead, issue=issue, to=world.state("TEAM", "to-do"), place=Place(foot=True))

    assert [entry.line.event.kind for entry in story_of(issue).entries] == ["issue.created"]


def test_bulk_changes_are_in_the_story(world, client_for, issue):
    at(90, change_issues, actor=world.lead, project=world.team, numbers=[issue.number], changes={"priority": 1})

    assert lines(world, client_for, issue)[-1] == f"{world.lead.name} changed priority: No priority → Low"


def test_long_story_shows_the_latest_steps_and_leads_to_those_before(world, client_for, issue):
    for number in range(STEPS_SHOWN + 5):
        actor = (world.lead, world.developer)[number % 2]
        at(number + 1, edit_issue, actor=actor, issue=issue, changes={"title": f"Fog {number}"})
    browser = client_for("viewer")

    newest, older = browser.get(f"/{issue.key}/"), browser.get(f"/{issue.key}/?before={first_shown(issue)}")

    assert story(newest)[0] == "6 earlier"
    assert (len(story(newest)), len(story(older))) == (STEPS_SHOWN + 1, 6)
    assert story(older)[0] == f"{world.lead.name} created this issue"
    assert soup(newest).select_one("#stream-earlier a")["href"] == f"/{issue.key}/?before={first_shown(issue)}"
    assert soup(older).select_one("#issue-stream > p > a")["href"] == f"/{issue.key}/#composer"


def first_shown(issue):
    return story_of(issue).first_seq


def test_state_since_is_known_also_when_the_move_is_not_among_the_latest_steps(world, issue):
    at(1, move_issue, actor=world.lead, issue=issue, to=world.state("TEAM", "done"))
    for number in range(STEPS_SHOWN + 2):
        at(number + 2, edit_issue, actor=world.lead, issue=issue, changes={"title": f"Fog {number}"})

    assert story_of(issue).moved_at == NOON + timedelta(minutes=1)


class TestChangePage:
    """What a change made of the description."""

    def change(self, world, issue, *texts):
        first = head_of(project_stream(world.team.pk)) + 1
        for minute, text in enumerate(texts, 1):
            at(minute, edit_issue, actor=world.developer, issue=issue, changes={"description": text})
        return first, head_of(project_stream(world.team.pk))

    def test_shows_what_was_taken_away_and_added(self, world, client_for, issue):
        _first, last = self.change(world, issue, "One 2 three.")

        page = soup(client_for("viewer").get(f"/{issue.key}/history/{last}/"))

        assert page.select_one(".diff").get_text() == "One two2 three."
        assert (page.select_one(".diff del").get_text(), page.select_one(".diff ins").get_text()) == ("two", "2")

    def test_shows_a_row_of_changes_as_one(self, world, client_for, issue):
        first, last = self.change(world, issue, "One 2 three.", "One 2 3.")
        browser = client_for("viewer")
        link = soup(browser.get(f"/{issue.key}/")).select_one(".stream a[hx-get]")["href"]

        assert link == f"/{issue.key}/history/{last}/?since={first}"
        assert words(browser.get(link), ".diff") == "One two three 2 3 ."

    def test_is_a_dialog_over_the_page(self, world, client_for, issue):
        _first, last = self.change(world, issue, "Another.")

        part = soup(client_for("viewer").get(f"/{issue.key}/history/{last}/", htmx=True))

        assert [child.name for child in part.find_all(recursive=False)] == ["dialog"]

    def test_shows_markup_as_text(self, world, client_for, issue):
        _first, last = self.change(world, issue, "<img src=x onerror=alert(1)> three.")

        page = soup(client_for("viewer").get(f"/{issue.key}/history/{last}/"))

        assert page.select(".diff img") == []
        assert page.select_one(".diff ins").get_text() == "<img src=x onerror=alert(1)>"

    @pytest.mark.parametrize(
        ("persona", "status"), [("viewer", 200), ("stranger", 404), ("removed", 404), ("anonymous", 404)]
    )
    def test_is_for_those_who_may_read(self, world, client_for, issue, persona, status):
        _first, last = self.change(world, issue, "Another.")

        assert client_for(persona).get(f"/{issue.key}/history/{last}/").status_code == status

    def test_of_another_issue_or_another_change_is_not_found(self, world, client_for, issue):
        _first, last = self.change(world, issue, "Another.")
        other = IssueFactory(project=world.team, actor=world.lead)
        browser = client_for("lead")

        paths = [
            f"/{other.key}/history/{last}/",
            f"/{issue.key}/history/{last + 1}/",
            f"/{issue.key}/history/{last - 1}/",
        ]
        paths += [f"/{issue.key}/history/{last}/?since={last + 1}", f"/{issue.key}/history/{last}/?since=1"]
        assert [browser.get(path).status_code for path in paths] == [404] * 5


TEXTS = st.text(alphabet="ab \n.é", max_size=60)


@given(TEXTS, TEXTS)
def test_differences_hold_both_texts(old, new):
    pieces = differences(old, new)

    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new


@given(TEXTS)
def test_differences_of_equal_texts_are_none(text):
    assert [piece.kind for piece in differences(text, text)] in ([], ["same"])


def test_differences_are_small_where_the_change_is():
    old = "The quick brown fox jumps over the lazy dog. " * 200
    new = old.replace("lazy dog. The", "sleepy dog. The", 1)

    pieces = [(piece.kind, piece.text) for piece in differences(old, new) if piece.kind != "same"]

    assert pieces == [("gone", "lazy"), ("new", "sleepy")]


def _hostile():
    random = Random(1)
    size = 64 * 1024
    letters = ["".join(random.choice("ab") for _ in range(size)) for _ in range(2)]
    tokens = [" ".join(random.choice("abcdefgh") for _ in range(size // 2)) for _ in range(2)]
    rows = ["\n".join(str(random.randrange(100)) for _ in range(size // 3)) for _ in range(2)]
    return {
        "two letters": letters,
        "short words": tokens,
        "lines that recur": rows,
        "nothing in common": ["a " * (size // 2), "b\n" * (size // 2)],
        "turned round": [rows[0], "\n".join(reversed(rows[0].split("\n")))],
        "spaces": [" " * size, "\n" * size],
        "one against all": ["x", rows[1]],
    }


@pytest.mark.parametrize("name", list(_hostile()))
def test_differences_of_hostile_texts_end_in_time(name):
    old, new = _hostile()[name]

    began = time.process_time()
    pieces = differences(old, new)

    assert time.process_time() - began < 1
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new


def test_words_of_the_story_are_text(world, client_for, issue):
    nasty = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    at(5, edit_issue, actor=world.developer, issue=issue, changes={"title": nasty, "resolution": nasty})

    page = soup(client_for("viewer").get(f"/{issue.key}/"))

    assert page.select(".stream script, .stream img") == []
    assert len(re.findall(re.escape(nasty), page.select_one(".stream").get_text())) == 2
