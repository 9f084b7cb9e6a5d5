"""Reading conversations: pages, places, completion, and what they cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.queries import PAGE, completions, page_after, page_around, page_before, talks_of
from chat.refs import MOST, visible_refs
from chat.services.reactions import react
from chat.services.reading import mark_read
from chat.talk import Place, talk_of
from projects.enums import Role
from projects.models import Project
from tests.chat.talking import say, thread_of
from tests.factories import IssueFactory, ProjectFactory, member

pytestmark = pytest.mark.django_db


def numbers(page):
    return [message.seq for message in page.messages]


@pytest.fixture
def long():
    """Return the room of a project in which 120 messages were sent."""
    project = ProjectFactory()
    for number in range(120):
        message = say(project.owner, project, f"Number {number}")
    return message.thread


def test_pages_lead_up_and_down(long):
    newest = page_before(long)
    older = page_before(long, 71)
    oldest = page_before(long, 21)
    following = page_after(long, 20)

    assert (numbers(newest), newest.older, newest.newer) == (list(range(71, 121)), True, False)
    assert (numbers(older), older.older, older.newer) == (list(range(21, 71)), True, True)
    assert (numbers(oldest), oldest.older) == (list(range(1, 21)), False)
    assert (numbers(following), following.older, following.newer) == (list(range(21, 71)), True, True)
    assert numbers(page_after(long, 120)) == []


@pytest.mark.parametrize(
    ("seq", "first", "last", "older", "newer"),
    [(60, 35, 109, True, True), (3, 1, 52, False, True), (119, 94, 120, True, False), (999, 96, 120, True, False)],
)
def test_a_place_stands_in_the_middle(long, seq, first, last, older, newer):
    page = page_around(long, seq)

    assert (numbers(page), page.older, page.newer) == (list(range(first, last + 1)), older, newer)


def test_a_page_costs_the_same_for_one_and_for_many_messages(world, assert_equal_queries):
    room = world.bug
    say(world.developer, room, f"@{world.lead.username} BUG-5 INNER-1")

    def add():
        message = say(
            world.lead, room, f"@{world.developer.username} BUG-1 OPEN-1 TEAM-1", reply_to=world.message("BUG")
        )
        react(actor=world.developer, message=message, emoji="👍")

    assert_equal_queries(lambda: talk_of(thread_of(room), world.lead), add)


def test_a_page_takes_at_most_nine_statements(world):
    say(world.developer, world.bug, f"@{world.lead.username} BUG-5 INNER-1")
    thread = thread_of(Project.objects.get(key="BUG"))

    with CaptureQueriesContext(connection) as seen:
        talk_of(thread, world.lead)

    assert len(seen) <= 9


def test_the_line_stands_above_the_first_unseen(world):
    for person in (world.lead, world.developer, world.lead):
        say(person, world.bug)
    thread = thread_of(world.bug)
    mark_read(person=world.viewer, thread=thread, seq=2)

    talk = talk_of(thread, world.viewer)

    assert [line.shown.seq for line in talk.lines if line.since] == [3]
    assert (talk.read, talk.unseen) == (2, 2)


@pytest.mark.parametrize("persona", ["stranger", "viewer"])
def test_who_never_looked_sees_no_line(world, persona):
    talk = talk_of(thread_of(world.open), world.person(persona))

    assert [line.since for line in talk.lines] == [None]
    assert (talk.read, talk.unseen) == (0, 0)


def test_a_line_for_ones_own_words_is_none(world):
    say(world.lead, world.bug)
    thread = thread_of(world.bug)
    type(thread.cursors.get(person=world.lead)).objects.filter(person=world.lead, thread=thread).update(seq=1)

    assert [line.since for line in talk_of(thread, world.lead).lines if line.since] == []


def test_completion_offers_readers_only(world):
    thread = thread_of(world.bug)

    def offered(text):
        return {person.username for person in completions(world.lead, world.bug, thread, text)}

    assert offered("") == {world.lead.username, world.developer.username, world.viewer.username}
    assert offered(world.stranger.username) == offered(world.removed.username) == set()
    assert offered(world.deactivated.username) == set()
    assert offered("Viewer") == {world.viewer.username}
    assert offered(world.viewer.name.split()[1]) == {world.viewer.username}
    assert offered("%") == offered("_") == set()


def test_completion_of_an_internal_project_offers_whom_the_writer_knows(world):
    thread = thread_of(world.inner)

    def offered(text):
        return completions(world.lead, world.inner, thread, text)

    assert offered(world.stranger.username) == []
    ProjectFactory(actor=world.lead, members={world.stranger: Role.VIEWER})
    assert offered(world.stranger.username) == [world.stranger]
    assert world.stranger not in offered("")


def test_completion_offers_who_wrote_without_being_a_member(world):
    say(world.administrator, world.inner)

    assert completions(world.lead, world.inner, thread_of(world.inner), "")[0] == world.administrator


def test_completion_begins_with_who_wrote_last(world):
    say(world.developer, world.bug)

    assert completions(world.lead, world.bug, thread_of(world.bug), "")[:2] == [world.developer, world.lead]


def test_completion_is_short(world):
    for number in range(12):
        member(world.inner, Role.VIEWER, username=f"zed{number}")

    assert len(completions(world.lead, world.inner, None, "zed")) == 8


def test_refs_are_limited(world):
    project = ProjectFactory(actor=world.lead)
    IssueFactory(project=project)

    with CaptureQueriesContext(connection) as seen:
        found = visible_refs(
            world.lead, [*(("NONE", number) for number in range(1, MOST)), (project.key, 1), ("BUG", 5)]
        )

    assert list(found) == [f"{project.key}-1"]
    assert len(seen) == 2


def test_former_keys_lead_to_the_issue(world):
    from projects.services.projects import change_project

    change_project(actor=world.lead, project=world.bug, changes={"key": "WASBUG"})

    found = visible_refs(world.lead, [("BUG", 5), ("WASBUG", 5)])

    assert {asked: ref.key for asked, ref in found.items()} == {"BUG-5": "WASBUG-5", "WASBUG-5": "WASBUG-5"}
    assert visible_refs(world.stranger, [("BUG", 5)]) == {}


def test_cards_know_what_is_new(world):
    issue = world.issue("BUG-5")
    mark_read(person=world.viewer, thread=thread_of(issue), seq=1)
    say(world.developer, issue)

    found = {
        person: talks_of([issue.pk, world.issue("BUG-1").pk], person.pk) for person in (world.viewer, world.developer)
    }

    assert {person.pk: [(talk.count, talk.unread) for talk in talks.values()] for person, talks in found.items()} == {
        world.viewer.pk: [(2, 1)],
        world.developer.pk: [(2, 0)],
    }


def test_places_beyond_everything_are_empty(long):
    assert talk_of(long, long.project.owner, Place(before=1)).lines == []
    assert PAGE == 50
