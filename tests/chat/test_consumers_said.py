"""What a page may say over its socket, how much of it, and what comes of it."""

import json
import time
import uuid
from types import SimpleNamespace

import pytest

from chat.consumers import Page
from chat.models import ReadCursor
from chat.queries import room_of
from chat.services.messages import post_message
from projects.enums import Role
from projects.services.members import change_role
from tests.parallel import in_own_loop

pytestmark = pytest.mark.django_db(transaction=True)


def say(person, project, text="Hello"):
    return post_message(actor=person, thread=room_of(project), body=text, client_id=uuid.uuid4())


@pytest.fixture
def room(world):
    """The room of BUG, in which something was said."""
    return say(world.lead, world.bug).thread


NONSENSE = [
    "",
    "nonsense",
    "[]",
    "null",
    '{"t":"changes"}',
    '{"t":["look"]}',
    '{"t":"beat","more":1}',
    '{"t":"look","thread":5}',
    '{"t":"look","thread":"5","view":"board"}',
    '{"t":"look","thread":true,"view":"board"}',
    '{"t":"look","thread":-1,"view":"board"}',
    '{"t":"look","thread":9223372036854775808,"view":"board"}',
    '{"t":"look","thread":5,"view":"admin"}',
    '{"t":"look","thread":5,"view":["board"]}',
    '{"t":"typing"}',
    '{"t":"read","thread":5}',
    '{"t":"read","thread":5,"seq":1.5}',
    "[" * 60_000,
    b"\x00\x01",
]


def test_anything_but_the_few_things_ends_the_socket(world, crowd):
    for said in NONSENSE:
        tab = crowd.join(world.developer, "BUG")
        tab.say(said)
        assert tab.ended() == 1008, said


def test_a_message_may_have_64_kib_and_no_more(world, crowd):
    fits, too_big, umlauts = (crowd.join(world.developer, "BUG") for _tab in range(3))
    beat = json.dumps({"t": "beat"})

    fits.say(beat + " " * (64 * 1024 - len(beat)))
    too_big.say(beat + " " * (64 * 1024 + 1 - len(beat)))
    umlauts.say("ä" * 40_000)

    assert [tab.ended() for tab in (too_big, umlauts)] == [1009, 1009]
    assert fits.code is None


def test_forty_messages_at_once_are_taken_and_not_more(world, crowd):
    calm, eager = (crowd.join(world.developer, "BUG", answers=False) for _tab in range(2))

    for _number in range(40):
        calm.say({"t": "beat"})
    for _number in range(60):
        eager.say({"t": "beat"})

    assert eager.ended() == 4429
    assert calm.code is None


def test_twenty_messages_a_second_may_go_on(world, crowd):
    tab = crowd.join(world.developer, "BUG", answers=False)

    for _number in range(60):
        tab.say({"t": "beat"})
        time.sleep(0.05)

    assert tab.code is None


def test_typing_is_told_to_members_who_look_and_to_nobody_else(world, crowd, room):
    world.bug.viewers_may_write = False
    looking = crowd.join(world.lead, "BUG", thread=room.pk, view="room")
    elsewhere = crowd.join(world.viewer, "BUG", view="board")
    typing = crowd.join(world.developer, "BUG", thread=room.pk, view="room")

    typing.say({"t": "typing", "thread": room.pk})

    person = {"username": world.developer.username, "name": world.developer.name}
    assert looking.get("typing") == {"t": "typing", "thread": room.pk, "person": person}
    elsewhere.get("beat")
    assert [tab.said("typing") for tab in (elsewhere, typing)] == [[], []]


def test_typing_is_told_once_in_two_seconds(world, crowd, room):
    looking = crowd.join(world.lead, "BUG", thread=room.pk, view="room")
    typing = crowd.join(world.developer, "BUG", thread=room.pk, view="room")

    for _number in range(5):
        typing.say({"t": "typing", "thread": room.pk})
    looking.get("typing")
    time.sleep(0.5)

    assert len(looking.said("typing")) == 1


def test_typing_here_and_there_is_looked_up_once_in_two_seconds():
    asked = []

    async def work(_call, _person, _place, thread):
        asked.append(thread)

    async def type_in(*threads):
        for thread in threads:
            await page._do({"t": "typing", "thread": thread})

    bearer = SimpleNamespace(person=None)
    page = Page(SimpleNamespace(work=work), SimpleNamespace(place="BUG", bearer=bearer), None)

    in_own_loop(type_in(1, 2, 1, 2))

    assert asked == [1]


def test_who_may_not_write_does_not_type(world, crowd, room):
    looking = crowd.join(world.lead, "BUG", thread=room.pk, view="room")
    viewer = crowd.join(world.viewer, "BUG", thread=room.pk, view="room")

    viewer.say({"t": "typing", "thread": room.pk})
    time.sleep(0.7)

    assert looking.said("typing") == []


def test_typing_in_a_conversation_of_another_project_is_dropped(world, crowd):
    far = say(world.far_owner, world.far).thread
    owner = crowd.join(world.far_owner, "QZFAR", thread=far.pk, view="room")
    intruder = crowd.join(world.developer, "BUG")

    intruder.say({"t": "typing", "thread": far.pk})
    time.sleep(0.7)

    assert owner.said("typing") == []
    assert intruder.code is None


def test_read_moves_the_cursor_and_tells_the_other_pages_of_the_person(world, crowd, room):
    reading, other = crowd.join(world.developer, "BUG"), crowd.join(world.developer, "TEAM")
    stranger = crowd.join(world.lead, "BUG")

    reading.say({"t": "read", "thread": room.pk, "seq": room.seq})

    news = {"t": "read", "thread": room.pk, "seq": room.seq, "unread": 0, "project": "BUG", "issue": None}
    assert (other.get("read"), reading.get("read")) == (news, news)
    assert ReadCursor.objects.get(person=world.developer, thread=room).seq == room.seq
    assert stranger.said("read") == []


def test_reading_a_foreign_conversation_moves_nothing(world, crowd):
    far = say(world.far_owner, world.far).thread
    tab = crowd.join(world.developer, "BUG")

    tab.say({"t": "read", "thread": far.pk, "seq": 1})
    time.sleep(0.5)

    assert not ReadCursor.objects.filter(person=world.developer, thread=far).exists()


def test_many_reads_end_at_the_last(world, crowd, room):
    for number in range(12):
        say(world.lead, world.bug, f"Number {number}")
    tab = crowd.join(world.developer, "BUG")

    for seq in range(1, room.seq + 13):
        tab.say({"t": "read", "thread": room.pk, "seq": seq})

    tab.until(lambda one: one.said("read") and one.said("read")[-1]["seq"] == room.seq + 12)
    assert len(tab.said("read")) <= 3


def test_a_room_knows_who_is_there(world, crowd, room):
    def names(tab):
        return [person["username"] for person in tab.said("here")[-1]["people"]] if tab.said("here") else []

    both = sorted([world.lead, world.developer], key=lambda person: person.name)
    first = crowd.join(world.lead, "BUG", thread=room.pk, view="room")
    first.until(lambda tab: names(tab) == [world.lead.username])
    second = crowd.join(world.developer, "BUG", view="board")

    second.say({"t": "look", "thread": room.pk, "view": "room"})

    for tab in (first, second):
        tab.until(lambda one: names(one) == [person.username for person in both])
    assert first.said("here")[-1]["people"][0].keys() == {"username", "name", "initials", "hue", "picture"}

    second.close()

    first.until(lambda tab: names(tab) == [world.lead.username])


def test_who_is_no_member_neither_sees_nor_is_seen(world, crowd):
    thread = say(world.lead, world.inner).thread
    member = crowd.join(world.lead, "INNER", thread=thread.pk, view="room")
    guest = crowd.join(world.stranger, "INNER", thread=thread.pk, view="room")

    member.get("here")
    guest.get("beat")

    assert guest.said("here") == []
    assert [person["username"] for person in member.said("here")[-1]["people"]] == [world.lead.username]


def test_every_word_is_checked_against_what_the_person_may_now(world, crowd, room):
    """The role is taken away behind the socket's back, so that only the check of the word itself can refuse it."""
    looking = crowd.join(world.lead, "BUG", thread=room.pk, view="room")
    typing = crowd.join(world.developer, "BUG", thread=room.pk, view="room")
    change_role(actor=world.lead, project=world.bug, person=world.developer, role=Role.VIEWER)

    typing.say({"t": "typing", "thread": room.pk})

    assert typing.ended() == 4403
    assert looking.said("typing") == []
