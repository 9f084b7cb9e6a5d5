"""What a worker makes of a file that has arrived: ready with its exact object, refused with a reason, or waiting."""

import hashlib
import uuid
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from chat.queries import room_of
from chat.services.messages import post_message
from config import clock
from files import storage, tasks
from files.enums import FileState, Form, Kind, Place
from files.events import FileEvent
from files.models import File, ObjectDeletion, Rendition
from files.refusals import Refusal
from files.services import checking
from files.services.checking import LEASE, PATIENCE, TRIES, check_next, check_now
from files.services.deleting import delete_due
from files.services.uploads import cancel_upload, finish_upload, keys_of
from notifications.models import Event
from tests.factories import IssueFactory, ProjectFactory
from tests.files.sending import TEXT, announce, delete_late, picture, put, send, send_to
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def during(monkeypatch):
    """Return a function that has something happen after all is stored and before anything is written."""

    def at(work):
        monkeypatch.setattr(checking, "reach", lambda point: work() if point == "files.before_mark" else None)

    return at


def arrived(project, name="notes.txt", content=TEXT, sent=None, **more):
    """Return a file that the browser has sent, in the state that a worker finds it in."""
    started = announce(project.owner, project, name, content, **more)
    put(started, content) if sent is None else _lay(started.file.incoming_key, sent)
    return finish_upload(actor=project.owner, file=started.file)


def _lay(key, content):
    """Put an object where a browser could not: past the signature."""
    storage.client().put_object(Bucket="plumbline", Key=storage.full_key(key), Body=content)


def stored(key):
    """Return an object's bytes, or None where there is none."""
    try:
        return storage.read(key, at_most=2**20)
    except storage.ObjectMissing:
        return None


def told(file):
    """Return kind, subject, actor and own words of each event of a file."""
    events = Event.objects.filter(kind__startswith="file.", data__file=file.pk).order_by("seq")
    return [(event.kind, event.subject, event.actor, event.data.get("refusal")) for event in events]


def waiting_deletions():
    return set(ObjectDeletion.objects.values_list("key", flat=True))


def test_text_becomes_ready_with_its_very_bytes(project):
    file = check_now(arrived(project))

    assert (file.state, file.size, file.sha256) == (FileState.READY, len(TEXT), hashlib.sha256(TEXT).hexdigest())
    assert (file.type, file.kind, file.width, file.refusal) == ("text/plain", Kind.TEXT, None, "")
    assert file.checked_at is not None
    assert stored(file.key) == TEXT
    assert told(file) == [(FileEvent.ADDED, f"file:{file.pk}", project.owner, None)]
    assert file.history.first().history_user == project.owner
    assert waiting_deletions() & set(keys_of(file)) == {file.incoming_key}


def test_picture_gets_its_small_versions(project):
    content = picture(2000, 1000)

    file = check_now(arrived(project, "wide.png", content))

    assert (file.state, file.type, file.width, file.height) == (FileState.READY, "image/png", 2000, 1000)
    sizes = {each.form: (each.width, each.height) for each in file.renditions.all()}
    assert sizes == {Form.THUMB: (320, 160), Form.SCREEN: (1600, 800)}
    assert stored(file.key) == content
    for rendition in file.renditions.all():
        assert storage.head(rendition.key) == rendition.size
        assert stored(rendition.key).startswith(b"RIFF")


@pytest.mark.parametrize(
    ("name", "content", "sent", "refusal"),
    [
        ("notes.txt", TEXT, TEXT + b"more", Refusal.SIZE),
        ("notes.txt", TEXT, TEXT[1:], Refusal.SIZE),
        ("paper.pdf", b"<html>", None, Refusal.NOT_PDF),
        ("page.png", b"<html><script>alert(1)</script>", None, Refusal.NOT_PICTURE),
        ("face.jpg", picture(), None, Refusal.NOT_PICTURE),
        ("cut.png", picture(300, 300)[:-40], None, Refusal.UNREADABLE),
    ],
)
def test_refused_with_the_reason_and_nothing_kept(project, name, content, sent, refusal):
    file = check_now(arrived(project, name, content, sent))

    assert (file.state, file.refusal, file.sha256) == (FileState.REFUSED, refusal, "")
    assert told(file) == [(FileEvent.REFUSED, f"file:{file.pk}", project.owner, refusal)]
    assert delete_late() > 0
    assert [stored(key) for key in (file.incoming_key, file.key, file.quarantine_key)] == [None, None, None]


def test_what_a_browser_may_still_put_is_deleted_when_it_may_no_more(project):
    started = announce(project.owner, project, "notes.txt")
    put(started)
    file = check_now(finish_upload(actor=project.owner, file=started.file))
    delete_due()
    put(started, TEXT)

    delete_late()

    assert (stored(file.incoming_key), stored(file.key)) == (None, TEXT)


def test_what_never_arrived_is_forgotten_and_told_to_nobody(project):
    started = announce(project.owner, project, "notes.txt")
    file = finish_upload(actor=project.owner, file=started.file)

    with pytest.raises(File.DoesNotExist):
        check_now(file)

    assert told(file) == []


def test_what_never_arrived_is_refused_where_a_message_shows_it(project):
    file = announce(project.owner, project, "notes.txt", place=Place.DRAFT).file
    finish_upload(actor=project.owner, file=file)
    message = post_message(
        actor=project.owner, thread=room_of(project), body="", client_id=uuid.uuid4(), files=[file.uuid]
    )

    file = check_now(file)

    assert (file.state, file.refusal, file.message) == (FileState.REFUSED, Refusal.MISSING, message)


@pytest.mark.parametrize(
    ("name", "content", "type_"),
    [
        ("utf8.txt", "žluťoučký kůň".encode(), "text/plain"),
        ("latin.txt", "caf\xe9".encode("latin-1"), "application/octet-stream"),
        ("utf7.txt", b"+ADw-script+AD4-\0", "application/octet-stream"),
        ("page.html", b"<script>alert(1)</script>", "application/octet-stream"),
        ("drawing.svg", b"<svg onload='alert(1)'/>", "application/octet-stream"),
        ("paper.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("pack.zip", b"PK\x03\x04", "application/zip"),
        ("pack.zip", b"<html>", "application/octet-stream"),
        ("no ending", b"<html>", "application/octet-stream"),
    ],
)
def test_type_is_found_by_name_and_content(project, name, content, type_):
    file = send(project.owner, project, name, content)

    assert (file.state, file.type) == (FileState.READY, type_)


def test_issue_hears_of_a_file_by_its_own_subject(project):
    issue = IssueFactory(project=project)

    file = send_to(issue, "log.txt")

    assert told(file) == [(FileEvent.ADDED, f"issue:{issue.pk}", project.owner, None)]


def test_draft_is_nobodys_news(project):
    good = send(project.owner, project, "log.txt", place=Place.DRAFT)
    bad = send(project.owner, project, "page.png", b"<html>", place=Place.DRAFT)

    assert [(file.state, told(file)) for file in (good, bad)] == [(FileState.READY, []), (FileState.REFUSED, [])]


def test_message_that_was_posted_before_is_told_to_be_complete(project):
    file = arrived(project, place=Place.DRAFT)
    message = post_message(
        actor=project.owner, thread=room_of(project), body="see", client_id=uuid.uuid4(), files=[file.uuid]
    )

    file = check_now(file)

    assert (file.state, file.message) == (FileState.READY, message)
    assert told(file) == [(FileEvent.CHECKED, f"room:{project.pk}", project.owner, None)]


def test_cancelled_while_it_is_checked_leaves_nothing(project, during):
    file = arrived(project, "wide.png", picture(400, 300), place=Place.DRAFT)
    during(lambda: cancel_upload(actor=project.owner, file=file))

    assert check_next()

    assert not File.objects.filter(pk=file.pk).exists()
    delete_late()
    keys = [file.incoming_key, file.key, *(file.form_key(form) for form in Form)]
    assert [stored(key) for key in keys] == [None] * len(keys)


def test_cancelled_and_deleted_before_the_worker_has_stored_leaves_nothing(project, during):
    file = arrived(project, place=Place.DRAFT)

    def cancel_and_delete():
        cancel_upload(actor=project.owner, file=file)
        # The outbox is emptied, but for one key that is being deleted just now.
        ObjectDeletion.objects.exclude(key=file.key).delete()
        ObjectDeletion.objects.update(next_at=clock.now() + LEASE, attempts=1)

    during(cancel_and_delete)
    check_next()

    assert delete_late() > 0
    assert (stored(file.key), file.key in waiting_deletions()) == (None, False)


def test_removed_while_it_is_checked_is_ready_when_it_comes_back(project, during):
    file = arrived(project)
    gone = {"removed_at": clock.now(), "removed_by": project.owner}
    during(lambda: File.objects.filter(pk=file.pk).update(**gone))

    check_next()

    file.refresh_from_db()
    assert (file.state, stored(file.key), told(file)) == (FileState.READY, TEXT, [])


def test_purged_while_it_is_checked_leaves_nothing(project, during):
    file = arrived(project)
    gone = {"removed_at": clock.now(), "removed_by": project.owner, "purged_at": clock.now()}
    during(lambda: File.objects.filter(pk=file.pk).update(**gone))

    check_next()

    delete_late()
    file.refresh_from_db()
    assert (file.state, stored(file.key), told(file)) == (FileState.CHECKING, None, [])
    assert not check_next()


def test_second_put_changes_neither_the_file_nor_its_digest(project, during):
    started = announce(project.owner, project, "notes.txt")
    put(started)
    finish_upload(actor=project.owner, file=started.file)
    other = b"x" * len(TEXT)
    during(lambda: put(started, other))

    check_next()
    put(started, other)

    file = File.objects.get(pk=started.file.pk)
    assert (stored(file.key), stored(file.incoming_key)) == (TEXT, other)
    assert file.sha256 == hashlib.sha256(TEXT).hexdigest()


def test_storage_that_is_away_is_waited_for(project, settings):
    with clock.at(clock.now()):
        file, now = arrived(project), clock.now()
        settings.S3_ENDPOINT_URL, real = NOWHERE, settings.S3_ENDPOINT_URL
        check_next()
        settings.S3_ENDPOINT_URL = real

        file.refresh_from_db()
        assert (file.state, file.attempts, file.next_at - now) == (FileState.CHECKING, 0, timedelta(seconds=2))
        assert not check_next()
    with clock.at(now + timedelta(seconds=3)):
        assert check_next()
    file.refresh_from_db()
    assert (file.state, stored(file.key)) == (FileState.READY, TEXT)


@pytest.mark.parametrize(
    ("after", "pause"), [(timedelta(minutes=1), timedelta(seconds=32)), (timedelta(hours=1), timedelta(minutes=5))]
)
def test_pauses_grow_up_to_five_minutes(project, settings, after, pause):
    now = clock.now()
    with clock.at(now):
        file = arrived(project)
    settings.S3_ENDPOINT_URL = NOWHERE

    with clock.at(now + after):
        check_next()

    file.refresh_from_db()
    assert file.next_at == now + after + pause


def test_after_a_day_without_the_storage_it_is_refused(project, settings):
    now = clock.now()
    with clock.at(now):
        file = arrived(project)
    settings.S3_ENDPOINT_URL = NOWHERE

    with clock.at(now + PATIENCE + timedelta(seconds=1)):
        check_next()

    file.refresh_from_db()
    assert (file.state, file.refusal) == (FileState.REFUSED, Refusal.STORAGE)


def test_a_file_waits_for_a_bucket_that_is_missing(project, settings):
    file = arrived(project)
    settings.S3_BUCKET = f"nowhere-{uuid.uuid4()}"

    file = check_now(file)

    assert (file.state, file.refusal, file.attempts) == (FileState.CHECKING, "", 0)


def test_a_file_waits_where_what_was_stored_is_not_found(project, monkeypatch):
    file, head = arrived(project), storage.head

    def not_ours(key):
        if key.startswith("files/"):
            raise storage.ObjectMissing(key)
        return head(key)

    monkeypatch.setattr(storage, "head", not_ours)

    file = check_now(file)

    assert (file.state, file.refusal, file.attempts) == (FileState.CHECKING, "", 0)


def test_task_at_its_limit_of_time_is_as_a_storage_that_is_away(project, during):
    file = arrived(project)

    def end():
        raise SoftTimeLimitExceeded

    during(end)
    check_next()

    file.refresh_from_db()
    assert (file.state, file.attempts) == (FileState.CHECKING, 0)


def test_worker_that_dies_each_time_gives_a_file_up(project, during):
    now = clock.now()
    with clock.at(now):
        file = arrived(project)
    during(lambda: 1 / 0)

    taken = []
    for turn in range(TRIES + 1):
        with clock.at(now + turn * (LEASE + timedelta(seconds=1))):
            taken.append((check_next(), check_next()))

    file.refresh_from_db()
    assert taken == [(True, False)] * TRIES + [(False, False)]
    assert (file.state, file.refusal, file.attempts) == (FileState.REFUSED, Refusal.UNREADABLE, TRIES)


def test_worker_whose_lease_ran_out_writes_nothing(project, during):
    file = arrived(project)

    def taken_over():
        with transaction.atomic(), clock.at(clock.now() + LEASE + timedelta(seconds=1)):
            assert checking._claim() == file

    during(taken_over)
    check_next()

    file.refresh_from_db()
    assert (file.state, file.attempts, told(file)) == (FileState.CHECKING, 2, [])


def test_check_now_leaves_what_is_no_workers_alone(project):
    pending = announce(project.owner, project, "notes.txt").file
    ready = send(project.owner, project, "notes.txt")

    assert (check_now(pending).state, check_now(ready).state) == (FileState.PENDING, FileState.READY)
    assert len(told(ready)) == 1


def test_task_checks_all_that_are_due(project):
    files = [arrived(project) for _number in range(3)]

    assert (tasks.check(), tasks.check()) == (3, 0)
    assert {File.objects.get(pk=file.pk).state for file in files} == {FileState.READY}


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_check_each_file_once(project):
    files = [arrived(project, f"{number}.png", picture(30 + number)) for number in range(8)]

    def work():
        return sum(1 for _turn in iter(check_next, False))

    assert sum(at_once([work] * 4)) == len(files)

    rows = File.objects.filter(pk__in=[file.pk for file in files])
    assert set(rows.values_list("state", "attempts")) == {(FileState.READY, 1)}
    assert [len(told(file)) for file in files] == [1] * len(files)
    assert Rendition.objects.filter(file__in=rows).count() == 2 * len(files)


@pytest.mark.django_db(transaction=True)
def test_one_process_of_a_worker_checks_at_a_time(project, during):
    for _number in range(2):
        arrived(project)
    inside = []
    during(lambda: inside.extend(at_once([tasks.check], workers=1)))

    assert tasks.check() == 2

    assert inside == [0, 0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [tasks.CHECKERS])
        assert cursor.fetchone() == (0,)
