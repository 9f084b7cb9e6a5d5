"""Two beats: whatever is scheduled has, run twice at the same time of day, the effect of one run."""

import json
import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core import mail

from accounts import uses
from accounts.enums import Scope
from accounts.models import DoneRequest, PersonalToken, SealedMail, TeamInvitation
from accounts.services.mails import PURPOSE
from accounts.services.tokens import create_token
from config import clock
from config.celery import app
from config.sealing import seal
from files.models import File, ObjectDeletion
from files.services.uploads import finish_upload
from issues import rank
from issues.models import Issue
from notifications.models import Delivery, Entry, Event, HookCursor, HookDelivery, Outbox, Slot, Webhook
from notifications.slots import take
from notifications.webhooks.signing import sealed
from tests.files.sending import announce, put
from tests.notifications.entries import tell
from tests.notifications.posting import say, waiting_mail
from tests.parallel import at_once

MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OLD = MORNING - timedelta(days=200)
DAY = timedelta(days=1)
TABLES = (
    Delivery, DoneRequest, Entry, Event, File, HookCursor, HookDelivery, Issue, ObjectDeletion, Outbox, PersonalToken,
    SealedMail, Session, Slot, TeamInvitation,
)  # fmt: skip
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
        come_in(world)
    tell(world.lead, world.issue("BUG-5"), at=OLD, read_at=OLD)
    Issue.objects.filter(pk=world.issue("BUG-2").pk).update(due_on=MORNING.date() + timedelta(days=1))
    Issue.objects.filter(pk=world.issue("BUG-1").pk).update(rank="a" * rank.LONG + "b")
    Session.objects.create(session_key="over", session_data="", expire_date=OLD)
    with clock.at(OLD):
        take("count", "old")


def come_in(world):
    """Let a mail, an invitation, a webhook's delivery, a token's use and an answer that was kept for a day wait."""
    letter = {"to": "ana@mail.example", "subject": "Hello", "text": "Hello", "html": "<p>Hello</p>"}
    SealedMail.objects.create(kind="code", sealed=seal(PURPOSE, json.dumps(letter)), expires_at=MORNING + DAY)
    asked = {"team": world.bug.team, "invited_by": world.lead, "expires_at": MORNING + DAY}
    TeamInvitation.objects.create(email="ben@mail.example", digest="d" * 64, **asked)
    # An inner address: it is refused without being asked.
    hook = Webhook.objects.create(project=world.bug, name="CI", url="http://127.0.0.1/", secret=sealed("secret"))
    HookDelivery.objects.create(webhook=hook, uuid=uuid4())
    token, _secret = create_token(actor=world.lead, name="script", scopes=[Scope.ME_READ], projects=None, days=7)
    uses.note(token.pk, "192.0.2.7")
    DoneRequest.objects.create(person=world.lead, key="old", fingerprint="f", at=OLD)


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
