"""The number at the bell: what pages count and what sockets are told is one statement, by one rule."""

import pytest

from issues.services.trash import delete_issue
from notifications.live import reading
from notifications.queries import unread_count
from projects.services.members import remove_member
from tests.notifications.entries import tell
from tests.notifications.posting import say
from tests.notifications.telling import decide, forget

pytestmark = pytest.mark.django_db


def counted(*people):
    """Return what a page shows to each of the people, having seen that hello and beat tell the same."""
    pages = [unread_count(person.pk) for person in people]
    told = reading.unread_counts([person.pk for person in people])
    _heads, beat = reading.heads_and_unread([], {person.pk for person in people})
    assert [told[person.pk] for person in people] == [beat[person.pk] for person in people] == pages
    return pages


def test_a_project_that_was_lost_counts_no_more(world):
    forget()
    say(world.lead, world.issue("TEAM-1"), f"@{world.viewer.username} and @{world.developer.username}, look")
    decide()
    before = counted(world.viewer, world.developer)

    remove_member(actor=world.lead, project=world.team, person=world.viewer)
    decide()

    # What is left of it to the viewer says that they were removed.
    assert (before, counted(world.viewer, world.developer)) == ([1, 1], [1, 1])
    assert list(world.viewer.entries.order_by("pk").values_list("kind", "read_at")) == [
        *(("mentioned", None), ("project_removed", None))
    ]


def test_an_issue_in_the_trash_counts_no_more(world):
    tell(world.developer, world.issue("BUG-2"))
    tell(world.developer, world.issue("BUG-5"))
    tell(world.lead, world.issue("BUG-2"))
    before = counted(world.developer, world.lead)

    delete_issue(actor=world.lead, issue=world.issue("BUG-2"))

    assert (before, counted(world.developer, world.lead)) == ([2, 1], [1, 0])


def test_many_people_cost_one_statement(world, django_assert_num_queries):
    people = [world.developer.pk, world.lead.pk, world.viewer.pk]
    tell(world.developer, world.issue("BUG-2"))

    with django_assert_num_queries(1):
        found = reading.unread_counts(people)
    with django_assert_num_queries(0):
        nobody = reading.unread_counts([])

    assert (found, nobody) == (dict(zip(people, [1, 0, 0], strict=True)), {})
