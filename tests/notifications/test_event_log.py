"""The event log: numbers without gaps, nothing after a rollback, and a chain that shows every forgery."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from config.clock import at
from notifications.models import GENESIS, Event, EventStream
from notifications.queries import BrokenLink, events_about, events_of, head_of, verify, verify_all
from notifications.services import Record, record, record_all
from tests.world import BEGAN

pytestmark = pytest.mark.django_db

STREAM = "project:7000"


def write(count: int = 5) -> EventStream:
    for number in range(1, count + 1):
        record(STREAM, kind="test.done", actor=None, subject=f"thing:{number}", data={"number": number})
    return EventStream.objects.get(name=STREAM)


def forge(sql: str, *params: object) -> None:
    """Do what only the owner of the tables can: switch the triggers off, write, switch them on."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("notifications_event", "notifications_eventstream"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, params)
        for table in ("notifications_event", "notifications_eventstream"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_record_numbers_and_chains_the_events_of_a_stream(world):
    with at(BEGAN):
        record(STREAM, kind="test.one", actor=world.lead, subject="thing:1", data={"a": 1})
        record(STREAM, kind="test.two", actor=None, data={"moment": BEGAN})

    first, second = Event.objects.filter(stream__name=STREAM).order_by("seq")
    assert (first.seq, first.kind, first.actor, first.subject, first.data, first.at) == (
        1,
        "test.one",
        world.lead,
        "thing:1",
        {"a": 1},
        BEGAN,
    )
    assert (second.seq, second.actor, second.data) == (2, None, {"moment": "2025-03-03T09:00:00Z"})
    assert head_of(STREAM) == 2
    assert EventStream.objects.get(name=STREAM).head == second.hash != first.hash != GENESIS


def test_record_all_gives_each_event_its_moment_and_takes_two_statements(world, django_assert_num_queries):
    write(1)
    entries = [Record(kind="test.many", actor=None, data={"number": number}) for number in range(30)]

    with django_assert_num_queries(2):
        events = record_all(STREAM, entries, [BEGAN] * 30)

    assert [event.seq for event in events] == list(range(2, 32))
    assert {event.at for event in events} == {BEGAN}
    assert verify(EventStream.objects.get(name=STREAM)) is None


def test_streams_count_for_themselves(world):
    write(3)

    other = record("project:7001", kind="test.done", actor=None, data={})

    assert other.seq == 1


def test_nothing_is_left_after_a_rollback(world):
    write(2)

    with transaction.atomic():
        record(STREAM, kind="test.undone", actor=None, data={})
        transaction.set_rollback(True)
    after = record(STREAM, kind="test.done", actor=None, data={})

    assert after.seq == 3
    assert not Event.objects.filter(kind="test.undone").exists()
    assert verify(after.stream) is None


def test_events_are_read_by_stream_and_by_subject(world):
    write(3)
    record(STREAM, kind="test.again", actor=world.lead, subject="thing:2", data={})

    assert [event.seq for event in events_of(STREAM)] == [4, 3, 2, 1]
    assert [event.kind for event in events_about("thing:2")] == ["test.done", "test.again"]
    assert head_of("project:no") == 0


def test_every_stream_of_the_world_holds(world):
    found = list(verify_all())

    assert len(found) > len(world.projects)
    assert [link for _stream, link in found if link] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("data", '{"number": 33}'),
        ("kind", "test.undone"),
        ("subject", "thing:9"),
        ("at", "2020-01-01T00:00:00Z"),
        ("hash", "f" * 64),
    ],
)
def test_verify_finds_a_forged_row(world, column, value):
    stream = write()

    forge(f"UPDATE notifications_event SET {column} = %s WHERE stream_id = %s AND seq = 3", value, stream.pk)

    assert verify(stream) == BrokenLink(STREAM, 3, "its hash does not match its content and the event before it")


def test_verify_finds_another_actor(world):
    stream = write()

    forge("UPDATE notifications_event SET actor_id = %s WHERE stream_id = %s AND seq = 2", world.lead.pk, stream.pk)

    assert verify(stream) == BrokenLink(STREAM, 2, "its hash does not match its content and the event before it")


def test_verify_finds_a_removed_row(world):
    stream = write()

    forge("DELETE FROM notifications_event WHERE stream_id = %s AND seq = 3", stream.pk)

    assert verify(stream) == BrokenLink(STREAM, 3, "event 3 is missing")


def test_verify_finds_a_removed_row_whose_gap_was_closed(world):
    stream = write()

    forge("DELETE FROM notifications_event WHERE stream_id = %s AND seq = 3", stream.pk)
    forge("UPDATE notifications_event SET seq = seq - 1 WHERE stream_id = %s AND seq > 3", stream.pk)
    forge("UPDATE notifications_eventstream SET seq = 4 WHERE id = %s", stream.pk)
    stream.refresh_from_db()

    assert verify(stream) == BrokenLink(STREAM, 3, "its hash does not match its content and the event before it")


def test_verify_finds_reordered_rows(world):
    stream = write()

    swap = "UPDATE notifications_event SET seq = 1005 - seq WHERE stream_id = %s AND seq IN (2, 3)"
    forge(swap, stream.pk)
    forge("UPDATE notifications_event SET seq = seq - 1000 WHERE stream_id = %s AND seq > 1000", stream.pk)

    assert verify(stream) == BrokenLink(STREAM, 2, "its hash does not match its content and the event before it")


def test_verify_finds_a_cut_tail(world):
    stream = write()

    forge("DELETE FROM notifications_event WHERE stream_id = %s AND seq > 3", stream.pk)

    assert verify(stream) == BrokenLink(STREAM, 4, "the log ends at 3, its counter says 5")


def test_verify_finds_a_cut_tail_with_a_set_back_counter(world):
    stream = write()

    forge("DELETE FROM notifications_event WHERE stream_id = %s AND seq > 3", stream.pk)
    forge("UPDATE notifications_eventstream SET seq = 3 WHERE id = %s", stream.pk)
    stream.refresh_from_db()

    assert verify(stream).seq == 4


def test_verify_finds_a_row_taken_into_another_stream(world):
    stream = write(1)
    other = record("project:7001", kind="test.done", actor=None, data={}).stream

    forge("DELETE FROM notifications_event WHERE stream_id = %s", other.pk)
    forge("UPDATE notifications_event SET stream_id = %s WHERE stream_id = %s", other.pk, stream.pk)

    assert verify(other).seq == 1


def test_a_forged_row_breaks_only_its_own_stream(world):
    stream = write()

    forge("UPDATE notifications_event SET kind = 'x' WHERE stream_id = %s AND seq = 2", stream.pk)

    assert [link.stream for _stream, link in verify_all() if link] == [STREAM]


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="in the transaction of its change"):
        record(STREAM, kind="test.done", actor=None, data={})

    assert not Event.objects.filter(stream__name=STREAM).exists()


@pytest.mark.django_db(transaction=True)
def test_verify_log_says_that_every_stream_holds(world):
    out = StringIO()

    call_command("verify_log", "--heads", stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[-1] == "Every stream holds."
    stream = EventStream.objects.get(name=f"project:{world.bug.pk}")
    assert f"{stream.name} {stream.seq} {stream.head}" in lines


@pytest.mark.django_db(transaction=True)
def test_verify_log_names_the_first_broken_link_and_fails(world):
    with transaction.atomic():
        write()
        forge(
            "UPDATE notifications_event SET kind = 'x' WHERE stream_id = %s AND seq > 2",
            EventStream.objects.get(name=STREAM).pk,
        )
    err = StringIO()

    with pytest.raises(CommandError, match=r"1 stream\(s\) are broken"):
        call_command("verify_log", stdout=StringIO(), stderr=err)

    assert err.getvalue() == f"{STREAM} event 3: its hash does not match its content and the event before it\n"
