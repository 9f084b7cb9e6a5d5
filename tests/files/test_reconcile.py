"""`manage.py reconcile_files`: rows and objects compared in both directions, and put right on request."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from config import clock
from files import reconciling, storage
from files.enums import FileState, Form, Place
from files.events import FileEvent
from files.models import File, ObjectDeletion, Rendition
from files.reconciling import Problem, compare
from files.services.uploads import discard
from notifications.models import Event
from tests.factories import ProjectFactory
from tests.files.portraying import avatar
from tests.files.sending import announce, picture, put, send

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=24, seconds=5)


@pytest.fixture(autouse=True)
def _own_part_of_the_bucket(db, settings):
    """Leave the world's files out: their objects lie below another prefix, and none of them is said to be ready."""
    File.objects.update(state=FileState.REFUSED)
    settings.S3_PREFIX += f"{uuid.uuid4()}/"


@pytest.fixture
def project():
    return ProjectFactory()


def lay(key, content=b"x"):
    storage.client().put_object(Bucket="plumbline", Key=storage.full_key(key), Body=content)
    return key


def is_stored(key):
    try:
        return storage.head(key) > 0
    except storage.ObjectMissing:
        return False


def found(later=LATER):
    with clock.at(clock.now() + later):
        return [(each.problem, each.key, each.file) for each in compare()]


def run(*arguments, later=LATER):
    """Run the command a day later; return what it printed, and what it said at its end, if that was an error."""
    out, trouble = io.StringIO(), ""
    with clock.at(clock.now() + later):
        try:
            call_command("reconcile_files", *arguments, stdout=out, stderr=out, no_color=True)
        except CommandError as error:
            trouble = str(error)
    return out.getvalue(), trouble


def test_nothing_is_said_of_what_fits(project):
    send(project.owner, project, "notes.txt")
    send(project.owner, project, "wide.png", picture())
    send(project.owner, project, "page.png", b"<html>")
    avatar(project.owner)
    put(announce(project.owner, project, "a.txt"))

    assert found() == []
    assert run() == ("Every file has its objects.\n", "")


def test_ready_file_without_its_object_is_lost_and_said_to_be(project):
    file = send(project.owner, project, "notes.txt")
    storage.delete([file.key])

    assert found() == [(Problem.LOST, file.key, file)]
    out, trouble = run()
    assert ([str(file.uuid) in out, "notes.txt" in out, project.key in out], trouble) == (
        [True] * 3,
        "1 found; --mend puts them right.",
    )
    out, trouble = run("--mend")

    assert (out.splitlines()[-1], trouble) == ("All mended.", "")
    file.refresh_from_db()
    assert file.state == FileState.LOST
    event = Event.objects.get(kind=FileEvent.LOST, data__file=file.pk)
    assert (event.actor, event.subject) == (None, f"file:{file.pk}")
    assert run() == ("Every file has its objects.\n", "")


@pytest.mark.parametrize("content", [b"short", b"x" * 1000])
def test_object_of_another_size_is_as_lost(project, content):
    file = send(project.owner, project, "notes.txt")
    lay(file.key, content)

    assert found() == [(Problem.OTHER_SIZE, file.key, file)]
    run("--mend")

    file.refresh_from_db()
    assert (file.state, is_stored(file.key)) == (FileState.LOST, True)


def test_lost_draft_is_nobodys_news(project):
    file = send(project.owner, project, "notes.txt", place=Place.DRAFT)
    storage.delete([file.key])

    run("--mend")

    file.refresh_from_db()
    assert (file.state, Event.objects.filter(data__file=file.pk).exists()) == (FileState.LOST, False)


def test_missing_small_version_is_made_again(project):
    file = send(project.owner, project, "wide.png", picture(800, 400))
    storage.delete([file.form_key(Form.THUMB)])
    lay(file.form_key(Form.SCREEN), b"short")

    keys = [file.form_key(form) for form in (Form.SCREEN, Form.THUMB)]
    assert set(found()) == {(Problem.NO_PICTURE, key, file) for key in keys}
    out, trouble = run("--mend")

    assert (out.splitlines()[-1], trouble, found()) == ("All mended.", "", [])
    assert [storage.read(key, at_most=10**6)[:4] for key in keys] == [b"RIFF", b"RIFF"]


def test_small_version_that_no_row_knows_is_made_again(project):
    file = send(project.owner, project, "wide.png", picture(800, 400))
    Rendition.objects.filter(file=file, form=Form.THUMB).delete()
    storage.delete([file.form_key(Form.THUMB)])

    assert found() == [(Problem.NO_PICTURE, file.form_key(Form.THUMB), file)]
    run("--mend")

    assert {(each.form, each.width) for each in file.renditions.all()} == {(Form.THUMB, 320), (Form.SCREEN, 800)}
    assert found() == []


def test_small_version_is_not_made_of_another_original(project):
    content = picture(800, 400)
    file = send(project.owner, project, "wide.png", content)
    lay(file.key, picture(800, 400, colour="red").ljust(len(content), b"\0")[: len(content)])
    storage.delete([file.form_key(Form.THUMB)])

    out, trouble = run("--mend")

    assert (trouble, out.count("mended")) == ("1 not mended.", 0)
    file.refresh_from_db()
    assert file.state == FileState.READY


def test_objects_of_no_file_are_deleted_when_they_are_a_day_old(project):
    file, refused = send(project.owner, project, "a.txt"), send(project.owner, project, "b.png", b"<html>")
    names = [str(uuid.UUID(int=0)), "no-uuid", str(uuid.UUID(int=2**128 - 1))]
    keys = [
        *(lay(f"files/{name}/original") for name in names),
        lay(file.form_key(Form.THUMB)),
        lay(refused.key),
        refused.incoming_key,
        lay(file.incoming_key),
        lay(f"incoming/{names[0]}"),
        lay(f"quarantine/{names[0]}"),
        lay(f"quarantine/{file.uuid}"),
    ]
    ObjectDeletion.objects.all().delete()

    assert found(timedelta(0)) == []
    assert set(found()) == {(Problem.STRAY, key, None) for key in keys}
    assert run("--mend")[1] == ""

    assert [is_stored(key) for key in keys] == [False] * len(keys)
    assert (is_stored(file.key), found()) == (True, [])


def test_what_is_about_to_be_deleted_is_not_reported_until_that_is_given_up():
    key = lay(f"files/{uuid.uuid4()}/original")
    discard([key])

    assert found() == []
    ObjectDeletion.objects.update(died_at=clock.now())
    assert found() == [(Problem.STRAY, key, None)]
    run("--mend")

    assert (is_stored(key), ObjectDeletion.objects.filter(key=key).exists()) == (False, False)


def test_objects_of_a_purged_file_are_strays_and_those_of_a_removed_one_are_not(project):
    purged, removed = send(project.owner, project, "a.txt"), send(project.owner, project, "b.txt")
    now = clock.now()
    File.objects.filter(pk=removed.pk).update(removed_at=now, removed_by=project.owner)
    File.objects.filter(pk=purged.pk).update(removed_at=now, removed_by=project.owner, purged_at=now)

    assert found() == [(Problem.STRAY, purged.key, None)]


def test_what_lies_outside_of_our_prefix_and_folders_is_left_alone(settings):
    elsewhere = lay("other/thing")
    prefix = settings.S3_PREFIX
    settings.S3_PREFIX = f"{prefix}deeper/"
    other = lay(f"files/{uuid.uuid4()}/original")
    settings.S3_PREFIX = prefix

    assert run("--mend") == ("Every file has its objects.\n", "")
    assert is_stored(elsewhere)
    settings.S3_PREFIX = f"{prefix}deeper/"
    assert is_stored(other)


def test_what_arrives_during_the_listing_is_not_reported(project, monkeypatch):
    real, late = storage.listed, []

    def list_then_send(folder):
        listed = list(real(folder))
        if not late:
            late.append(send(project.owner, project, "late.txt"))
        return iter(listed)

    monkeypatch.setattr(storage, "listed", list_then_send)

    assert (found(timedelta(0)), len(late)) == ([], 1)


def test_progress_is_told_and_many_files_are_compared_in_parts(project, monkeypatch):
    monkeypatch.setattr(reconciling, "CHUNK", 2)
    files = [send(project.owner, project, f"{number}.txt") for number in range(5)]
    storage.delete([files[2].key])
    strays = {lay(f"files/{uuid.uuid4()}/original") for _number in range(3)}
    seen = []

    with clock.at(clock.now() + LATER):
        findings = list(compare(seen.append))

    assert {(each.problem, each.key) for each in findings if each.file} == {(Problem.LOST, files[2].key)}
    assert {each.key for each in findings if not each.file} == strays
    assert seen[:3] == [2, 4, 6]


def test_storage_that_is_away_ends_the_command(project, settings):
    send(project.owner, project, "notes.txt")
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"

    assert "does not answer" in run()[1]


def test_without_a_bucket_there_is_nothing_to_compare(settings):
    settings.S3_BUCKET = ""

    assert run()[1] == "There is no file storage: set S3_BUCKET."
