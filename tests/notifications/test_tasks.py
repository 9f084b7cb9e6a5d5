"""The background work: deciding until nothing is left, one sender of a worker at a time, cleaning, and the schedule."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from chat.queries import discussion_of
from chat.services.messages import post_message
from config import clock
from config.celery import app
from notifications import mailing, tasks
from notifications.dispatch import dispatch_due
from notifications.models import Delivery, Entry, Outbox, Slot
from notifications.slots import take
from tests.notifications.entries import tell
from tests.notifications.telling import forget
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=200)


@pytest.fixture
def three_events(world):
    forget()
    for number in range(3):
        thread = discussion_of(world.issue("BUG-2"))
        post_message(actor=world.lead, thread=thread, body=f"said {number}", client_id=uuid.uuid4())


@pytest.mark.parametrize("task", [tasks.deliver, tasks.sweep])
def test_deciding_goes_on_until_nothing_is_left(world, three_events, monkeypatch, task):
    monkeypatch.setattr(tasks, "dispatch_due", lambda: dispatch_due(1))

    assert (task(), task()) == (3, 0)
    assert Entry.objects.filter(person=world.developer).count() == 3


def test_sending_goes_on_while_batches_are_full(monkeypatch):
    sent = iter([tasks.MAIL_BATCH, tasks.MAIL_BATCH, 7, 99])
    monkeypatch.setattr(mailing, "send_due", lambda limit: next(sent))

    assert tasks.send_mail() == 2 * tasks.MAIL_BATCH + 7


@pytest.mark.django_db(transaction=True)
def test_one_process_of_a_worker_sends_at_a_time(monkeypatch):
    inside = []

    def send(limit):
        inside.append(at_once([tasks.send_mail], workers=1))
        return 1

    monkeypatch.setattr(mailing, "send_due", send)

    assert tasks.send_mail() == 1
    # The second came while the first was inside, and left at once.
    assert inside == [[0]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [tasks.SENDERS])
        assert cursor.fetchone() == (0,)


def test_sending_lets_go_of_its_turn_after_a_failure(monkeypatch):
    def fail(limit):
        raise RuntimeError("broken")

    monkeypatch.setattr(mailing, "send_due", fail)
    with pytest.raises(RuntimeError):
        tasks.send_mail()

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [tasks.SENDERS])
        assert cursor.fetchone() == (0,)


def test_cleaning_keeps_what_somebody_still_needs(world):
    developer, issue = world.developer, world.issue("BUG-2")
    events = [world.issue(f"BUG-{number}") for number in (1, 3, 4, 5, 6)]
    gone = tell(developer, issue, at=OLD, read_at=OLD)
    kept = [
        tell(developer, events[0], at=OLD),
        tell(developer, events[1], at=NOW, read_at=NOW),
        tell(developer, events[2], at=OLD, read_at=OLD),
    ]
    tell(developer, events[3], at=OLD, in_inbox=False)
    tell(developer, events[4], at=OLD, done_at=OLD)
    mail(developer, "a", state="sent", ended_at=OLD).entries.add(gone)
    mail(developer, "b", state="dropped", ended_at=OLD)
    mail(developer, "c", state="waiting").entries.add(kept[2])
    mail(developer, "d", state="dead", ended_at=OLD)
    mail(developer, "e", state="sent", ended_at=NOW)
    with clock.at(OLD):
        take("count", "old")
    take("count", "new")

    with clock.at(NOW):
        count = tasks.clean()

    assert count == 2 + 3 + 1
    assert set(Entry.objects.filter(person=developer)) == set(kept)
    assert list(Delivery.objects.order_by("topic").values_list("topic", flat=True)) == ["c", "d", "e"]
    assert list(Slot.objects.filter(job="count").values_list("slot", flat=True)) == ["new"]


def mail(person, topic, **fields):
    return Delivery.objects.create(
        person=person, channel="email", topic=topic, next_at=NOW, message_id=f"<{topic}@here>", **fields
    )


def test_cleaning_takes_several_chunks(monkeypatch):
    monkeypatch.setattr(tasks, "CHUNK", 2)
    with clock.at(OLD):
        for number in range(5):
            take("count", str(number))

    with clock.at(NOW):
        assert tasks.clean() == 5


def test_every_scheduled_task_exists_and_is_limited():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
    assert "notifications.deliver" in app.tasks
    assert (app.conf.task_time_limit, app.conf.task_soft_time_limit) == (60, 50)
    frequent = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["schedule"] < 60]
    assert frequent
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in frequent)
    assert max(tasks.DECIDING_SECONDS, tasks.MAILING_SECONDS + mailing.BUDGET_SECONDS) < app.conf.task_soft_time_limit


def test_the_queue_may_lose_messages_and_repeats_none_for_long():
    conf = app.conf
    found = (
        *(conf.task_acks_late, conf.task_reject_on_worker_lost, conf.task_ignore_result),
        *(conf.worker_prefetch_multiplier, conf.accept_content, conf.task_serializer),
    )

    assert found == (True, True, True, 1, ["json"], "json")
    assert conf.broker_transport_options == {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
    # A task is not handed to a second worker while the first may still run it.
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit


def test_nothing_is_left_of_the_outbox_after_a_sweep(world, three_events):
    tasks.sweep()

    assert not Outbox.objects.exists()
