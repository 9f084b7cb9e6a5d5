"""Looking at a file that has arrived, by a worker: never within a request, and never within a transaction.

One file at a time is claimed for LEASE, which is longer than a task may live; then it is fetched, looked at and stored
under keys that no browser can write; then, if it is still the one that was claimed, its row becomes ready or refused in
one transaction. Killed at any point, the worker leaves a row that is claimed again, and objects that the next try
writes again. Locks: the file, then those of `take_up`, then the stream.
"""

import logging
import tempfile
from datetime import timedelta
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from config import clock
from files import storage
from files.enums import STANDING, FileState, Form, Place
from files.events import FileEvent
from files.inspecting import FOLDER, NotAccepted, Seen, inspect
from files.models import File, Rendition
from files.refusals import Refusal
from files.rendering import WEBP, digest_of, open_plain
from files.scanning import ScannerAway
from files.services.portraits import take_up
from files.services.rows import lock_first
from files.services.telling import tell
from files.services.uploads import discard, forget
from files.types import BYTES
from notifications.faultpoints import reach
from notifications.history import save_as

log = logging.getLogger("plumbline.files")

LEASE = timedelta(seconds=90)
# A file that its worker did not outlive so many times is refused.
TRIES = 5
# So long the storage, or the scanner, may be away; no pause between two tries is longer than PAUSE.
PATIENCE = timedelta(hours=24)
SHORTEST_PAUSE, PAUSE = timedelta(seconds=2), timedelta(minutes=5)
# Whoever had the fewest files taken up in so long comes first.
FAIRNESS = timedelta(minutes=5)


def check_next() -> bool:
    """Check a file that is due and that no other worker holds; False where there is none.

    It is one of whoever had the fewest taken up lately, so that nobody waits for all that somebody else has sent; of
    theirs the one that is due for the longest time. Not from within a transaction. Whatever a file or the storage does,
    it raises nothing.
    """
    file = _claim()
    if file is None:
        return False
    _check(file)
    return True


def check_now(file: File) -> File:
    """Check one file that has arrived, at once and in this process, and return it as it is then.

    For tests, demo data and commands. Where the storage is away, the file stays CHECKING; one in any other state is
    left as it is. Raises File.DoesNotExist where it has never arrived, and so is forgotten.
    """
    with transaction.atomic():
        found = lock_first(_waiting().filter(pk=file.pk))
        claimed = found if found and _take(found) else None
    if claimed:
        _check(claimed)
    return File.objects.get(pk=file.pk)


def is_any_due() -> bool:
    """Say whether a file waits for a worker now (one statement)."""
    return File.objects.filter(state=FileState.CHECKING, purged_at=None, next_at__lte=clock.now()).exists()


def _waiting() -> QuerySet[File]:
    """Return the files to be checked."""
    return File.objects.filter(state=FileState.CHECKING, purged_at=None)


def _claim() -> File | None:
    """Take the file that is due next, for LEASE; those that were taken up too often are refused on the way."""
    while True:
        with transaction.atomic():
            due = _waiting().filter(next_at__lte=clock.now())
            # Of the first one of each, another worker may hold the lock at this moment.
            file = lock_first(_fairly(due), skip_locked=True)
            file = file or lock_first(due.order_by("next_at", "pk"), skip_locked=True)
            if file is None or _take(file):
                return file


def _fairly(due: QuerySet[File]) -> QuerySet[File]:
    """Return the first file of each person who has one due, first of those who had the fewest taken up lately.

    A file that is taken up becomes due LEASE later, and keeps that time when it is done; one that was put off does not
    count. That files of long ago are left out is for the index.
    """
    now = clock.now()
    since = {"next_at__gt": now + LEASE - FAIRNESS, "started_at__gt": now - PATIENCE - FAIRNESS}
    taken = File.objects.filter(uploader=OuterRef("uploader"), attempts__gt=0, **since).order_by().values("uploader")
    first = due.order_by("uploader", "next_at", "pk").distinct("uploader").values("pk")
    turn = Coalesce(Subquery(taken.annotate(count=Count("pk")).values("count")), 0)
    return due.filter(pk__in=first).order_by(turn, "next_at", "pk")


def _take(file: File) -> bool:
    """Write that a worker has a locked file; False, and refuse it, where that has come to nothing too often."""
    if file.attempts >= TRIES:
        log.error("file %s: given up after %d attempts", file.uuid, file.attempts)
        _refuse(file, Refusal.UNREADABLE)
        return False
    _write(file, attempts=file.attempts + 1, pause=LEASE)
    return True


def _check(file: File) -> None:
    """Look at a claimed file and write what came of it."""
    try:
        with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
            _check_in(file, Path(folder))
    except NotAccepted as reason:
        _end(file, reason.refusal)
    except storage.ObjectMissing:
        _end(file, Refusal.MISSING)
    except (storage.StorageError, ScannerAway, SoftTimeLimitExceeded) as error:
        _put_off(file, error)
    except DatabaseError:
        # Says nothing about the file: its lease runs out, and it is taken up again.
        raise
    except Exception:
        # Ours to mend. The lease runs out, and after TRIES the file is refused.
        log.exception("file %s could not be checked", file.uuid)


def _check_in(file: File, folder: Path) -> None:
    reach("files.after_claim")
    seen = inspect(file, folder)
    if seen.malware:
        log.warning("file %s: the scanner has found %s", file.uuid, seen.malware)
        _store(file.quarantine_key, seen.source, BYTES, seen.sha256)
        _end(file, Refusal.MALWARE)
        return
    _store(file.key, seen.source, seen.type.type, seen.sha256)
    for made in seen.made:
        _store(file.form_key(made.form), made.path, WEBP, digest_of(made.path))
    reach("files.before_mark")
    _conclude(file, seen)
    reach("files.after_mark")


def _store(key: str, path: Path, type_: str, sha256: str) -> None:
    """Store the very bytes that were looked at, whatever the browser has put since."""
    with open_plain(path) as source:
        storage.upload(key, source, type=type_, sha256=sha256, size=path.stat().st_size)


@transaction.atomic
def _conclude(file: File, seen: Seen) -> None:
    """Make a file ready whose objects lie in the storage, and say so to whom it concerns.

    A removed one becomes ready as well, because it may be restored, and nobody hears of it.
    """
    row = _still_ours(file)
    if row is None:
        return
    row.state, row.checked_at, row.sha256 = FileState.READY, clock.now(), seen.sha256
    row.type, row.kind, row.width, row.height = seen.type.type, seen.type.kind, seen.width, seen.height
    save_as(row.uploader, row, ["state", "checked_at", "sha256", "type", "kind", "width", "height"])
    pictures = [Rendition(file=row, form=m.form, width=m.width, height=m.height, size=m.size) for m in seen.made]
    Rendition.objects.bulk_create(pictures)
    discard([row.incoming_key], signed_at=row.signed_at)
    take_up(row)
    _tell(row, FileEvent.CHECKED if row.place == Place.MESSAGE else FileEvent.ADDED)


@transaction.atomic
def _end(file: File, refusal: Refusal) -> None:
    row = _still_ours(file)
    if row is None:
        return
    if refusal == Refusal.MISSING and row.place != Place.MESSAGE:
        _unsay(row)
    else:
        _refuse(row, refusal)


def _unsay(row: File) -> None:
    """Forget a locked file that has never arrived: nobody has seen it, and saying that it is there costs nothing."""
    File.objects.filter(pk=row.pk).update(state=FileState.PENDING)
    forget(row.uploader, row)


def _refuse(row: File, refusal: Refusal) -> None:
    """Refuse a locked file, or put it into quarantine, and have all its other objects deleted."""
    row.state = FileState.QUARANTINED if refusal == Refusal.MALWARE else FileState.REFUSED
    row.refusal, row.checked_at = refusal, clock.now()
    save_as(row.uploader, row, ["state", "refusal", "checked_at"])
    discard(_all_keys(row)[row.state == FileState.QUARANTINED :], signed_at=row.signed_at)
    _tell(row, FileEvent.REFUSED, refusal=refusal.value)


@transaction.atomic
def _put_off(file: File, error: BaseException) -> None:
    """Let a file wait that could not be looked at through no fault of its own; refuse it after PATIENCE."""
    log.warning("file %s waits: %s", file.uuid, error or type(error).__name__)
    row = _still_ours(file)
    if row is None:
        return
    waited = clock.now() - (row.finished_at or row.started_at)
    if waited > PATIENCE:
        _refuse(row, Refusal.STORAGE)
    else:
        _write(row, attempts=row.attempts - 1, pause=min(PAUSE, SHORTEST_PAUSE + waited / 2))


def _still_ours(file: File) -> File | None:
    """Return the row of a claimed file under its lock; None where it has gone, or another worker has it.

    What was stored of one that has gone is deleted again.
    """
    row = lock_first(_waiting().filter(pk=file.pk, attempts=file.attempts, next_at=file.next_at))
    if row is None and not File.objects.filter(pk=file.pk, purged_at=None).exists():
        discard(_all_keys(file), signed_at=file.signed_at)
    return row


def _write(file: File, *, attempts: int, pause: timedelta) -> None:
    """Write what only workers read, without a row of history."""
    file.attempts, file.next_at = attempts, clock.now() + pause
    File.objects.filter(pk=file.pk).update(attempts=file.attempts, next_at=file.next_at)


def _tell(row: File, kind: FileEvent, **more: str) -> None:
    """Record what came of a file that hangs on something. Comes last: it locks the stream."""
    if row.place in STANDING and row.removed_at is None:
        tell(kind, actor=row.uploader, file=row, **more)


def _all_keys(file: File) -> list[str]:
    """Return the keys that any try may have written, the quarantine's first."""
    return [file.quarantine_key, file.incoming_key, file.key, *(file.form_key(form) for form in Form)]
