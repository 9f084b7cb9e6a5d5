"""Files: sent, listed, read, renamed, taken away and brought back. The bytes go to and come from the storage itself."""

from typing import Annotated
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.enums import Scope
from accounts.limits import UPLOAD
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import Done, In, Listing, Out
from config.errors import Conflict, DomainError
from files import storage
from files.access import get_file_or_404, project_of, require_change
from files.api.shapes import FileIn, FileOut, KindWord, LinkOut, StartedOut, file_out, put_out
from files.enums import COMING, Form, Place
from files.forms import LONGEST_NAME
from files.http import open_any_file, open_upload
from files.models import File
from files.queries import TEXT_LENGTH, Wanted, files_of, issue_for
from files.services.keeping import purge_file, remove_file, rename_file, restore_file
from files.services.uploads import cancel_upload, finish_upload, start_upload
from files.space import space_of
from projects.access import access_to, get_project_or_404, require
from projects.models import Project
from projects.permissions import Perm

routes = Operations(tags=["Files"])
ALL = "/projects/{key:key}/files"
ONE = "/projects/{key:key}/files/{uuid:uuid}"
WEBP = "image/webp"


class Gone(DomainError):
    """The bytes of a file cannot be had any more."""

    status = 410
    code = "gone"


class FilesAsked(Paging):
    """Which files."""

    q: str = Field("", max_length=TEXT_LENGTH, description="A part of the name.")
    kind: KindWord | None = None
    who: str = Field("", max_length=TEXT_LENGTH, description="The username of who sent it.")
    removed: bool = Field(
        default=False, description="Those that were removed, instead: yours, for leads everyone's. Guests removed none."
    )


class SpaceOut(Out):
    """How much room there is, in bytes: what the project's files take and may take, and what you may send today."""

    used: int
    limit: int
    today: int


class NameIn(In):
    """Another name."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, examples=["notes.txt"])


class LinkAsked(In):
    """Which bytes: those that were sent, or a picture of a picture."""

    form: Annotated[str, OneOf(Form.THUMB.value, Form.SCREEN.value)] | None = Field(
        None, description="A small picture, or one in the size of a screen; left out: the file as it was sent."
    )


@routes.get(ALL, scope=Scope.FILES_READ, answer=Listing[FileOut], guest=True, sparse=True)
def list_files(request: ApiRequest, key: str, asked: Query[FilesAsked]) -> Listing[FileOut]:
    """List the files of a project.

    Those of its issues and messages are among them; the newest first. For everyone who may read the project. What is
    not ready is told to who sends it only.
    """
    return _listed(request, get_project_or_404(request.user, key), asked)


@routes.get(
    "/projects/{key:key}/issues/{int:number}/files",
    scope=Scope.FILES_READ, answer=Listing[FileOut], guest=True, sparse=True,
)  # fmt: skip
def list_issue_files(request: ApiRequest, key: str, number: int, asked: Query[FilesAsked]) -> Listing[FileOut]:
    """List the files of an issue.

    Those of its messages are among them; the newest first. For everyone who may read the project.
    """
    project = get_project_or_404(request.user, key)
    return _listed(request, project, asked, issue=issue_for(project, number).pk)


@routes.get("/projects/{key:key}/space", scope=Scope.FILES_READ, answer=SpaceOut, guest=True, errors=(404,))
def read_file_space(request: ApiRequest, key: str) -> SpaceOut:
    """Read how much room there is for files.

    For everyone who may read the project.
    """
    space = space_of(get_project_or_404(request.user, key), request.user)
    return SpaceOut(used=space.used, limit=space.limit, today=space.today)


@routes.post(ALL, scope=Scope.FILES_WRITE, answer=StartedOut, status=201, limit=UPLOAD)
def start_file(request: ApiRequest, key: str, file: FileIn) -> StartedOut:
    """Announce a file that you will send.

    Then PUT its bytes to the address that the answer gives, with the headers that it gives, and say that it is there
    (`finish`); a worker looks at it, after which its state is `ready` or `refused`. Files of projects and issues are
    for developers and leads, drafts for who may write messages.
    """
    project = get_project_or_404(request.user, key)
    if (file.place == Place.ISSUE) != (file.issue is not None):
        message = _("Say which issue the file is for.")
        raise DomainError(message, code="invalid", context={"fields": {"issue": [message]}})
    started = start_upload(
        actor=request.user,
        project=project,
        place=Place(file.place),
        name=file.name,
        size=file.size,
        client_id=file.client_id,
        issue=None if file.issue is None else issue_for(project, file.issue),
    )
    return StartedOut(file=_told_of(request, key, started.file.uuid), put=put_out(started))


@routes.post(f"{ONE}/finish", scope=Scope.FILES_WRITE, answer=FileOut, status=202)
def finish_file(request: ApiRequest, key: str, uuid: UUID) -> FileOut:
    """Say that the bytes of a file are there.

    For who sends it; twice is as good as once.
    """
    finish_upload(actor=request.user, file=open_upload(request, key, uuid))
    return _told_of(request, key, uuid)


@routes.post(f"{ONE}/cancel", scope=Scope.FILES_WRITE, answer=Done)
def cancel_file(request: ApiRequest, key: str, uuid: UUID) -> Done:
    """Give up a file that nobody else has seen.

    For who sends it.
    """
    cancel_upload(actor=request.user, file=open_upload(request, key, uuid))
    return Done()


@routes.get(ONE, scope=Scope.FILES_READ, answer=FileOut, guest=True, sparse=True, errors=(404, 422))
def read_file(request: ApiRequest, key: str, uuid: UUID) -> FileOut:
    """Read what is known of a file, and how far it has come.

    For everyone who may read the project. Of one that is not ready, or was removed, only who may do something with it.
    """
    return _told_of(request, key, uuid)


@routes.get(f"{ONE}/download", scope=Scope.FILES_READ, answer=LinkOut, guest=True, errors=(404, 409, 410, 422))
def link_to_file(request: ApiRequest, key: str, uuid: UUID, asked: Query[LinkAsked]) -> LinkOut:
    """Get an address for the bytes of a file.

    Good for a minute, for whoever has it, without a token. 409 while it is being checked, 410 where it is gone. For
    everyone who may read the project.
    """
    file = open_any_file(request, key, uuid)
    _require_bytes(file)
    if asked.form:
        url = _picture_at(file, Form(asked.form))
    else:
        url = storage.sign_get(file.key, type=file.type, name=file.name)
    return LinkOut(url=url, expires_in=storage.GET_SECONDS)


@routes.patch(ONE, scope=Scope.FILES_WRITE, answer=FileOut)
def rename_a_file(request: ApiRequest, key: str, uuid: UUID, change: NameIn) -> FileOut:
    """Give a file another name.

    For who sent it, and leads.
    """
    file = get_file_or_404(request.user, key, uuid)
    require_change(file, request.user)
    rename_file(actor=request.user, file=file, name=change.name)
    return _told_of(request, key, uuid)


@routes.delete(ONE, scope=Scope.FILES_WRITE, answer=FileOut)
def remove_a_file(request: ApiRequest, key: str, uuid: UUID) -> FileOut:
    """Take a file away from where it stands.

    It can be restored until its time in the trash is over. For who sent it, and leads; twice is as good as once.
    """
    remove_file(actor=request.user, file=open_any_file(request, key, uuid))
    return _told_of(request, key, uuid)


@routes.post(f"{ONE}/restore", scope=Scope.FILES_WRITE, answer=FileOut)
def restore_a_file(request: ApiRequest, key: str, uuid: UUID) -> FileOut:
    """Bring a removed file back to where it stood.

    For who sent it, and leads; twice is as good as once.
    """
    restore_file(actor=request.user, file=open_any_file(request, key, uuid))
    return _told_of(request, key, uuid)


@routes.post(f"{ONE}/purge", scope=Scope.FILES_WRITE, answer=Done)
def purge_a_file(request: ApiRequest, key: str, uuid: UUID) -> Done:
    """Remove a file for good.

    Nobody gets it back, its history only names it. For leads; also one of an issue in the trash.
    """
    file = open_any_file(request, key, uuid, in_trash=True)
    require(project_of(file), request.user, Perm.DELETE_FILE)
    purge_file(actor=request.user, file=file)
    return Done()


def _listed(request: ApiRequest, project: Project, asked: FilesAsked, issue: int | None = None) -> Listing[FileOut]:
    removed = asked.removed and request.user.is_authenticated
    wanted = Wanted(text=asked.q, kind=asked.kind or "", who=asked.who, removed=removed, issue=issue)
    is_lead = access_to(project, request.user).can(Perm.DELETE_FILE)
    found = files_of(project, request.user, wanted, all_removed=is_lead)
    rows, following = page_of(found, asked, ["-pk"], context="files")
    for row in rows:
        row.project = project
    return Listing(items=[file_out(row) for row in rows], next=following)


def _require_bytes(file: File) -> None:
    """Raise what the page answers for a file whose bytes cannot be had."""
    if file.is_readable:
        return
    if file.state in COMING and not file.removed_at:
        raise Conflict(_("%s is still being checked. Wait a moment.") % file.name, code="not_ready")
    raise Gone(_("%s is gone.") % file.name)


def _picture_at(file: File, form: Form) -> str:
    if not file.is_picture:
        raise Http404("no picture")
    return storage.sign_get(file.form_key(form), type=WEBP, name=f"{file.name}.{form}.webp", inline=True)


def _told_of(request: ApiRequest, key: str, uuid: UUID) -> FileOut:
    """Return a file as it is now, removed or not."""
    return file_out(open_any_file(request, key, uuid))
