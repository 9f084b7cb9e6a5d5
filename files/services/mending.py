"""Puts right what reconciling found, as far as that can be done without the bytes that are gone."""

import tempfile
from pathlib import Path

from django.db import transaction

from files import storage
from files.enums import STANDING, FileState, Place
from files.events import FileEvent
from files.inspecting import FOLDER, forms_for
from files.models import File, ObjectDeletion, Rendition
from files.reconciling import Finding, Problem
from files.rendering import WEBP, Rendered, digest_of, render
from files.services.rows import lock_first
from files.services.telling import tell
from files.types import TYPES
from notifications.history import save_as

FORMATS = {type_.type: type_.format for type_ in TYPES.values() if type_.format}


def mend(finding: Finding) -> bool:
    """Put one finding right: False where that cannot be done. Not from within a transaction. Raises StorageError.

    A file whose object is gone, or is not what was checked, becomes LOST and is said to be; a smaller version is made
    again of the original; an object that belongs to no file is deleted.
    """
    if finding.file is None:
        _delete(finding.key)
        return True
    if finding.problem == Problem.NO_PICTURE:
        return _picture_again(finding.file)
    _lose(finding.file)
    return True


def _delete(key: str) -> None:
    storage.delete([key])
    ObjectDeletion.objects.filter(key=key).delete()


@transaction.atomic
def _lose(file: File) -> None:
    """Locks the file, then the stream."""
    row = lock_first(File.objects.filter(pk=file.pk, state=FileState.READY, purged_at=None))
    if row is None:
        return
    row.state = FileState.LOST
    save_as(None, row, ["state"])
    if row.place in STANDING and row.removed_at is None:
        tell(FileEvent.LOST, actor=None, file=row)


def _picture_again(file: File) -> bool:
    """Make all smaller versions of a picture again; False where its original is not what was checked."""
    with tempfile.TemporaryDirectory(prefix=FOLDER) as name:
        folder = Path(name)
        source = folder / "original"
        try:
            with source.open("wb") as target:
                sha256 = storage.download(file.key, target, at_most=file.size)
        except storage.ObjectMissing:
            return False
        if sha256 != file.sha256 or file.type not in FORMATS:
            return False
        seen = render(source, FORMATS[file.type], forms_for(Place(file.place)), folder)
        if seen.refusal:
            return False
        for made in seen.made:
            with made.path.open("rb") as content:
                storage.upload(
                    file.form_key(made.form), content, type=WEBP, sha256=digest_of(made.path), size=made.size
                )
        _write_pictures(file, seen)
    return True


@transaction.atomic
def _write_pictures(file: File, seen: Rendered) -> None:
    """Locks the file."""
    if File.objects.select_for_update(of=("self",), no_key=True).filter(pk=file.pk, purged_at=None).exists():
        pictures = [Rendition(file=file, form=m.form, width=m.width, height=m.height, size=m.size) for m in seen.made]
        Rendition.objects.bulk_create(
            pictures, update_conflicts=True, unique_fields=["file", "form"], update_fields=["width", "height", "size"]
        )
