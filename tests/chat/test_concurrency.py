"""Many people in one conversation at once: numbers without gaps, and every message once."""

import uuid

import pytest
from django.db import transaction

from chat.models import Message, Reaction, ReadCursor, Thread
from chat.queries import room_of
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import react
from chat.services.reading import mark_read
from notifications.models import Event, EventStream
from notifications.queries import verify
from projects.enums import Role
from projects.events import project_stream
from tests.chat.talking import again, say
from tests.factories import IssueFactory, ProjectFactory, member
from tests.parallel import at_once, errors

pytestmark = [pytest.mark.django_db(transaction=True)]


class TakenBackError(Exception):
    """Rolls a transaction back in a test."""


def holds(thread: Thread, messages: int) -> None:
    """Check that a thread of so many messages has them without gap, and the log one event for each."""
    thread = Thread.objects.get(pk=thread.pk)
    found = list(Message.objects.filter(thread=thread).order_by("seq").values_list("seq", flat=True))
    assert found == list(range(1, messages + 1))
    assert thread.seq == messages
    stream = EventStream.objects.get(name=project_stream(thread.project_id))
    assert verify(stream) is None
    assert Event.objects.filter(stream=stream, kind="message.posted").count() == messages


def test_200_parallel_messages_of_which_a_fifth_roll_back_number_without_gap():
    project = ProjectFactory()

    def post(position: int) -> Message:
        with transaction.atomic():
            message = say(project.owner, project, f"Number {position}")
            if position % 5 == 0:
                raise TakenBackError
        return message

    results = at_once([lambda position=position: post(position) for position in range(200)])

    assert {type(error) for error in errors(results)} == {TakenBackError}
    holds(room_of(project), 160)


def test_20_parallel_posts_with_one_key_are_one_message():
    issue, key = IssueFactory(), uuid.uuid4()

    results = at_once([lambda: say(issue.reporter, issue, "Once", client_id=key)] * 20)

    assert errors(results) == []
    assert len({message.pk for message in results}) == 1
    holds(results[0].thread, 1)


def test_one_key_in_two_threads_is_one_message():
    project, key = ProjectFactory(), uuid.uuid4()
    issues = [IssueFactory(project=project) for _issue in range(10)]

    results = at_once([lambda issue=issue: say(project.owner, issue, "Once", client_id=key) for issue in issues])

    assert [error.code for error in errors(results)] == ["key_reused"] * 9
    assert Message.objects.filter(client_id=key).count() == 1


def test_edits_deletions_reactions_and_posts_at_once_lose_nothing():
    project = ProjectFactory()
    people = [member(project, Role.DEVELOPER) for _person in range(4)]
    messages = [say(person, project) for person in people]

    def act(round_: int) -> object:
        person, message = people[round_ % 4], messages[round_ % 4]
        acts = (
            lambda: edit_message(actor=person, message=again(message), body=f"Round {round_}"),
            lambda: react(actor=people[(round_ + 1) % 4], message=again(message), emoji="👍", on=True),
            lambda: say(person, project, f"Round {round_}"),
            lambda: mark_read(person=person, thread=room_of(project), seq=round_ % 9),
        )
        return acts[round_ // 4 % 4]()

    results = at_once([lambda round_=round_: act(round_) for round_ in range(160)])
    at_once([lambda message=message: delete_message(actor=project.owner, message=message) for message in messages * 4])

    assert errors(results) == []
    holds(room_of(project), 4 + 40)
    assert Reaction.objects.count() == 4
    assert room_of(project).message_count == 40
    for message in messages:
        versions = Message.history.filter(id=message.pk).order_by("history_id").values_list("version", flat=True)
        assert list(versions) == list(range(1, again(message).version + 1))


def test_cursors_of_one_person_never_go_back():
    project = ProjectFactory()
    person = member(project, Role.VIEWER)
    for _message in range(30):
        say(project.owner, project)

    results = at_once(
        [lambda seq=seq: mark_read(person=person, thread=room_of(project), seq=seq) for seq in range(1, 31)]
    )

    assert all(found >= seq for seq, found in enumerate(results, 1))
    assert ReadCursor.objects.get(person=person).seq == 30
