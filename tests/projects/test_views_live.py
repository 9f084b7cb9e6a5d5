"""The feed: what a page missed, for members and guests."""

import uuid

import pytest

from chat.queries import room_of
from chat.services.messages import post_message
from issues.services.editing import edit_issue
from notifications.queries import head_of, unread_count
from projects.events import project_stream
from tests.factories import canary

pytestmark = pytest.mark.django_db


def head(project):
    return head_of(project_stream(project.pk))


def edit(world, key):
    edit_issue(actor=world.lead, issue=world.issue(key), changes={"title": canary("Edited")})


def test_the_feed_tells_what_happened_since(world, client_for):
    before = head(world.bug)
    edit(world, "BUG-5")

    answer = client_for("viewer").get(f"/BUG/live/?after={before}&view=board").json()

    frames = answer.pop("frames")
    unread = unread_count(world.viewer.pk)
    assert answer == {"project": "BUG", "from": before, "seq": head(world.bug), "unread": unread}
    assert [(frame["k"], frame.get("key")) for frame in frames if frame["k"] == "issue"] == [("issue", "BUG-5")]


def test_the_feed_of_who_missed_nothing_is_empty(world, client_for):
    now = head(world.bug)

    answer = client_for("viewer").get(f"/BUG/live/?after={now}").json()

    assert (answer["from"], answer["seq"], answer["frames"]) == (now, now, [])


def test_who_missed_more_than_200_events_reads_the_page_anew(world, client_for):
    before = head(world.bug)
    for _number in range(101):
        for priority in (1, 2):
            edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"priority": priority})

    answer = client_for("lead").get(f"/BUG/live/?after={before}").json()

    assert answer == {"reset": True, "seq": head(world.bug), "unread": unread_count(world.lead.pk)}


def test_guests_read_the_feed_of_a_public_project(world, client):
    before = head(world.open)
    edit(world, "OPEN-1")

    answer = client.get(f"/OPEN/live/?after={before}").json()

    assert (answer["seq"], answer["unread"]) == (before + 1, 0)


@pytest.mark.parametrize(
    "query", ["", "?after=", "?after=x", "?after=-1", f"?after={'9' * 40}", "?view=admin&thread=x"]
)
def test_nonsense_counts_as_not_said(world, client_for, query):
    assert client_for("lead").get(f"/BUG/live/{query}").status_code == 200


def test_the_feed_is_never_kept(world, client_for):
    assert "no-store" in client_for("lead").get("/BUG/live/").headers["Cache-Control"]


def test_a_longer_feed_costs_no_more_statements(world, client_for, assert_equal_queries):
    client, before = client_for("lead"), head(world.bug)
    room = room_of(world.bug)

    def add():
        edit(world, "BUG-5")
        edit(world, "BUG-6")
        post_message(actor=world.lead, thread=room, body="More", client_id=uuid.uuid4())

    add()

    assert_equal_queries(lambda: client.get(f"/BUG/live/?after={before}&view=board&thread={room.pk}"), add)


def test_a_page_of_no_project_asks_for_the_inbox_alone(world, client_for):
    answer = client_for("developer").get("/live/").json()

    assert answer == {"unread": unread_count(world.developer.pk)}


def test_guests_have_no_inbox_to_ask_for(client_for):
    assert client_for("anonymous").get("/live/").status_code == 302
