"""Whoever waits for a conversation's lock may do only what they still may when they get it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from chat.models import Thread
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import react
from config.errors import DomainError, PermissionRefused
from issues.services.frommessage import create_issue_from_message
from issues.services.trash import delete_issue
from projects.models import Project
from projects.services.members import remove_member
from projects.services.projects import archive_project
from tests.chat.talking import again, say, thread_of
from tests.issues.records import fingerprint

pytestmark = [pytest.mark.django_db(transaction=True)]

PATIENCE = 20
SOMEONE_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
)

ACTS = {
    "post": lambda person, message: say(person, message.thread),
    "edit": lambda person, message: edit_message(actor=person, message=message, body="After"),
    "delete": lambda person, message: delete_message(actor=person, message=message),
    "react": lambda person, message: react(actor=person, message=message, emoji="👍"),
    "issue": lambda person, message: create_issue_from_message(actor=person, message=message, title="Made of it"),
}


def elsewhere(act):
    """Do something over a connection that is closed afterwards."""
    try:
        return act()
    finally:
        connection.close()


def until_someone_waits():
    end = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(SOMEONE_WAITS)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waited for the lock")


def outcome_of_waiting(thread, act, meanwhile):
    """Return what became of an act that waited for the thread while something else was done, and the records then."""
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Thread.objects.select_for_update(of=("self",), no_key=True).get(pk=thread.pk)
            waiting = pool.submit(elsewhere, act)
            until_someone_waits()
            pool.submit(elsewhere, meanwhile).result(PATIENCE)
            before = fingerprint()
        return waiting.exception(PATIENCE), before


@pytest.mark.parametrize("act", ACTS)
def test_who_was_removed_while_waiting_writes_nothing(world, act):
    message = again(say(world.developer, world.bug, "Before"))

    error, before = outcome_of_waiting(
        message.thread,
        lambda: ACTS[act](world.developer, message),
        lambda: remove_member(actor=world.lead, project=Project.objects.get(key="BUG"), person=world.developer),
    )

    assert isinstance(error, PermissionRefused)
    assert fingerprint() == before


@pytest.mark.parametrize("end", ["archive", "trash"])
def test_what_ended_while_one_waited_takes_nothing(world, end):
    thread, issue = thread_of(world.issue("BUG-5")), world.issue("BUG-5")
    ends = {
        "archive": lambda: archive_project(actor=world.lead, project=Project.objects.get(key="BUG")),
        "trash": lambda: delete_issue(actor=world.lead, issue=issue),
    }

    error, before = outcome_of_waiting(thread, lambda: say(world.developer, thread), ends[end])

    assert isinstance(error, DomainError)
    assert error.code == "closed"
    assert fingerprint() == before
