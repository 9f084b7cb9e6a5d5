"""What open pages are told of conversations."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.queries import message_again
from chat.rendering import message_html, shown_messages
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import react
from config.jinja import iso
from issues.services.trash import delete_issue
from notifications.live.frames import Reader, frames_for
from notifications.models import Event
from projects.events import project_stream
from tests.chat.talking import again, head, say

pytestmark = pytest.mark.django_db


def reader(thread=0):
    return Reader(language="en", zone="UTC", today=timezone.localdate(), view="room", thread=thread)


def frames_since(world, seq, thread=0):
    rows = Event.objects.filter(stream__name=project_stream(world.bug.pk), seq__gt=seq).order_by("seq")
    return frames_for(list(rows.select_related("actor")), reader(thread))


def html_of(message):
    return str(message_html(shown_messages(message.thread, [message_again(message)])[0]))


def test_a_new_message_is_told_with_its_html_where_its_thread_is_shown(world):
    before = head(world.bug)
    message = say(world.developer, world.bug, "See BUG-5")

    frame = {
        "k": "message",
        "thread": message.thread_id,
        "issue": None,
        "id": message.pk,
        "seq": 2,
        "count": 2,
        "by": world.developer.username,
        "at": iso(message.at),
    }
    assert frames_since(world, before) == [frame]
    [shown] = frames_since(world, before, message.thread_id)
    assert shown["html"] == html_of(message)
    assert "data-day" in shown["day"]
    assert {key: shown[key] for key in frame} == frame


def test_the_frame_is_what_the_page_shows(world, client_for):
    before = head(world.bug)
    message = say(world.developer, world.bug, "Hello")

    [frame] = frames_since(world, before, message.thread_id)

    assert frame["html"] in client_for("viewer").get("/BUG/chat/").content.decode()


def test_the_day_stands_above_its_first_message_only(world):
    say(world.developer, world.bug)
    before = head(world.bug)
    message = say(world.developer, world.bug)

    assert frames_since(world, before, message.thread_id)[0]["day"] == ""


@pytest.mark.parametrize("change", ["edit", "delete", "react"])
def test_a_change_is_told_with_the_newest_state(world, change):
    message = say(world.developer, world.issue("BUG-5"), "Before")
    before = head(world.bug)
    if change == "edit":
        edit_message(actor=world.developer, message=message, body="After")
    elif change == "react":
        react(actor=world.lead, message=message, emoji="👍")
    else:
        delete_message(actor=world.lead, message=message)

    [frame] = frames_since(world, before, message.thread_id)

    count = again(message).thread.message_count
    assert {**frame, "html": "", "day": ""} == {
        "k": "message-changed",
        "thread": message.thread_id,
        "issue": "BUG-5",
        "id": message.pk,
        "seq": message.seq,
        "count": count,
        "html": "",
        "day": "",
    }
    assert frame["html"] == html_of(message)
    assert ("data-deleted" in frame["html"]) == (change == "delete")


@pytest.mark.parametrize("change", ["edit", "delete"])
def test_what_quotes_a_changed_text_is_told_with_it(world, change):
    say(world.lead, world.bug, "Answers nothing")
    message = say(world.developer, world.bug, "A private word")
    answers = [say(world.lead, world.bug, f"Answer {number}", reply_to=message) for number in range(2)]
    delete_message(actor=world.lead, message=say(world.lead, world.bug, reply_to=message))
    before = head(world.bug)
    if change == "edit":
        edit_message(actor=world.developer, message=message, body="Another word")
    else:
        delete_message(actor=world.developer, message=message)

    frames = frames_since(world, before, message.thread_id)

    assert frames == [
        {
            "k": "message-changed",
            "thread": message.thread_id,
            "issue": None,
            "id": each.pk,
            "seq": each.seq,
            "count": again(message).thread.message_count,
            "html": html_of(each),
            "day": "",
        }
        for each in (message, *answers)
    ]
    assert "private" not in str(frames)
    assert ["deleted message" in frame["html"] for frame in frames[1:]] == [change == "delete"] * 2


def test_a_reaction_tells_nothing_of_the_answers(world):
    message = say(world.developer, world.bug)
    say(world.lead, world.bug, reply_to=message)
    before = head(world.bug)

    react(actor=world.lead, message=message, emoji="👍")

    assert [frame["id"] for frame in frames_since(world, before)] == [message.pk]


def test_the_newest_answers_are_told_at_a_constant_cost(world, monkeypatch):
    monkeypatch.setattr("chat.frames.QUOTING", 3)
    message = say(world.developer, world.bug, f"@{world.lead.username} BUG-5")

    def told(answers):
        newest = [say(world.lead, world.bug, reply_to=message).pk for _answer in range(answers)]
        before = head(world.bug)
        edit_message(actor=world.developer, message=message, body=f"@{world.lead.username} BUG-5 {answers}")
        rows = Event.objects.filter(stream__name=project_stream(world.bug.pk), seq__gt=before).select_related("actor")
        events = list(rows)
        with CaptureQueriesContext(connection) as seen:
            frames = frames_for(events, reader(message.thread_id))
        assert [frame["id"] for frame in frames] == [message.pk, *newest[-3:]]
        return len(seen)

    assert told(1) == told(10) == 5


def test_many_events_of_a_message_are_one_frame(world):
    before = head(world.bug)
    message = say(world.developer, world.bug, "Before")
    edit_message(actor=world.developer, message=message, body="After")
    react(actor=world.lead, message=message, emoji="👍")

    frames = frames_since(world, before, message.thread_id)

    assert [(frame["k"], "After" in frame["html"]) for frame in frames] == [("message", True)]


def test_what_is_in_the_trash_is_not_told(world):
    before = head(world.bug)
    say(world.developer, world.issue("BUG-5"))
    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))

    assert [frame for frame in frames_since(world, before) if frame["k"].startswith("message")] == []


def test_frames_cost_the_same_for_one_and_for_ten_messages(world):
    def statements(count):
        before = head(world.bug)
        for _message in range(count):
            message = say(world.developer, world.bug, f"@{world.lead.username} BUG-5")
        rows = Event.objects.filter(stream__name=project_stream(world.bug.pk), seq__gt=before).select_related("actor")
        events = list(rows)
        with CaptureQueriesContext(connection) as seen:
            frames_for(events, reader(message.thread_id))
        return len(seen)

    assert statements(1) == statements(10) == 4
