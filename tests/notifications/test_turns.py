"""Two beats: whatever is scheduled has, run twice at the same time of day, the effect of one run."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core import mail

from config import clock
from config.celery import app
from files.models import File, ObjectDeletion
from files.services.uploads import finish_upload
from issues import rank
from issues.models import Issue
from notifications.models import Delivery, Entry, Event, Outbox, Slot
from notifications.slots import take
from tests.files.sending import announce, put
from tests.notifications.entries import tell
from tests.notifications.posting import say, waiting_mail
from tests.parallel import at_once

MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OLD = MORNING - timedelta(days=200)
TABLES = (Delivery, Entry, Event, File, Issue, ObjectDeletion, Outbox, Session, Slot)
TASKS = sorted(entry["task"] for entry in configured.CELERY_BEAT_SCHEDULE.values())


@pytest.fixture
def much_to_do(world, settings):
    """Something for every scheduled task: to tell, to send, to remind of, to delete, to shorten, to walk."""
    settings.CAN_MAIL = True
    with clock.at(MORNING - timedelta(minutes=1)):
        say(world.lead, world.issue("BUG-2"), f"@{world.developer.username}, look")
        waiting_mail(tell(world.viewer, world.issue("BUG-5")))
        started = announce(world.lead, world.bug, "notes.txt")
        put(started)
        finish_upload(actor=world.lead, file=started.file)
        ObjectDeletion.objects.create(key="files/nobody/has/it")
    tell(world.lead, world.issue("BUG-5"), at=OLD, read_at=OLD)
    Issue.objects.filter(pk=world.issue("BUG-2").pk).update(due_on=MORNING.date() + timedelta(days=1))
    Issue.objects.filter(pk=world.issue("BUG-1").pk).update(rank="a" * rank.LONG + "b")
    Session.objects.create(session_key="over", session_data="", expire_date=OLD)
    with clock.at(OLD):
        take("count", "old")


def effects(caplog):
    """Return everything that a task may have changed, sent or said."""
    rows = {model.__name__: sorted(model.objects.values_list(), key=str) for model in TABLES}
    lines = [record.getMessage() for record in caplog.records if record.name == "plumbline.log"]
    return rows, [sent.extra_headers for sent in mail.outbox], lines


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.django_db
def test_a_second_run_at_the_same_time_changes_nothing(much_to_do, caplog, task):
    app.loader.import_default_modules()
    caplog.set_level(logging.INFO, logger="plumbline.log")
    before = effects(caplog)

    with clock.at(MORNING):
        app.tasks[task]()
        once = effects(caplog)
        app.tasks[task]()

    assert once != before
    assert effects(caplog) == once


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_clean_and_walk_the_log_once(much_to_do, monkeypatch):
    walked = []
    monkeypatch.setattr("notifications.queries.verify_all", lambda: walked.append("all") or [])
    app.loader.import_default_modules()

    def run(name):
        with clock.at(MORNING):
            return app.tasks[name]()

    names = ["notifications.clean", "notifications.verify_log"]
    done = at_once([lambda name=name: run(name) for name in names for _beat in range(2)], workers=4)

    assert sorted(done[:2]) == [0, 2]
    assert walked == ["all"]
    with clock.at(MORNING + timedelta(days=1)):
        app.tasks["notifications.verify_log"]()
    assert walked == ["all", "all"]
