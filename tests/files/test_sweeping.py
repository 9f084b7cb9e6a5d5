"""What time does to files, and how the storage is told to delete: by an outbox, as often as it takes."""

import io
import os
import time
import uuid
from datetime import timedelta

import pytest

from config import clock
from files import storage, tasks
from files.enums import FileState, Place
from files.events import FileEvent
from files.inspecting import FOLDER
from files.models import File, ObjectDeletion
from files.services import sweeping
from files.services.deleting import LEASE, LONGEST_PAUSE, TRIES, delete_due, pause_after
from files.services.uploads import discard, finish_upload
from notifications.models import Event
from projects.models import Project
from projects.services.projects import delete_project
from tests.factories import ProjectFactory
from tests.files.sending import announce, delete_late, picture, put, send
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture(autouse=True)
def _nothing_else_is_due(db):
    """Let nothing of the world be swept: its objects would be gone for the tests that come later."""
    later = clock.now() + timedelta(days=4000)
    File.objects.filter(removed_at__isnull=False).update(removed_at=later)
    File.objects.update(started_at=later)
    Project.objects.filter(deleted_at__isnull=False).update(deleted_at=later)
    ObjectDeletion.objects.all().delete()


def soon():
    return time.monotonic() + 30


def lay(key):
    storage.upload(
        key,
        io.BytesIO(b"x"),
        type="text/plain",
        sha256="2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        size=1,
    )
    return key


def is_stored(key):
    try:
        return storage.head(key) > 0
    except storage.ObjectMissing:
        return False


def remove(file, at):
    File.objects.filter(pk=file.pk).update(removed_at=at, removed_by=file.uploader)


def test_abandoned_uploads_and_drafts_are_forgotten_after_a_day(project):
    now = clock.now()
    with clock.at(now - DAY - SECOND):
        pending, draft = (
            announce(project.owner, project, "a.txt"),
            announce(project.owner, project, "b.txt", place=Place.DRAFT),
        )
        kept = announce(project.owner, project, "c.txt").file
        put(pending)
        put(draft)
    old_draft = send(project.owner, project, "d.txt", place=Place.DRAFT)
    File.objects.filter(pk=old_draft.pk).update(started_at=now - DAY - SECOND)
    File.objects.filter(pk=kept.pk).update(state=FileState.CHECKING, finished_at=now)
    young = [announce(project.owner, project, "e.txt").file, send(project.owner, project, "f.txt", place=Place.DRAFT)]

    with clock.at(now):
        assert [sweeping.forget_abandoned(soon()), sweeping.forget_abandoned(soon())] == [3, 0]
        tasks.clean()

    assert set(File.objects.filter(project=project)) == {kept, *young}
    keys = [pending.file.incoming_key, draft.file.incoming_key, old_draft.key]
    assert ([is_stored(key) for key in keys], is_stored(young[1].key)) == ([False] * 3, True)
    assert not Event.objects.filter(data__uuid=str(old_draft.uuid)).exists()


def test_removed_files_are_purged_after_their_time(project, settings):
    now, age = clock.now(), timedelta(days=settings.FILE_TRASH_DAYS)
    old, young, there = (send(project.owner, project, f"{name}.png", picture()) for name in ("old", "young", "there"))
    remove(old, now - age - SECOND)
    remove(young, now - age + SECOND)
    keys = {file: [file.key, file.form_key("thumb"), file.form_key("screen")] for file in (old, young, there)}

    with clock.at(now):
        assert [sweeping.purge_removed(soon()), sweeping.purge_removed(soon())] == [1, 0]
        tasks.clean()

    old.refresh_from_db()
    assert (old.purged_at, old.removed_by) == (now, project.owner)
    assert {file: [is_stored(key) for key in keys[file]] for file in keys} == {
        old: [False] * 3,
        young: [True] * 3,
        there: [True] * 3,
    }
    events = Event.objects.filter(kind=FileEvent.PURGED, data__project=project.key)
    assert [(event.subject, event.actor) for event in events] == [(f"file:{old.pk}", None)]


def test_nobody_hears_of_a_refused_file_that_is_purged(project, settings):
    now, file = clock.now(), send(project.owner, project, "page.png", b"no picture")
    remove(file, now - timedelta(days=settings.FILE_TRASH_DAYS) - SECOND)

    with clock.at(now):
        assert sweeping.purge_removed(soon()) == 1

    assert not Event.objects.filter(kind=FileEvent.PURGED, data__file=file.pk).exists()


def test_drafts_in_quarantine_are_kept_as_long_as_what_was_removed(project, settings):
    now, age = clock.now(), timedelta(days=settings.FILE_TRASH_DAYS)
    file = announce(project.owner, project, "bad.txt", place=Place.DRAFT).file
    lay(file.quarantine_key)
    File.objects.filter(pk=file.pk).update(state=FileState.QUARANTINED, started_at=now - age)

    with clock.at(now):
        assert sweeping.forget_abandoned(soon()) == 0
        tasks.clean()
    assert is_stored(file.quarantine_key)
    with clock.at(now + SECOND):
        assert sweeping.forget_abandoned(soon()) == 1
        tasks.clean()

    assert (is_stored(file.quarantine_key), File.objects.filter(pk=file.pk).exists()) == (False, False)


def test_files_of_a_deleted_project_are_purged_after_their_time(project, settings):
    now, age = clock.now(), timedelta(days=settings.FILE_TRASH_DAYS)
    file, other = (
        send(project.owner, project, "a.txt"),
        send(project.owner, ProjectFactory(actor=project.owner), "b.txt"),
    )
    with clock.at(now - age):
        delete_project(actor=project.owner, project=project, typed_key=project.key)

    with clock.at(now):
        assert sweeping.purge_deleted_projects(soon()) == 0
    with clock.at(now + SECOND):
        assert [sweeping.purge_deleted_projects(soon()), sweeping.purge_deleted_projects(soon())] == [1, 0]
        tasks.clean()

    file.refresh_from_db()
    assert (file.purged_at, file.removed_by) == (now + SECOND, project.owner)
    assert (is_stored(file.key), is_stored(other.key)) == (False, True)


def test_what_nobody_waits_for_leaves_incoming_after_a_day(project):
    waiting, checking = (announce(project.owner, project, name) for name in ("a.txt", "b.txt"))
    put(waiting)
    put(checking)
    finish_upload(actor=project.owner, file=checking.file)
    again = announce(project.owner, project, "c.txt")
    put(again)
    ready = finish_upload(actor=project.owner, file=again.file)
    tasks.check()
    delete_late()
    put(again)
    put(checking)
    File.objects.filter(pk=checking.file.pk).update(state=FileState.CHECKING)
    strays = [lay(f"incoming/{uuid.uuid4()}"), lay("incoming/no-uuid"), ready.incoming_key]

    assert sweeping.discard_stray(soon()) == 0
    with clock.at(clock.now() + DAY + SECOND):
        assert tasks.sweep_incoming() >= len(strays)
        assert tasks.sweep_incoming() == 0
        tasks.clean()

    assert [is_stored(key) for key in strays] == [False] * 3
    assert [is_stored(started.file.incoming_key) for started in (waiting, checking)] == [True, True]


def test_sweeping_ends_in_time_and_goes_on_later(project):
    with clock.at(clock.now() - DAY - SECOND):
        for name in ("a.txt", "b.txt"):
            announce(project.owner, project, name)

    assert sweeping.forget_abandoned(time.monotonic() - 1) == 0
    assert tasks.sweep() == 2


def test_folders_of_workers_that_were_killed_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, other = (tmp_path / name for name in (f"{FOLDER}old", f"{FOLDER}young", "other"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "original").write_bytes(b"x")
    for folder in (old, other):
        os.utime(folder, (0, 0))

    assert (sweeping.remove_folders(), sweeping.remove_folders()) == (1, 0)

    assert {each.name for each in tmp_path.iterdir()} == {young.name, other.name}


def test_storage_that_is_away_does_not_end_the_sweep(settings):
    settings.S3_ENDPOINT_URL = NOWHERE

    assert tasks.sweep_incoming() == 0


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_forget_each_file_once(project):
    with clock.at(clock.now() - DAY - SECOND):
        for number in range(10):
            announce(project.owner, project, f"{number}.txt")

    found = at_once([lambda: sweeping.forget_abandoned(soon())] * 4)

    assert sum(found) == 10
    assert not File.objects.filter(project=project).exists()


def test_objects_are_deleted_and_forgotten():
    keys = [lay(f"files/{uuid.uuid4()}/original") for _number in range(3)]
    discard([*keys, "files/never/there"])

    assert (delete_due(), delete_due()) == (4, 0)

    assert ([is_stored(key) for key in keys], ObjectDeletion.objects.count()) == ([False] * 3, 0)


def test_deletion_waits_longer_each_time_and_is_given_up(settings):
    key, now = f"files/{uuid.uuid4()}/original", clock.now()
    with clock.at(now):
        discard([key])
    settings.S3_ENDPOINT_URL = NOWHERE

    with clock.at(now):
        assert (delete_due(), delete_due()) == (1, 0)
    row = ObjectDeletion.objects.get()
    assert (row.attempts, row.next_at, row.died_at) == (1, now + pause_after(1), None)
    assert "EndpointConnectionError" in row.last_error
    ObjectDeletion.objects.update(attempts=TRIES - 1)
    with clock.at(now + DAY):
        assert (delete_due(), delete_due()) == (1, 0)

    row.refresh_from_db()
    assert (row.attempts, row.died_at) == (TRIES, now + DAY)


def test_pauses_double_up_to_six_hours():
    assert [pause_after(number).total_seconds() for number in (1, 2, 3)] == [10, 20, 40]
    assert pause_after(TRIES) == LONGEST_PAUSE


def test_deleter_that_died_leaves_its_objects_to_the_next(monkeypatch):
    key = lay(f"files/{uuid.uuid4()}/original")
    now = clock.now()
    with clock.at(now):
        discard([key])

        def die(keys):
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storage, "delete", die)
            with pytest.raises(KeyboardInterrupt):
                delete_due()
        assert delete_due() == 0
    with clock.at(now + LEASE):
        assert delete_due() == 1

    assert not is_stored(key)


def test_object_that_is_discarded_anew_while_it_is_deleted_is_deleted_again(monkeypatch):
    key, real = f"files/{uuid.uuid4()}/original", storage.delete
    discard([key])

    def delete_then_store(keys):
        real(keys)
        lay(key)
        discard([key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "delete", delete_then_store)
        delete_due()

    assert is_stored(key)
    assert (delete_due(), is_stored(key)) == (1, False)


@pytest.mark.django_db(transaction=True)
def test_deleters_at_once_share_the_work(monkeypatch):
    monkeypatch.setattr("files.services.deleting.BATCH", 7)
    keys = [lay(f"files/{uuid.uuid4()}/original") for _number in range(20)]
    discard(keys)

    assert sum(at_once([tasks.clean] * 3)) == len(keys)

    assert ([is_stored(key) for key in keys], ObjectDeletion.objects.count()) == ([False] * len(keys), 0)
