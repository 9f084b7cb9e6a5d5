"""Sending a file: announced here, put into the storage by the browser, said to be there, and looked at by a worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config import clock
from config.errors import DomainError
from config.jinja import filesize
from files import storage, types
from files.access import NO_STORAGE, perm_for
from files.enums import FileState, Place
from files.models import File, ObjectDeletion
from files.models.files import INCOMING
from files.names import clean_name
from files.space import ON_ITS_WAY, usage_of
from notifications.history import delete_as, save_as
from notifications.live.publisher import wake_worker
from projects.access import require
from projects.models import Project

if TYPE_CHECKING:
    from issues.models import Issue

CHECK = "files.check"
# So many files of one person may be on their way at a time.
MOST_PENDING = 100
# After its last signature nobody can put it any more.
PUT_ENDS = timedelta(seconds=storage.PUT_SECONDS + 60)
# What a second try has in common with the first.
SAME = ("uploader_id", "project_id", "place", "issue_id", "name", "size")


@dataclass(frozen=True, slots=True)
class Started:
    """A file that may be sent, and where the browser puts it. `put` is None where it has arrived already."""

    file: File
    put: storage.SignedPut | None


def start_upload(
    *,
    actor: User,
    project: Project | None,
    place: Place,
    name: str,
    size: int,
    client_id: UUID,
    issue: "Issue | None" = None,
) -> Started:
    """Announce a file and sign its upload: good for five minutes, for exactly this size, type and key.

    A second call with the same `client_id` signs anew for the row of the first. Locks the person, then the project, so
    that parallel calls cannot pass a limit together. Makes no request to the storage. `project` is None for a picture
    of the person. Raises PermissionRefused, or DomainError for a name, a size or a space that is not to be had, and
    where a client_id has been used for something else.
    """
    file = _announce(actor=actor, project=project, place=place, name=name, size=size, client_id=client_id, issue=issue)
    # After the locks: what signs is loaded with the first signature, and nobody shall wait for that.
    return _signed(file)


@transaction.atomic
def _announce(
    *,
    actor: User,
    project: Project | None,
    place: Place,
    name: str,
    size: int,
    client_id: UUID,
    issue: "Issue | None",
) -> File:
    if not settings.S3_BUCKET:
        raise DomainError(str(NO_STORAGE), code="no_storage")
    if project is not None:
        require(project, actor, perm_for(place))
    name = clean_name(name)
    _refuse_size(size)
    # Each waits for the other's files before it counts them.
    User.objects.select_for_update(of=("self",), no_key=True).values_list("pk").get(pk=actor.pk)
    type_, now = types.announced(name), clock.now()
    file = File(client_id=client_id, uploader=actor, project=project, place=place, issue=issue, name=name, size=size)
    if earlier := File.objects.filter(client_id=client_id).first():
        return _again(earlier, file)
    _refuse_space(actor, project, size)
    file.declared_type, file.type, file.kind, file.started_at, file.signed_at = (
        type_.type,
        type_.type,
        type_.kind,
        now,
        now,
    )
    return save_as(actor, file)


@transaction.atomic
def finish_upload(*, actor: User, file: File) -> File:
    """Say that a file has been sent: a worker looks at it next, woken after the commit. Twice is as good as once.

    Locks the file. Whether it has arrived is for the worker to find.
    """
    file = _locked(file)
    if file.state == FileState.PENDING:
        file.state, file.finished_at, file.next_at = FileState.CHECKING, clock.now(), clock.now()
        save_as(actor, file, ["state", "finished_at", "next_at"])
        transaction.on_commit(lambda: wake_worker(CHECK))
    return file


@transaction.atomic
def cancel_upload(*, actor: User, file: File) -> None:
    """Forget a file that hangs on nothing yet, or has not arrived; what the storage has of it goes through the outbox.

    Locks the file. Raises DomainError for one that others see already: that is to be removed. One in quarantine is only
    shown no more: an administrator may look at it until its time is over.
    """
    file = _locked(file)
    if file.state != FileState.PENDING and file.place != Place.DRAFT:
        raise DomainError(_("%s has arrived already. Remove it instead.") % file.name, code="arrived")
    let_go(actor, file)


def let_go(actor: User, file: File) -> None:
    """Forget a file that its uploader gives up. One in quarantine is only shown no more. The caller holds its lock."""
    if file.state == FileState.QUARANTINED:
        file.removed_at, file.removed_by = clock.now(), actor
        save_as(actor, file, ["removed_at", "removed_by"])
    else:
        forget(actor, file)


def forget(actor: User | None, file: File) -> None:
    """Delete the row of a file that nobody else has seen, and have its objects deleted. The caller holds its lock."""
    discard(keys_of(file), signed_at=file.signed_at)
    delete_as(actor, file)


def keys_of(file: File) -> list[str]:
    """Return the keys of all objects that a file may have."""
    forms = [rendition.key for rendition in file.renditions.all()]
    return [file.incoming_key, file.key, file.quarantine_key, *forms]


def discard(keys: list[str], *, signed_at: datetime | None = None) -> None:
    """Have objects deleted by a worker after the commit; what a browser may still put, once its signature has ended.

    A key that waits already is due anew: whoever deletes it just now may have done so before the object was stored.
    """
    now = clock.now()
    late = max(now, signed_at + PUT_ENDS) if signed_at else now
    rows = [ObjectDeletion(key=key, next_at=late if key.startswith(INCOMING) else now) for key in sorted(set(keys))]
    ObjectDeletion.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["attempts", "next_at", "died_at"]
    )


def _refuse_size(size: int) -> None:
    if size < 1:
        raise DomainError(_("The file is empty."), code="file_empty")
    if size > settings.FILE_LIMIT_BYTES:
        message = _("The file has %(size)s; at most %(limit)s are accepted.")
        limit = filesize(settings.FILE_LIMIT_BYTES)
        raise DomainError(message % {"size": filesize(size), "limit": limit}, code="file_size")


def _refuse_space(actor: User, project: Project | None, size: int) -> None:
    """Raise where a limit would be passed. Takes the project's lock; the caller holds the person's.

    What counts is read once both are there: a statement that waits for a lock does not see what it has waited for.
    """
    if project is not None:
        Project.objects.select_for_update(of=("self",), no_key=True).values_list("pk").get(pk=project.pk)
    usage = usage_of(actor, project)
    if usage.arriving >= MOST_PENDING:
        raise DomainError(
            _("%d files of yours are still being sent. Wait for some of them.") % MOST_PENDING, code="busy"
        )
    if usage.today >= settings.FILES_PER_DAY or usage.today_bytes + size > settings.FILE_DAY_BYTES:
        message = _("You may send %(files)s files and %(limit)s within a day, and that is used up. Try again tomorrow.")
        limits = {"files": settings.FILES_PER_DAY, "limit": filesize(settings.FILE_DAY_BYTES)}
        raise DomainError(message % limits, code="file_day")
    if project is not None and usage.kept_bytes + size > settings.FILE_PROJECT_BYTES:
        message = _("The files of %(key)s may take %(limit)s, and that is used up. Leads can remove old ones for good.")
        limit = filesize(settings.FILE_PROJECT_BYTES)
        raise DomainError(message % {"key": project.key, "limit": limit}, code="file_project")


def _again(earlier: File, file: File) -> File:
    """Return the row of a first try, if that was of the same file, as one that is signed anew.

    It may have been renamed or hung on something since. One that was not on its way any more needs its space again.
    """
    first = File.history.filter(id=earlier.pk).earliest("history_date", "history_id")
    if [getattr(first, name) for name in SAME] != [getattr(file, name) for name in SAME]:
        message = _("This page has used that number for another file. Choose the file again.")
        raise DomainError(message, code="key_reused")
    if earlier.state == FileState.PENDING:
        if earlier.signed_at <= clock.now() - ON_ITS_WAY:
            _refuse_space(file.uploader, file.project, file.size)
        earlier.signed_at = clock.now()
        File.objects.filter(pk=earlier.pk).update(signed_at=earlier.signed_at)
    return earlier


def _signed(file: File) -> Started:
    if file.state != FileState.PENDING:
        return Started(file, None)
    return Started(file, storage.sign_put(file.incoming_key, type=file.declared_type, size=file.size))


def _locked(file: File) -> File:
    """Return the file as it is now, under its lock; DomainError where it has gone meanwhile."""
    found = File.objects.select_for_update(of=("self",)).filter(pk=file.pk).first()
    if found is None:
        raise DomainError(_("The file is not there any more. Send it again."), code="file_gone")
    found.project = file.project
    return found
