"""What open pages hear of the files of issues."""

import pytest
from django.utils import timezone

from chat.services.messages import delete_message, edit_message
from issues.services.trash import delete_issue, restore_issue
from notifications.live.frames import Reader, frames_for
from notifications.models import Event
from projects.events import project_stream
from tests.chat.talking import head, say
from tests.files.hung import draft, linked
from tests.files.sending import send, send_to
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db


def frames_since(world, seq, view):
    rows = Event.objects.filter(stream__name=project_stream(world.bug.pk), seq__gt=seq).order_by("seq")
    reader = Reader(language="en", zone="UTC", today=timezone.localdate(), view=view)
    return frames_for(list(rows.select_related("actor")), reader)


@pytest.mark.parametrize("view", ["issue", "board", "list", "room", ""])
def test_open_pages_hear_of_the_files_of_issues(world, view):
    before = head(world.bug)
    for name in ("a.txt", "b.txt"):
        send_to(world.issue("BUG-6"), name)
    send_to(world.issue("BUG-2"), "c.txt")
    send(world.lead, world.bug, "d.txt")

    assert frames_since(world, before, view) == [{"k": "files", "issue": key} for key in ("BUG-6", "BUG-2", None)]


def test_open_pages_hear_of_the_files_that_a_message_brings_and_takes_along(world):
    for place, key in ((world.issue("BUG-6"), "BUG-6"), (world.bug, None)):
        before = head(world.bug)
        message = say(world.lead, place, "Look", files=[draft(world.lead, world.bug).uuid])
        edit_message(actor=world.lead, message=message, body=f"Look {linked(draft(world.lead, world.bug))}")
        delete_message(actor=world.lead, message=message)
        say(world.lead, place, "No file")

        told = [frame for frame in frames_since(world, before, "issue") if frame["k"] == "files"]
        assert told == [{"k": "files", "issue": key}]


def test_the_page_of_all_files_hears_that_an_issue_takes_its_files_along(world):
    send_to(world.issue("BUG-6"), "a.txt")
    told = []

    for key, change in (("BUG-6", delete_issue), ("BUG-6", restore_issue), ("BUG-2", delete_issue)):
        before = head(world.bug)
        change(actor=world.lead, issue=world.issue(key))
        told.append([frame for frame in frames_since(world, before, "") if frame["k"] == "files"])

    assert told == [[{"k": "files", "issue": None}], [{"k": "files", "issue": None}], []]


def test_the_page_of_all_files_hears_of_them(world, client_for):
    body = soup(client_for("viewer").get("/BUG/files/")).body

    assert (body["data-live-project"], int(body["data-live-seq"])) == ("BUG", head(world.bug))
