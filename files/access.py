"""The only ways to get a file from outside input. Not visible: 404. Visible but not allowed: 403 with the reason."""

from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.errors import PermissionRefused
from files.enums import KNOWN, Place
from files.models import File
from projects.access import Access, Person, access_to, get_project_or_404, reason_against, require
from projects.models import Project
from projects.permissions import Perm

NO_STORAGE = gettext_lazy("There is no file storage here. An administrator can set one up.")


def get_file_or_404(person: Person, key: str, uuid: UUID, *, removed: bool = False, in_trash: bool = False) -> File:
    """Return a file of the project KEY, its uploader loaded, or raise Http404.

    A draft is there for whoever uploads it only, and much else for few (`is_told`); what hangs on an issue in the
    trash, or on a deleted message, is there for nobody, and an icon only at its own address. A removed one is found
    with `removed` alone, and then nothing else is; a purged one never. With `in_trash` that of an issue in the trash is
    there for who may remove files for good.
    """
    project = get_project_or_404(person, key)
    if project.deleted_at:
        raise Http404("no such project")
    rows = File.objects.filter(uuid=uuid, project=project, removed_at__isnull=not removed, purged_at__isnull=True)
    rows = rows.exclude(place=Place.ICON)
    file = rows.select_related("uploader", "removed_by", "issue", "message").first()
    in_trash = in_trash and access_to(project, person).can(Perm.DELETE_FILE)
    if file is None or not is_there(file, in_trash=in_trash) or not is_told(file, person, access_to(project, person)):
        raise Http404("no such file")
    file.project = project
    return file


def is_told(file: File, person: Person, access: Access) -> bool:
    """Say whether a reader of its project may know of a file, as lists have it: whoever uploads it always may.

    Nobody else knows of a draft; of what was removed leads do; of what is not ready those who see the message that
    shows it. Its issue must be loaded.
    """
    if file.uploader_id == person.pk:
        return True
    if file.place == Place.DRAFT:
        return False
    if file.removed_at or (file.issue is not None and file.issue.deleted_at):
        return access.can(Perm.DELETE_FILE)
    return file.place == Place.MESSAGE or file.state in KNOWN


def is_there(file: File, *, in_trash: bool = False) -> bool:
    """Say whether the place of a file still exists; an issue in the trash does `in_trash`.

    Its issue and message must be loaded.
    """
    if file.issue is not None and file.issue.deleted_at and not in_trash:
        return False
    return file.message is None or file.message.deleted_at is None


def may_change(file: File, person: Person) -> bool:
    """Say whether the person may rename, remove or restore a file: who uploaded it and may still, or a lead."""
    assert file.project is not None
    access = access_to(file.project, person)
    if access.can(Perm.DELETE_FILE):
        return True
    return file.uploader_id == person.pk and access.can(perm_for(file.place))


def require_change(file: File, person: Person) -> None:
    """Raise PermissionRefused unless `may_change`."""
    if may_change(file, person):
        return
    assert file.project is not None
    if file.uploader_id == person.pk:
        require(file.project, person, perm_for(file.place))
    message = _("Only %(name)s and leads of %(key)s can change this file.")
    raise PermissionRefused(message % {"name": file.uploader.name, "key": file.project.key})


def reason_against_adding(project: Project, access: Access) -> str:
    """Return why a page offers the person no way to add files; empty where they can."""
    return reason_against(project, access, Perm.ADD_FILE) or ("" if settings.S3_BUCKET else str(NO_STORAGE))


def perm_for(place: str) -> Perm:
    """Return the permission that adding a file to a place needs."""
    if place in {Place.DRAFT, Place.MESSAGE}:
        return Perm.WRITE_MESSAGE
    return Perm.MANAGE_SETTINGS if place == Place.ICON else Perm.ADD_FILE


def get_own_file_or_404(person: User, uuid: UUID) -> File:
    """Return a picture of themselves that the person uploads, or raise Http404."""
    file = File.objects.filter(uuid=uuid, place=Place.AVATAR, uploader=person, removed_at__isnull=True).first()
    if file is None:
        raise Http404("no such file")
    return file


def get_icon_or_404(project: Project, uuid: UUID) -> File:
    """Return an icon of the project, in place or on its way, or raise Http404. Who may change it is not asked here."""
    file = File.objects.filter(uuid=uuid, place=Place.ICON, project=project, removed_at__isnull=True).first()
    if file is None:
        raise Http404("no such file")
    file.project = project
    return file


def project_of(file: File) -> Project:
    """Return the project of a file that has one."""
    assert file.project is not None
    return file.project
