"""What time does to files: uploads that nobody finished, drafts that nobody sent, and what was removed long ago.

Each function goes on from where it was, may run at any time and any number of times, takes one row after the other
under its lock, and leaves to its next run what it does not manage until `ends` (by time.monotonic).
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from config import clock
from files import storage
from files.enums import COMING, FileState, Place
from files.inspecting import FOLDER
from files.models import File
from files.models.files import INCOMING
from files.services.keeping import give_up
from files.services.rows import lock_first
from files.services.uploads import discard, forget
from notifications.history import save_as
from projects.models import Project
from projects.models.projects import new_revision

ABANDONED = timedelta(hours=24)
CHUNK = 500
# No task lives so long.
FOLDER_SECONDS = 3600


def forget_abandoned(ends: float) -> int:
    """Forget uploads that were not finished, and drafts that were hung on nothing, within a day; returns how many.

    Drafts in quarantine are left for an administrator, for FILE_TRASH_DAYS.
    """
    now, caught = clock.now(), Q(state=FileState.QUARANTINED)
    loose = (Q(state=FileState.PENDING) | Q(place=Place.DRAFT)) & Q(started_at__lt=now - ABANDONED)
    long_ago = Q(started_at__lt=now - timedelta(days=settings.FILE_TRASH_DAYS))
    rows = File.objects.filter(loose & (~caught | long_ago))
    return _each(rows, partial(forget, None), ends)


def purge_removed(ends: float) -> int:
    """Purge what was removed more than FILE_TRASH_DAYS ago; returns how many files. Their rows stay."""
    before = clock.now() - timedelta(days=settings.FILE_TRASH_DAYS)
    rows = File.objects.filter(removed_at__lt=before, purged_at=None)
    return _each(rows, partial(_purge, remover=None), ends)


def purge_deleted_projects(ends: float) -> int:
    """Purge all files of projects that were deleted more than FILE_TRASH_DAYS ago; returns how many files.

    They count as removed by whoever deleted the project. Each locks the project, then the file, because somebody may
    restore the project at any moment: what is left then is left to it.
    """
    before, count = clock.now() - timedelta(days=settings.FILE_TRASH_DAYS), 0
    expired = Project.objects.filter(deleted_at__lt=before)
    for project in expired.order_by("pk"):
        rows = File.objects.filter(project=project, purged_at=None)
        still = partial(_lock, expired.filter(pk=project.pk))
        count += _each(rows, partial(_purge, remover=deleter_of(project)), ends, still=still)
    return count


def deleter_of(project: Project) -> User:
    """Return who put a project into the trash, or its owner where the history does not say."""
    row = project.history.filter(deleted_at=project.deleted_at).order_by("history_date", "history_id").first()
    return row.history_user if row and row.history_user else project.owner


def discard_stray(ends: float) -> int:
    """Have objects in `incoming/` deleted that are a day old and that no upload waits for; returns how many.

    A browser may put its object again after it was looked at, until its signature ends; and an upload that was
    forgotten may arrive yet. Raises StorageError.
    """
    before, count = clock.now() - ABANDONED, 0
    old = (stored.key for stored in storage.listed(INCOMING) if stored.modified < before)
    while time.monotonic() < ends and (keys := list(islice(old, CHUNK))):
        stray = [key for key in keys if key not in _awaited(keys)]
        discard(stray)
        count += len(stray)
    return count


def remove_folders() -> int:
    """Remove the folders of workers that were killed while they looked at a file, on this machine; returns how many."""
    before, count = time.time() - FOLDER_SECONDS, 0
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
                count += 1
    return count


def _awaited(keys: list[str]) -> set[str]:
    """Return those of the keys that a worker, or a browser, has still to do with."""
    uuids = [uuid for key in keys if (uuid := _uuid_in(key))]
    waiting = File.objects.filter(uuid__in=uuids, state__in=COMING, purged_at=None)
    return {file.incoming_key for file in waiting}


def _uuid_in(key: str) -> UUID | None:
    try:
        return UUID(key.removeprefix(INCOMING))
    except ValueError:
        return None


def _lock(projects: "QuerySet[Project]") -> bool:
    """Lock the projects, and say whether there are any."""
    return bool(list(projects.select_for_update(of=("self",), no_key=True)))


def _each(
    rows: "QuerySet[File]", work: Callable[[File], None], ends: float, *, still: Callable[[], bool] = lambda: True
) -> int:
    """Do something with each of the rows under its lock, one transaction each, and return with how many.

    `still` is asked first in each transaction, and its locks are held until the end of that; False ends all.
    """
    count = 0
    for pk in _ids(rows, ends):
        with transaction.atomic():
            if not still():
                break
            file = lock_first(rows.filter(pk=pk), no_key=False, skip_locked=True)
            if file is not None:
                work(file)
                count += 1
    return count


def _ids(rows: "QuerySet[File]", ends: float) -> Iterator[int]:
    last = 0
    while time.monotonic() < ends:
        chunk = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not chunk:
            return
        for pk in chunk:
            if time.monotonic() > ends:
                return
            yield pk
        last = chunk[-1]


def _purge(file: File, remover: User | None) -> None:
    """Give up a locked file. A project keeps no icon that is gone."""
    if file.project is not None and file.project.icon_id == file.uuid:
        file.project.icon_id, file.project.revision = None, new_revision()
        save_as(None, file.project, ["icon", "revision"])
    give_up(file, actor=None, remover=remover)
