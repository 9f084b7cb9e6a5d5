"""Who waits for a row's lock finds everything as it is by then, what the row hangs on included."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from chat.queries import room_of
from chat.services.messages import delete_message, post_message
from config.errors import DomainError
from files.events import FileEvent
from files.services import checking
from files.services.checking import check_now
from files.services.keeping import remove_file, rename_file, restore_file
from issues.services.editing import edit_issue
from notifications.models import Event
from tests.factories import IssueFactory, ProjectFactory
from tests.files.hung import again, draft, linked, unchecked

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20
# Only whom this very connection holds up: other tests may run beside it.
WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"


def see_somebody_wait():
    """Go on once another connection waits for a lock of this one."""
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    pytest.fail("nobody has waited")


class Beside:
    """Something done on a connection of its own while the test goes on."""

    def __init__(self, work):
        self.outcome, self.work = None, work
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            self.outcome = self.work()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            self.outcome = error
        finally:
            connection.close()

    def wait(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        return self.outcome


def test_a_file_that_was_hung_while_the_worker_waited_is_told_with_its_issue(monkeypatch):
    issue = IssueFactory()
    owner = issue.project.owner
    file = unchecked(owner, issue.project)
    looked_at, go_on = threading.Event(), threading.Event()

    def reach(point):
        if point == "files.before_mark":
            looked_at.set()
            go_on.wait(PATIENCE)

    monkeypatch.setattr(checking, "reach", reach)

    beside = Beside(lambda: check_now(file))
    assert looked_at.wait(PATIENCE)
    with transaction.atomic():
        edit_issue(actor=owner, issue=issue, changes={"description": linked(file)})
        go_on.set()
        see_somebody_wait()
    beside.wait()

    event = Event.objects.get(kind=FileEvent.ADDED, data__file=file.pk)
    assert (event.subject, event.data["issue"], event.data["key"], event.data["title"]) == (
        f"issue:{issue.pk}",
        issue.pk,
        f"{issue.project.key}-{issue.number}",
        issue.title,
    )


@pytest.mark.parametrize("was_removed", [False, True])
@pytest.mark.parametrize("act", ["restore", "rename"])
def test_nothing_befalls_a_file_whose_message_was_deleted_meanwhile(act, was_removed):
    project = ProjectFactory()
    owner = project.owner
    file = draft(owner, project)
    sent = {"thread": room_of(project), "body": "Here", "client_id": uuid.uuid4(), "files": [file.uuid]}
    message = post_message(actor=owner, **sent)
    if was_removed:
        remove_file(actor=owner, file=again(file))
    work = {
        "restore": lambda: restore_file(actor=owner, file=again(file)),
        "rename": lambda: rename_file(actor=owner, file=again(file), name="b.txt"),
    }

    with transaction.atomic():
        delete_message(actor=owner, message=message)
        beside = Beside(work[act])
        see_somebody_wait()
    outcome = beside.wait()

    assert isinstance(outcome, DomainError)
    assert outcome.code == "gone"
    assert (again(file).removed_at is not None, again(file).name) == (True, "notes.txt")
