"""The malware scanner: asked about every file where there is one, and no file is taken unseen."""

from datetime import timedelta

import pytest

from config import clock
from files import scanning, storage
from files.enums import FileState
from files.events import FileEvent
from files.models import ObjectDeletion
from files.refusals import Refusal
from files.scanning import ScannerAway, scan
from files.services.checking import PATIENCE, check_now
from files.services.uploads import finish_upload
from notifications.models import Event
from tests.factories import ProjectFactory
from tests.files.scanner import HARM, NAME, free_address, scanner_at
from tests.files.sending import announce, delete_late, put, send

CONTENT = b"x" * 200_000 + HARM


@pytest.fixture(params=["tcp", "unix"])
def scanner(request, tmp_path, settings):
    with scanner_at("tcp" if request.param == "tcp" else tmp_path / "clamd") as server:
        settings.CLAMD_ADDRESS = server.address
        yield server


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def test_harm_is_named(scanner, file):
    assert scan(file) == NAME
    assert scanner.seen == [CONTENT]


def test_what_is_clean_has_no_name(scanner, file):
    file.write_bytes(b"nothing")

    assert scan(file) == ""


def test_without_a_scanner_nobody_is_asked(settings, file):
    settings.CLAMD_ADDRESS = ""

    assert scan(file) == ""


@pytest.mark.parametrize("manner", ["limit", "hangs up", "silent"])
def test_scanner_that_gives_no_verdict_is_away(scanner, file, manner, monkeypatch):
    monkeypatch.setattr(scanning, "ANSWER_SECONDS", 0.2)
    scanner.manner = manner

    with pytest.raises(ScannerAway):
        scan(file)


def test_scanner_that_is_not_there_is_away(settings, file, tmp_path):
    for address in (free_address(), str(tmp_path / "nowhere")):
        settings.CLAMD_ADDRESS = address
        with pytest.raises(ScannerAway):
            scan(file)


@pytest.mark.django_db
def test_harmful_file_goes_into_quarantine(scanner):
    project = ProjectFactory()

    file = send(project.owner, project, "notes.txt", CONTENT)

    assert (file.state, file.refusal, file.sha256) == (FileState.QUARANTINED, Refusal.MALWARE, "")
    event = Event.objects.get(data__file=file.pk)
    assert (event.kind, event.data["refusal"]) == (FileEvent.REFUSED, Refusal.MALWARE)
    assert not ObjectDeletion.objects.filter(key=file.quarantine_key).exists()
    delete_late()
    assert storage.read(file.quarantine_key, at_most=10**6) == CONTENT
    for key in (file.incoming_key, file.key):
        with pytest.raises(storage.ObjectMissing):
            storage.head(key)


@pytest.mark.django_db
def test_clean_file_is_ready(scanner):
    project = ProjectFactory()

    assert send(project.owner, project, "notes.txt").state == FileState.READY
    assert len(scanner.seen) == 1


@pytest.mark.django_db
def test_no_file_is_ready_unseen(settings):
    project, now = ProjectFactory(), clock.now()
    settings.CLAMD_ADDRESS = free_address()
    with clock.at(now):
        started = announce(project.owner, project, "notes.txt")
        put(started)
        finish_upload(actor=project.owner, file=started.file)

    states = []
    for later in (timedelta(0), timedelta(hours=1), PATIENCE + timedelta(seconds=1)):
        with clock.at(now + later):
            file = check_now(started.file)
            states.append((file.state, file.attempts, file.refusal))

    assert states == [(FileState.CHECKING, 0, ""), (FileState.CHECKING, 0, ""), (FileState.REFUSED, 1, Refusal.STORAGE)]
