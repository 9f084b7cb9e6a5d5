"""People's pictures and projects' icons: sent like every file, and put in place once a worker has found them good.

Locks are taken in this order: the file that is on its way, the person or the project, the file that is replaced.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.people import set_avatar
from config.errors import DomainError, PermissionRefused
from config.jinja import filesize
from files import types
from files.enums import FileState, Kind, Place
from files.models import File
from files.portraits import MOST_BYTES
from files.services.uploads import Started, forget, let_go, start_upload
from projects.models import Project
from projects.services.grants import lock_project
from projects.services.projects import set_icon

# What came to nothing; a new try clears it away. What is in quarantine is left for an administrator.
OVER = [FileState.PENDING, FileState.REFUSED, FileState.LOST]


@transaction.atomic
def start_portrait(*, actor: User, project: Project | None, name: str, size: int, client_id: UUID) -> Started:
    """Announce a picture of the person, or an icon of the project, and sign its upload as `start_upload` does.

    Earlier ones that have come to nothing are forgotten. Raises DomainError for what is too large or, by its name, no
    picture, and PermissionRefused where the project is not the person's to change.
    """
    if size > MOST_BYTES:
        message = _("The picture has %(size)s; at most %(limit)s are accepted.")
        sizes = {"size": filesize(size), "limit": filesize(MOST_BYTES)}
        raise DomainError(message % sizes, code="file_size")
    if types.announced(name).kind != Kind.PICTURE:
        raise DomainError(_("Choose a picture: PNG, JPEG, GIF or WebP."), code="file_type")
    place = Place.ICON if project else Place.AVATAR
    started = start_upload(actor=actor, project=project, place=place, name=name, size=size, client_id=client_id)
    over = _portraits(actor, project).filter(state__in=OVER, uploader=actor).exclude(pk=started.file.pk)
    for file in over.select_for_update(of=("self",)):
        forget(actor, file)
    return started


@transaction.atomic
def cancel_portrait(*, actor: User, file: File) -> None:
    """Give up a picture that is on its way, or clear away one that came to nothing. Twice is as good as once.

    Locks the file. Nothing happens to one that is in place; one in quarantine is only shown no more.
    """
    found = File.objects.select_for_update(of=("self",)).filter(pk=file.pk).exclude(state=FileState.READY).first()
    if found is not None:
        let_go(actor, found)


@transaction.atomic
def remove_avatar(*, actor: User) -> None:
    """Take one's own picture away; its file is forgotten. Nothing happens where there is none."""
    _forget(actor, set_avatar(actor=actor, avatar=None))


@transaction.atomic
def remove_icon(*, actor: User, project: Project) -> None:
    """Take a project's icon away; its file is forgotten. Raises PermissionRefused as `set_icon` does."""
    _forget(actor, set_icon(actor=actor, project=project, icon=None))


def take_up(file: File) -> None:
    """Put a picture in place that has just become ready, and forget the one before. Other files are left alone.

    Called last in the transaction that makes it ready and holds its lock. One that was sent before the present one
    comes too late, and one whose sender may not change the project any more does not count: that one is forgotten.
    """
    if file.place not in {Place.AVATAR, Place.ICON}:
        return
    try:
        beaten = _put_in_place(file)
    except PermissionRefused:
        beaten = file.uuid
    _forget(file.uploader, beaten)


def _put_in_place(file: File) -> UUID | None:
    """Make the file what it was sent for; return which file is not needed any more, which may be this one."""
    if file.project is None:
        person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=file.uploader_id)
        if _is_newer(person.avatar_id, file):
            return file.uuid
        return set_avatar(actor=person, avatar=file.uuid)
    project = lock_project(file.project)
    if _is_newer(project.icon_id, file):
        return file.uuid
    return set_icon(actor=file.uploader, project=project, icon=file.uuid)


def _is_newer(present: UUID | None, file: File) -> bool:
    return present is not None and File.objects.filter(uuid=present, pk__gt=file.pk).exists()


def _portraits(person: User, project: Project | None) -> QuerySet[File]:
    if project is None:
        return File.objects.filter(place=Place.AVATAR, uploader=person)
    return File.objects.filter(place=Place.ICON, project=project)


def _forget(actor: User, uuid: UUID | None) -> None:
    """Delete the row of a picture that stands nowhere any more, and have its objects deleted. Locks it."""
    for file in File.objects.select_for_update(of=("self",)).filter(uuid=uuid) if uuid else ():
        forget(actor, file)
