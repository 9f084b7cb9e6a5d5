"""Compares rows with objects, in both directions, with one listing and a thousand rows in memory at a time.

Both come in the order of the files' public names, so that they are merged like two sorted lists. What changes meanwhile
may look wrong in passing: every finding is looked at once more, by itself, before it is reported.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from config import clock
from files import storage
from files.enums import COMING, FileState, Kind, Place
from files.inspecting import forms_for
from files.models import File, ObjectDeletion
from files.storage import Stored

# What is younger may be on its way to a row, or to its deletion.
SETTLED = timedelta(hours=24)
FOLDERS = ("files/", "incoming/", "quarantine/")
CHUNK = 1000

Progress = Callable[[int], None]


class Problem(StrEnum):
    """What does not fit."""

    LOST = "lost"
    OTHER_SIZE = "other size"
    NO_PICTURE = "no picture"
    STRAY = "stray"


SENTENCES = {
    Problem.LOST: _("a ready file without its object"),
    Problem.OTHER_SIZE: _("a ready file whose object has another size"),
    Problem.NO_PICTURE: _("a picture whose smaller version is not there"),
    Problem.STRAY: _("an object that belongs to no file"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit. `file` is None for an object that belongs to none."""

    problem: Problem
    key: str
    file: File | None = None


def compare(progress: Progress = lambda count: None) -> Iterator[Finding]:
    """Yield what does not fit, in the order of keys within each of FOLDERS. Raises StorageError.

    `progress` is told after every thousand objects how many have been seen.
    """
    listing = _Listing(progress)
    yield from _files(listing)
    for folder, states in (("incoming/", COMING), ("quarantine/", [FileState.QUARANTINED])):
        for chunk in _chunks(listing.objects(folder)):
            yield from _strays(chunk, _keys_of_rows(folder, chunk, states))


class _Listing:
    """Counts what it lists."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.count = progress, 0

    def objects(self, folder: str) -> Iterator[Stored]:
        for stored in storage.listed(folder):
            self.count += 1
            if self.count % CHUNK == 0:
                self.progress(self.count)
            yield stored


def _files(listing: _Listing) -> Iterator[Finding]:
    """Merge the objects below `files/` with the rows."""
    groups = ((name, list(each)) for name, each in groupby(listing.objects("files/"), key=_name_in))
    rows = _rows()
    row, group = next(rows, None), next(groups, None)
    while row or group:
        name = str(row.uuid) if row else ""
        if group and (not row or group[0] < name):
            yield from _strays(group[1], set())
            group = next(groups, None)
            continue
        assert row is not None
        objects = group[1] if group and group[0] == name else []
        yield from _differences(row, objects)
        group = next(groups, None) if objects else group
        row = next(rows, None)


def _rows() -> Iterator[File]:
    """Yield all files in the order of their names, with their pictures."""
    last: UUID | None = None
    while True:
        rows = File.objects.select_related("project", "issue", "uploader").prefetch_related("renditions")
        chunk = list((rows.filter(uuid__gt=last) if last else rows).order_by("uuid")[:CHUNK])
        if not chunk:
            return
        yield from chunk
        last = chunk[-1].uuid


def _differences(file: File, objects: list[Stored]) -> Iterator[Finding]:
    expected = expected_objects(file)
    found = {stored.key: stored for stored in objects}
    for key, size in expected.items():
        if key not in found or (size is not None and found[key].size != size):
            yield from _looked_at_again(file, key)
    if file.state not in {FileState.CHECKING, FileState.LOST} or file.purged_at:
        yield from _strays([stored for stored in objects if stored.key not in expected], set())


def expected_objects(file: File) -> dict[str, int | None]:
    """Return the keys that a file must have, with their sizes; a picture that no row knows of has none."""
    if file.state != FileState.READY or file.purged_at:
        return {}
    sizes: dict[str, int | None] = {file.key: file.size}
    if file.kind == Kind.PICTURE:
        known = {rendition.form: rendition.size for rendition in file.renditions.all()}
        sizes |= {file.form_key(form): known.get(form) for form in forms_for(Place(file.place))}
    return sizes


def _looked_at_again(file: File, key: str) -> Iterator[Finding]:
    """Ask for one object by its name, after reading its row anew."""
    row = File.objects.select_related("project", "issue", "uploader").filter(pk=file.pk).first()
    if row is None or key not in (expected := expected_objects(row)):
        return
    try:
        problem = Problem.OTHER_SIZE if storage.head(key) != expected[key] else None
    except storage.ObjectMissing:
        problem = Problem.LOST
    if problem:
        yield Finding(problem if key == row.key else Problem.NO_PICTURE, key, row)


def _strays(objects: list[Stored], awaited: set[str]) -> Iterator[Finding]:
    """Yield the objects that are older than SETTLED and neither awaited nor about to be deleted."""
    settled = clock.now() - SETTLED
    old = [stored.key for stored in objects if stored.key not in awaited and stored.modified < settled]
    if old:
        going = set(ObjectDeletion.objects.filter(key__in=old, died_at=None).values_list("key", flat=True))
        yield from (Finding(Problem.STRAY, key) for key in old if key not in going)


def _keys_of_rows(folder: str, objects: list[Stored], states: Sequence[FileState]) -> set[str]:
    """Return those of the keys in a folder whose files are in one of the states."""
    names = [name for stored in objects if _is_uuid(name := _name_in(stored))]
    rows = File.objects.filter(uuid__in=names, state__in=states, purged_at=None)
    return {f"{folder}{uuid}" for uuid in rows.values_list("uuid", flat=True)}


def _chunks(objects: Iterator[Stored]) -> Iterator[list[Stored]]:
    chunk: list[Stored] = []
    for stored in objects:
        chunk.append(stored)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _name_in(stored: Stored) -> str:
    return stored.key.split("/")[1]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
