"""What a person does with their inbox: own entries only, twice the same, told to their open pages."""

from datetime import timedelta

import pytest

from config import clock
from config.errors import DomainError
from notifications import inbox
from notifications.enums import NoticeKind
from notifications.models import Entry, Event
from notifications.queries import unread_count
from notifications.things import MOST, Seen, Thing
from tests.notifications.entries import event_of, newest_event, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(world):
    return world.issue("BUG-2")


@pytest.fixture
def thing(issue):
    return Thing("issue", issue.pk)


@pytest.fixture
def told(world, issue):
    """Two entries of the developer about one issue, one about another, and one of the lead about the first."""
    moved = event_of(issue, "issue.moved")
    return {
        "old": tell(world.developer, issue),
        "new": tell(world.developer, issue, event=moved, kind=NoticeKind.STATE_CHANGED),
        "other": tell(world.developer, world.issue("BUG-5")),
        "lead's": tell(world.lead, issue, event=moved),
    }


def state(told):
    """Return what each entry now says: read, done, snoozed."""
    rows = {name: Entry.objects.get(pk=entry.pk) for name, entry in told.items()}
    return {
        name: "".join(
            letter
            for letter, is_set in (("r", row.read_at), ("d", row.done_at), ("s", row.snoozed_until))
            if is_set is not None
        )
        for name, row in rows.items()
    }


def test_reading_marks_own_entries_of_the_thing_only(world, told, thing):
    first = inbox.mark_read(actor=world.developer, thing=thing)
    second = inbox.mark_read(actor=world.developer, thing=thing)

    assert (first, second) == (2, 0)
    assert state(told) == {"old": "r", "new": "r", "other": "", "lead's": ""}
    assert unread_count(world.developer.pk) == 1


def test_what_came_after_the_page_was_made_stays_unread(world, told, thing):
    inbox.mark_read(actor=world.developer, thing=thing, upto=Seen.of([told["old"].pk]))
    inbox.mark_done(actor=world.developer, thing=thing, upto=Seen.of([told["old"].pk]))

    assert state(told) == {"old": "rd", "new": "", "other": "", "lead's": ""}


def test_unread_again(world, told, thing):
    inbox.mark_read(actor=world.developer, thing=thing)

    inbox.mark_unread(actor=world.developer, thing=thing)

    assert state(told) == {"old": "", "new": "", "other": "", "lead's": ""}
    assert inbox.mark_unread(actor=world.developer, thing=thing) == 0


def test_all_read_leaves_what_waits_and_what_came_later(world, told, thing):
    inbox.snooze(actor=world.developer, thing=thing, until=clock.now() + timedelta(hours=1))
    late = tell(world.developer, world.issue("BUG-3"))

    inbox.mark_all_read(actor=world.developer, upto=Seen.of([told["other"].pk, told["old"].pk, told["new"].pk]))

    assert state(told | {"late": late}) == {"old": "s", "new": "s", "other": "r", "lead's": "", "late": ""}


def test_done_and_back_again_brings_back_just_that(world, told, thing):
    earlier = inbox.mark_done(actor=world.developer, thing=thing, upto=Seen.of([told["old"].pk]))
    moment = inbox.mark_done(actor=world.developer, thing=thing)
    again = inbox.mark_done(actor=world.developer, thing=thing)

    inbox.mark_undone(actor=world.developer, thing=thing, moment=moment)

    assert (earlier is None, moment is None, again) == (False, False, None)
    assert state(told) == {"old": "d", "new": "", "other": "", "lead's": ""}
    inbox.mark_undone(actor=world.developer, thing=thing)
    assert state(told) == {"old": "", "new": "", "other": "", "lead's": ""}


def test_what_is_put_away_comes_back_as_unread(world, told, thing):
    until = clock.now() + timedelta(hours=1)
    inbox.mark_read(actor=world.developer, thing=thing)

    inbox.snooze(actor=world.developer, thing=thing, until=until)
    inbox.mark_read(actor=world.developer, thing=thing)

    assert state(told) == {"old": "s", "new": "s", "other": "", "lead's": ""}
    assert unread_count(world.developer.pk) == 1
    with clock.at(until + timedelta(seconds=1)):
        assert unread_count(world.developer.pk) == 2


def test_putting_away_into_the_past_is_refused(world, told, thing):
    with pytest.raises(DomainError):
        inbox.snooze(actor=world.developer, thing=thing, until=clock.now())

    assert state(told)["old"] == ""


def test_waking_brings_back_at_once(world, told, thing):
    inbox.snooze(actor=world.developer, thing=thing, until=clock.now() + timedelta(hours=1))

    assert inbox.wake(actor=world.developer, thing=thing) == 2

    assert state(told)["new"] == ""


def test_another_persons_entries_are_never_touched(world, told, thing):
    before = state(told)

    for act in (inbox.mark_read, inbox.mark_unread, inbox.mark_done, inbox.mark_undone, inbox.wake):
        act(actor=world.viewer, thing=thing)
    inbox.mark_all_read(actor=world.viewer)

    assert state(told) == before


def test_entries_outside_of_the_inbox_are_left_alone(world, issue, thing):
    outside = {"mail": tell(world.developer, issue, in_inbox=False)}

    inbox.mark_read(actor=world.developer, thing=thing)
    inbox.mark_done(actor=world.developer, thing=thing)

    assert state(outside) == {"mail": ""}


def test_open_pages_are_told_after_the_commit_and_only_of_a_change(
    world, told, thing, monkeypatch, django_capture_on_commit_callbacks
):
    said = []
    monkeypatch.setattr("notifications.live.publisher.publish", lambda group, message: said.append((group, message)))

    with django_capture_on_commit_callbacks(execute=True):
        inbox.mark_read(actor=world.developer, thing=thing)
        assert said == []
    with django_capture_on_commit_callbacks(execute=True):
        inbox.mark_read(actor=world.developer, thing=thing)

    assert said == [(f"person.{world.developer.pk}", {"type": "inbox.changed"})]


def test_a_thing_about_a_project_does_not_hold_the_entries_of_its_issues(world, told):
    room = {"room": tell(world.developer, world.bug, event=newest_event(world.bug), kind=NoticeKind.PROJECT_ADDED)}

    inbox.mark_done(actor=world.developer, thing=Thing("project", world.bug.pk))

    assert state(told | room) == {"old": "", "new": "", "other": "", "lead's": "", "room": "d"}


@pytest.mark.parametrize("text", ["", "issue:", "issue:0", "issue:-1", "state:3", "issue:1x", "issue:" + "9" * 40])
def test_words_that_name_no_thing(text):
    assert Thing.read(text) is None


def test_a_thing_is_written_as_it_is_read():
    assert [str(Thing.read(text)) for text in ("issue:12", "project:3", "project:0")] == [
        "issue:12", "project:3", "project:0",
    ]  # fmt: skip


def test_a_page_names_its_newest_entries_and_means_the_older_ones():
    few, many = Seen.of([3, 9, 5]), Seen.of(range(100, 101 + MOST))

    assert (str(few), Seen.read(str(few))) == ("9.5.3", few)
    assert (str(many)[-4:], Seen.read(str(many))) == ("101-", many)
    assert [str(Seen.of([])), Seen.read(""), Seen.read("1,2"), Seen.read("9" * 19), Seen.read("1." * MOST + "1")] == [
        *("0", None, None, None, None)
    ]


def test_of_many_entries_reading_goes_to_all_but_the_newer(world, issue, thing):
    entries = [tell(world.developer, issue, event=event) for event in Event.objects.all()[: MOST + 3]]
    assert len(entries) == MOST + 3

    read = inbox.mark_read(actor=world.developer, thing=thing, upto=Seen.of([entry.pk for entry in entries[:-1]]))

    assert read == MOST + 2
    assert list(Entry.objects.filter(person=world.developer, read_at=None)) == [entries[-1]]
