"""Editing, deleting and reacting: who may, what stays, what is told."""

import pytest
from django.db import connection

from chat.enums import REACTIONS
from chat.models import Message, Reaction, ReadCursor, Thread
from chat.queries import cursor_of
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import react
from chat.services.reading import mark_read
from chat.versions import SHOWN, versions_of
from config.differences import Piece
from config.errors import Conflict, DomainError, PermissionRefused
from notifications.enums import Reason
from notifications.models import Watch
from tests.chat.talking import again, head, past_of, say, thread_of
from tests.issues.placing import refusal_of
from tests.issues.records import events_after, fingerprint

pytestmark = pytest.mark.django_db


def data_of(message: Message, **more: object) -> dict[str, object]:
    return {"message": message.pk, "thread": message.thread_id, "seq": message.seq, "room": "BUG"} | more


def test_the_author_edits(world):
    message = say(world.developer, world.bug, "Before")
    before = head(world.bug)

    edit_message(actor=world.developer, message=message, body="After")

    found = again(message)
    assert (found.body, found.version, found.edited_at is not None) == ("After", 2, True)
    assert past_of(message) == [(1, "Before", world.developer, "+"), (2, "After", world.developer, "~")]
    told = [("message.edited", world.developer, f"message:{message.pk}", data_of(message, mentions=[]))]
    assert events_after(world.bug, before) == told


@pytest.mark.parametrize("persona", ["lead", "viewer", "stranger", "administrator"])
def test_nobody_else_edits(world, persona):
    message = say(world.developer, world.bug, "Before")
    before = fingerprint()

    with pytest.raises(PermissionRefused):
        edit_message(actor=world.person(persona), message=again(message), body="After")

    assert fingerprint() == before


def test_the_same_text_changes_nothing(world):
    message = say(world.developer, world.bug, "Before")
    before = fingerprint()

    edit_message(actor=world.developer, message=message, body="Before ")

    assert fingerprint() == before


def test_an_edit_over_an_edit_is_a_conflict(world):
    message = say(world.developer, world.bug, "Before")
    edit_message(actor=world.developer, message=message, body="Elsewhere", version=1)

    with pytest.raises(Conflict, match="your text is still here"):
        edit_message(actor=world.developer, message=message, body="Here", version=1)


def test_an_edit_over_a_reaction_is_none(world):
    message = say(world.developer, world.bug, "Before")
    react(actor=world.lead, message=message, emoji="👍")

    edit_message(actor=world.developer, message=message, body="After", version=1)

    assert (again(message).body, again(message).version) == ("After", 3)


@pytest.mark.parametrize("body", ["", "x" * 8193, "a\x00"])
def test_an_edit_is_checked_like_a_message(world, body):
    message = say(world.developer, world.bug)

    with pytest.raises(DomainError):
        edit_message(actor=world.developer, message=message, body=body)


def test_an_edit_tells_those_whom_it_adds(world):
    issue, before = world.issue("TEAM-1"), head(world.team)
    message = say(world.lead, issue, f"@{world.developer.username}")

    edit_message(actor=world.lead, message=message, body=f"@{world.developer.username} @{world.viewer.username}")

    posted, edited = (data["mentions"] for _kind, _actor, _subject, data in events_after(world.team, before))
    assert (posted, edited) == ([world.developer.pk], [world.viewer.pk])
    watch = Watch.objects.get(person=world.viewer, issue=issue)
    assert (watch.reason, watch.is_muted) == (Reason.MENTIONED, False)


def test_what_was_deleted_is_not_edited(world):
    message = delete_message(actor=world.developer, message=say(world.developer, world.bug))

    with pytest.raises(DomainError, match="was deleted"):
        edit_message(actor=world.developer, message=message, body="Back")


@pytest.mark.parametrize("persona", ["developer", "lead", "administrator"])
def test_author_and_leads_delete(world, persona):
    message, before = say(world.developer, world.bug, "Gone soon"), head(world.bug)
    count = thread_of(world.bug).message_count

    delete_message(actor=world.person(persona), message=message)

    found = again(message)
    assert (found.body, found.deleted_by, found.seq) == ("", world.person(persona), message.seq)
    assert (found.thread.message_count, found.thread.seq) == (count - 1, message.seq)
    assert past_of(message)[0][1] == "Gone soon"
    kinds = [(kind, actor) for kind, actor, _subject, _data in events_after(world.bug, before)]
    assert kinds == [("message.deleted", world.person(persona))]


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger"])
def test_others_do_not_delete(world, persona):
    before = fingerprint()

    with pytest.raises(PermissionRefused):
        delete_message(actor=world.person(persona), message=again(world.message("BUG")))

    assert fingerprint() == before


def test_deleting_twice_changes_nothing(world):
    message = delete_message(actor=world.developer, message=say(world.developer, world.bug))
    before = fingerprint()

    delete_message(actor=world.lead, message=message)

    assert fingerprint() == before


def test_reactions_come_and_go(world):
    message, before = world.message("BUG"), head(world.bug)

    for on in (None, True, False, False, None):
        react(actor=world.developer, message=message, emoji="👍", on=on)

    assert list(Reaction.objects.filter(message=message).values_list("person", "emoji")) == [(world.developer.pk, "👍")]
    signs = [data["on"] for _kind, _actor, _subject, data in events_after(world.bug, before)]
    assert signs == [True, False, True]
    assert again(message).version == message.version + 3


@pytest.mark.parametrize("emoji", ["", "x", "👍👍", "🦑", "<b>"])
def test_only_signs_on_offer(world, emoji):
    with pytest.raises(DomainError, match="is not one of the reactions"):
        react(actor=world.developer, message=world.message("BUG"), emoji=emoji)


@pytest.mark.parametrize("persona", ["viewer", "stranger"])
def test_who_may_not_write_does_not_react(world, persona):
    with pytest.raises(PermissionRefused):
        react(actor=world.person(persona), message=again(world.message("BUG")), emoji=next(iter(REACTIONS)))


def test_the_cursor_goes_forward_only(world):
    for _each in range(4):
        message = say(world.lead, world.bug)
    thread = message.thread
    end = thread.seq

    found = [mark_read(person=world.viewer, thread=thread, seq=seq) for seq in (2, 1, -5, 3, end + 100, 2)]

    assert found == [2, 2, 2, 3, end, end]
    assert cursor_of(thread, world.viewer) == end
    assert ReadCursor.objects.filter(thread=thread, person=world.viewer).count() == 1


def test_strangers_read_nothing(world):
    with pytest.raises(PermissionRefused):
        mark_read(person=world.stranger, thread=thread_of(world.bug), seq=1)


def test_versions_are_texts_not_reactions(world):
    message = say(world.developer, world.bug, "One two")
    react(actor=world.lead, message=message, emoji="👍")
    edit_message(actor=world.developer, message=message, body="One three")

    pieces = [version.pieces for version in versions_of(again(message))]

    assert pieces == [
        [Piece("same", "One "), Piece("gone", "two"), Piece("new", "three")],
        [Piece("same", "One two")],
    ]
    assert versions_of(delete_message(actor=world.developer, message=message)) == []


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM chat_message WHERE id = %s", "Cannot delete rows"),
        ("DELETE FROM chat_thread WHERE id = (SELECT thread_id FROM chat_message WHERE id = %s)", "Cannot delete rows"),
        (
            "UPDATE chat_thread SET seq = seq - 1 WHERE id = (SELECT thread_id FROM chat_message WHERE id = %s)",
            "Cannot update rows",
        ),
        ("UPDATE chat_historicalmessage SET body = 'x' WHERE id = %s", "Cannot update or delete rows"),
        ("UPDATE chat_message SET body = '' WHERE id = %s", "message_says_something"),
        ("UPDATE chat_message SET seq = 2 WHERE id = %s", "message_seq_unique"),
    ],
)
def test_postgresql_keeps_what_was_said(world, statement, why):
    say(world.lead, world.bug)

    assert why in refusal_of(statement, [world.message("BUG").pk])


def test_a_thread_is_one_room_or_one_discussion(world):
    room, talk = thread_of(world.bug), thread_of(world.issue("BUG-5"))
    second = "INSERT INTO chat_thread (project_id, issue_id, seq, message_count) VALUES (%s, %s, 0, 0)"

    assert "thread_one_room" in refusal_of(second, [world.bug.pk, None])
    assert "issue_id" in refusal_of(second, [world.bug.pk, talk.issue_id])
    assert Thread.objects.filter(pk__in=[room.pk, talk.pk]).count() == 2
    assert connection.in_atomic_block


def test_many_long_versions_are_shown_within_their_bounds(world):
    message = say(world.developer, world.issue("BUG-2"), "first " + "word " * 6000)
    for number in range(25):
        message = edit_message(
            actor=world.developer, message=again(message), body=f"{number} " + f"text{number} " * 4000
        )

    found = versions_of(again(message))

    assert len(found) == SHOWN
    assert [len(version.pieces) > 1 for version in found[:1]] == [True]
    assert [version.pieces[0].text[:2] for version in found[-1:]] == ["5 "]
