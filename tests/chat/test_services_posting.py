"""Saying something: numbers, what is refused, idempotent retries, mentions, and what is told."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.enums import DISCUSSION_LENGTH, ROOM_LENGTH
from chat.models import ReadCursor, Thread
from chat.queries import room_of
from chat.services.messages import delete_message, edit_message
from config.errors import DomainError, PermissionRefused
from issues.services.trash import delete_issue
from notifications.enums import Reason
from notifications.live import publisher
from notifications.models import Outbox, Watch
from projects.access import access_to
from projects.models import Project
from projects.services.projects import archive_project, change_project, delete_project
from tests.chat.talking import again, head, past_of, say, thread_of
from tests.factories import ProjectFactory
from tests.issues.records import events_after, fingerprint

pytestmark = pytest.mark.django_db


def test_a_message_is_numbered_kept_and_told(world):
    room, before = thread_of(world.bug), head(world.bug)

    message = say(world.developer, world.bug, "  Hello\r\nthere \n")

    found = again(message)
    assert (found.seq, found.body, found.author, found.version) == (room.seq + 1, "Hello\nthere", world.developer, 1)
    assert (found.thread.seq, found.thread.message_count) == (room.seq + 1, room.message_count + 1)
    assert past_of(message) == [(1, "Hello\nthere", world.developer, "+")]
    data = {"message": message.pk, "thread": room.pk, "seq": message.seq, "mentions": [], "room": "BUG"}
    assert events_after(world.bug, before) == [
        ("message.posted", world.developer, f"room:{world.bug.pk}", data),
    ]


def test_a_message_on_an_issue_is_told_of_the_issue(world):
    issue, before = world.issue("BUG-5"), head(world.bug)
    first = world.message("BUG-5")

    message = say(world.developer, issue, "Mine", reply_to=first)

    data = {"message": message.pk, "thread": message.thread_id, "seq": 2, "mentions": [], "reply_to": world.lead.pk}
    data |= {"issue": issue.pk, "key": "BUG-5", "title": issue.title}
    assert events_after(world.bug, before) == [("message.posted", world.developer, f"issue:{issue.pk}", data)]


def test_the_text_is_in_no_event(world):
    before = head(world.bug)

    message = say(world.developer, world.bug, "a very private word")
    edit_message(actor=world.developer, message=message, body="another private word")
    delete_message(actor=world.developer, message=message)

    assert "private" not in str(events_after(world.bug, before))


def test_the_first_message_makes_the_thread(world):
    project = ProjectFactory()
    room = room_of(project)
    assert room.is_new

    message = say(project.owner, room)

    assert (message.seq, message.thread.message_count) == (1, 1)
    assert list(Thread.objects.filter(project=project)) == [message.thread]


@pytest.mark.parametrize("persona", ["lead", "developer"])
def test_who_may_write_writes(world, persona):
    assert say(world.person(persona), world.bug).author == world.person(persona)


@pytest.mark.parametrize("persona", ["viewer", "stranger", "removed", "far_owner"])
def test_who_may_not_write_is_told_who_can_change_that(world, persona):
    person, before = getattr(world, persona), fingerprint()

    with pytest.raises(PermissionRefused) as refused:
        say(person, world.bug)

    assert "Writing messages in BUG needs the role developer or lead" in str(refused.value)
    assert world.lead.name in str(refused.value)
    assert fingerprint() == before


def test_viewers_write_where_the_project_says_so(world):
    change_project(actor=world.lead, project=world.bug, changes={"viewers_may_write": True})

    message = say(world.viewer, Project.objects.get(key="BUG"))

    assert message.author == world.viewer
    with pytest.raises(PermissionRefused):
        say(world.stranger, world.inner)


@pytest.mark.parametrize(
    ("body", "code"), [("", "empty"), (" \r\n\t", "empty"), ("a\x00b", "nul"), ("x" * (ROOM_LENGTH + 1), "too_long")]
)
def test_a_text_that_cannot_be_kept_is_refused(world, body, code):
    before = fingerprint()

    with pytest.raises(DomainError) as refused:
        say(world.developer, world.bug, body)

    assert refused.value.code == code
    assert fingerprint() == before


def test_an_issue_takes_longer_texts_than_a_room(world):
    assert say(world.lead, world.bug, "x" * ROOM_LENGTH).body == "x" * ROOM_LENGTH
    assert say(world.lead, world.issue("BUG-5"), "x" * DISCUSSION_LENGTH).body == "x" * DISCUSSION_LENGTH
    with pytest.raises(DomainError, match="32769 characters; a message here may have 32768"):
        say(world.lead, world.issue("BUG-5"), "x" * (DISCUSSION_LENGTH + 1))


def test_sending_again_finds_the_first(world):
    key = uuid.uuid4()
    first = say(world.developer, world.bug, "Once", client_id=key)
    before = fingerprint()

    second = say(world.developer, world.bug, "Once", client_id=key)

    assert second == first
    assert fingerprint() == before


def test_sending_again_finds_the_first_after_an_edit_and_a_deletion(world):
    key = uuid.uuid4()
    first = say(world.developer, world.bug, "Once", client_id=key)
    edit_message(actor=world.developer, message=first, body="Twice")
    assert say(world.developer, world.bug, "Once", client_id=key) == first
    delete_message(actor=world.lead, message=first)

    assert say(world.developer, world.bug, "Once", client_id=key) == first


@pytest.mark.parametrize("change", ["body", "author", "thread"])
def test_a_key_is_for_one_message_only(world, change):
    key = uuid.uuid4()
    say(world.developer, world.bug, "Once", client_id=key)
    author = world.lead if change == "author" else world.developer
    place = world.issue("BUG-5") if change == "thread" else world.bug
    before = fingerprint()

    with pytest.raises(DomainError) as refused, transaction.atomic():
        say(author, place, "Other" if change == "body" else "Once", client_id=key)

    assert refused.value.code == "key_reused"
    assert fingerprint() == before


def test_a_key_of_another_project_tells_nothing(world):
    key = world.message("QZFAR").client_id

    with pytest.raises(DomainError) as refused, transaction.atomic():
        say(world.developer, world.bug, client_id=key)

    assert str(refused.value) == "This form has sent another message already. Your text is still here: send it again."


def test_answers_stay_in_their_thread(world):
    with pytest.raises(DomainError, match="another conversation"):
        say(world.developer, world.bug, reply_to=world.message("BUG-5"))


def test_what_was_deleted_cannot_be_answered(world):
    message = world.message("BUG")
    delete_message(actor=world.lead, message=message)

    with pytest.raises(DomainError, match="was deleted"):
        say(world.developer, world.bug, reply_to=message)


def test_mentions_are_people_who_can_read(world):
    before = head(world.bug)
    names = [world.viewer, world.developer, world.stranger, world.removed, world.deactivated, world.far_owner]

    say(world.lead, world.issue("BUG-5"), " ".join(f"@{person.username.upper()}" for person in names))

    data = events_after(world.bug, before)[0][3]
    assert data["mentions"] == sorted([world.viewer.pk, world.developer.pk])
    watching = Watch.objects.filter(issue=world.issue("BUG-5"), reason=Reason.MENTIONED)
    assert set(watching.values_list("person", flat=True)) <= {world.viewer.pk, world.developer.pk}
    assert watching.filter(person=world.viewer).exists()


def test_who_writes_on_an_issue_watches_it_and_has_read_it(world):
    issue = world.issue("TEAM-1")

    message = say(world.developer, issue)

    assert Watch.objects.get(person=world.developer, issue=issue).is_muted is False
    assert ReadCursor.objects.get(person=world.developer, thread=message.thread).seq == message.seq


def test_what_others_wrote_meanwhile_stays_unread(world):
    first = say(world.developer, world.bug)
    say(world.lead, world.bug, "Never shown to the developer")

    say(world.developer, world.bug)

    assert ReadCursor.objects.get(person=world.developer, thread=first.thread).seq == first.seq


def test_ones_own_messages_are_read_one_after_the_other(world):
    say(world.developer, world.bug)

    second = say(world.developer, world.bug)

    assert ReadCursor.objects.get(person=world.developer, thread=second.thread).seq == second.seq


def test_who_muted_an_issue_stays_deaf(world):
    issue = world.issue("TEAM-1")
    Watch.objects.create(person=world.developer, issue=issue, is_muted=True)

    say(world.developer, issue)

    assert Watch.objects.get(person=world.developer, issue=issue).is_muted is True


def end(world, how, issue):
    """End a project or an issue by the service, as another request would."""
    project = Project.objects.get(key="BUG")
    if how == "trash":
        delete_issue(actor=world.lead, issue=issue)
    elif how == "archived":
        archive_project(actor=world.lead, project=project)
    else:
        delete_project(actor=world.lead, project=project, typed_key="BUG")


@pytest.mark.parametrize("how", ["archived", "deleted", "trash"])
def test_what_ended_meanwhile_takes_no_message(world, how):
    thread = thread_of(world.issue("BUG-5"))
    access_to(thread.project, world.lead)
    end(world, how, world.issue("BUG-5"))
    before = fingerprint()

    with pytest.raises(DomainError) as refused:
        say(world.lead, thread)

    assert refused.value.code == "closed"
    assert fingerprint() == before


def test_a_rolled_back_message_leaves_nothing(world, monkeypatch):
    sent = []
    monkeypatch.setattr(publisher, "publish", lambda *message: sent.append(message))
    before, waiting = fingerprint(), Outbox.objects.count()

    with transaction.atomic():
        say(world.developer, world.issue("BUG-5"))
        transaction.set_rollback(True)

    assert (fingerprint(), Outbox.objects.count(), sent) == (before, waiting, [])


def test_a_message_takes_a_constant_number_of_statements(world):
    def statements(place, body):
        thread = thread_of(place)
        with CaptureQueriesContext(connection) as seen:
            say(world.lead, thread, body)
        return len(seen)

    people = " ".join(f"@{person.username}" for person in (world.developer, world.viewer))
    say(world.lead, world.bug, "The first of this process")

    assert statements(world.bug, "Without names") <= 13
    assert statements(world.bug, people) == statements(world.bug, f"@{world.developer.username}") <= 14
