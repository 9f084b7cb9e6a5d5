"""What becomes of a file that stands somewhere: another name, taken away, brought back, or gone for good.

Each locks the conversation of a file that was sent with a message, then the file, then the stream.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config import clock
from config.errors import DomainError
from files.access import is_there, project_of, require_change
from files.enums import COMING, KNOWN, STANDING, FileState
from files.events import FileEvent
from files.models import File
from files.names import clean_name
from files.services.rows import lock_first, lock_thread_of
from files.services.telling import tell
from files.services.uploads import discard, keys_of
from notifications.history import save_as
from projects.access import require
from projects.permissions import Perm


@transaction.atomic
def rename_file(*, actor: User, file: File, name: str) -> File:
    """Give a file another name; what it is, and under which type it is read, stays. The same name changes nothing.

    Raises PermissionRefused for all but its uploader and leads, DomainError for a name that cannot be, and where the
    file was removed, is not there, or is still being checked.
    """
    file = _locked(actor, file)
    name = clean_name(name)
    if file.removed_at:
        raise DomainError(_("%s was removed. Restore it first.") % file.name, code="removed")
    if file.state != FileState.READY:
        raise DomainError(_("Only a file that was accepted can be renamed."), code="not_ready")
    if name == file.name:
        return file
    names = {"from": file.name, "to": name}
    file.name = name
    save_as(actor, file, ["name"])
    tell(FileEvent.RENAMED, actor=actor, file=file, **names)
    return file


@transaction.atomic
def remove_file(*, actor: User, file: File) -> File:
    """Take a file away from where it stands; it can be restored until it is purged. Twice is as good as once.

    Raises PermissionRefused for all but its uploader and leads, DomainError while it is being sent or checked.
    """
    file = _locked(actor, file)
    if file.removed_at:
        return file
    file.removed_at, file.removed_by = clock.now(), actor
    save_as(actor, file, ["removed_at", "removed_by"])
    _tell(FileEvent.REMOVED, actor, file)
    return file


@transaction.atomic
def restore_file(*, actor: User, file: File) -> File:
    """Bring a removed file back to where it stood. What was not removed stays as it is.

    Raises PermissionRefused for all but its uploader and leads, DomainError where it has gone for good.
    """
    file = _locked(actor, file)
    if not file.removed_at:
        return file
    file.removed_at, file.removed_by = None, None
    save_as(actor, file, ["removed_at", "removed_by"])
    _tell(FileEvent.RESTORED, actor, file)
    return file


@transaction.atomic
def purge_file(*, actor: User, file: File) -> File:
    """Remove a file for good: a worker deletes its objects after the commit, and nobody gets them back.

    Its row stays, so that history can name it. One of an issue in the trash goes as well: it takes room. Raises
    PermissionRefused for all but leads, DomainError while it is being sent or checked, and where it has gone already.
    """
    require(project_of(file), actor, Perm.DELETE_FILE)
    file = _locked(actor, file, in_trash=True)
    give_up(file, actor=actor, remover=actor)
    return file


def give_up(file: File, *, actor: User | None, remover: User | None) -> None:
    """Mark a locked file as gone for good, have its objects deleted, and say so where others had heard of it.

    One that was not removed before counts as removed by `remover`. Locks the stream.
    """
    file.purged_at = clock.now()
    if not file.removed_at:
        file.removed_at, file.removed_by = file.purged_at, remover
    save_as(actor, file, ["removed_at", "removed_by", "purged_at"])
    discard(keys_of(file), signed_at=file.signed_at)
    _tell(FileEvent.PURGED, actor, file)


def _tell(kind: FileEvent, actor: User | None, file: File) -> None:
    """Record what befell a file, unless only its uploader has ever heard of it."""
    if file.state in KNOWN and file.place in STANDING:
        tell(kind, actor=actor, file=file)


def _locked(actor: User, file: File, *, in_trash: bool = False) -> File:
    """Return the file as it is now, under its lock, if the actor may change it."""
    project = project_of(file)
    lock_thread_of(file)
    found = lock_first(File.objects.filter(pk=file.pk, project=project, purged_at=None))
    if found is None or not is_there(found, in_trash=in_trash):
        raise DomainError(_("%s is gone.") % file.name, code="gone")
    found.project = project
    require_change(found, actor)
    if found.place not in STANDING:
        raise DomainError(_("%s stands nowhere yet.") % found.name, code="draft")
    if found.state in COMING:
        raise DomainError(_("%s is still being checked. Wait a moment.") % found.name, code="not_ready")
    return found
