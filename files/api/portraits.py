"""One's own picture, and the icon of a project: sent as files are, and put in place once they were found good."""

from uuid import UUID

from accounts.enums import Scope
from accounts.limits import UPLOAD
from accounts.models import User
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Done
from files.access import get_icon_or_404, get_own_file_or_404
from files.api.shapes import PortraitIn, PortraitOut, StartedPortraitOut, portrait_out, put_out
from files.models import File
from files.services.portraits import cancel_portrait, remove_avatar, remove_icon, start_portrait
from files.services.uploads import finish_upload
from projects.access import get_project_or_404
from projects.models import Project
from projects.permissions import Perm

routes = Operations()
AVATAR = "/me/avatar"
ICON = "/projects/{key:key}/icon"


@routes.post(
    AVATAR, scope=Scope.ME_WRITE, answer=StartedPortraitOut, status=201, limit=UPLOAD, errors=(422,), tags=["Me"]
)
def start_avatar(request: ApiRequest, picture: PortraitIn) -> StartedPortraitOut:
    """Announce a picture of yourself.

    Then PUT its bytes where the answer says, and `finish`, as with every file.
    """
    return _start(request.user, None, picture)


@routes.get(f"{AVATAR}/{{uuid:uuid}}", scope=Scope.ME_READ, answer=PortraitOut, errors=(404,), tags=["Me"])
def read_avatar(request: ApiRequest, uuid: UUID) -> PortraitOut:
    """Read how far a picture of yourself has come."""
    return portrait_out(get_own_file_or_404(request.user, uuid))


@routes.post(f"{AVATAR}/{{uuid:uuid}}/finish", scope=Scope.ME_WRITE, answer=PortraitOut, status=202, tags=["Me"])
def finish_avatar(request: ApiRequest, uuid: UUID) -> PortraitOut:
    """Say that the bytes of a picture of yourself are there."""
    return portrait_out(finish_upload(actor=request.user, file=get_own_file_or_404(request.user, uuid)))


@routes.post(f"{AVATAR}/{{uuid:uuid}}/cancel", scope=Scope.ME_WRITE, answer=Done, errors=(404,), tags=["Me"])
def cancel_avatar(request: ApiRequest, uuid: UUID) -> Done:
    """Give up a picture of yourself that is on its way."""
    cancel_portrait(actor=request.user, file=get_own_file_or_404(request.user, uuid))
    return Done()


@routes.delete(AVATAR, scope=Scope.ME_WRITE, answer=Done, errors=(), tags=["Me"])
def remove_own_avatar(request: ApiRequest) -> Done:
    """Take your picture away.

    Others see your initials.
    """
    remove_avatar(actor=request.user)
    return Done()


@routes.post(ICON, scope=Scope.PROJECTS_WRITE, answer=StartedPortraitOut, status=201, limit=UPLOAD, tags=["Projects"])
def start_icon(request: ApiRequest, key: str, picture: PortraitIn) -> StartedPortraitOut:
    """Announce an icon of a project.

    Then PUT its bytes where the answer says, and `finish`, as with every file. For leads.
    """
    return _start(request.user, _managed(request, key), picture)


@routes.get(f"{ICON}/{{uuid:uuid}}", scope=Scope.PROJECTS_READ, answer=PortraitOut, errors=(404,), tags=["Projects"])
def read_icon(request: ApiRequest, key: str, uuid: UUID) -> PortraitOut:
    """Read how far an icon has come.

    For leads.
    """
    return portrait_out(get_icon_or_404(_managed(request, key), uuid))


@routes.post(
    f"{ICON}/{{uuid:uuid}}/finish", scope=Scope.PROJECTS_WRITE, answer=PortraitOut, status=202, tags=["Projects"]
)
def finish_icon(request: ApiRequest, key: str, uuid: UUID) -> PortraitOut:
    """Say that the bytes of an icon are there.

    For leads.
    """
    return portrait_out(finish_upload(actor=request.user, file=get_icon_or_404(_managed(request, key), uuid)))


@routes.post(f"{ICON}/{{uuid:uuid}}/cancel", scope=Scope.PROJECTS_WRITE, answer=Done, errors=(404,), tags=["Projects"])
def cancel_icon(request: ApiRequest, key: str, uuid: UUID) -> Done:
    """Give up an icon that is on its way.

    For leads.
    """
    cancel_portrait(actor=request.user, file=get_icon_or_404(_managed(request, key), uuid))
    return Done()


@routes.delete(ICON, scope=Scope.PROJECTS_WRITE, answer=Done, errors=(404,), tags=["Projects"])
def remove_project_icon(request: ApiRequest, key: str) -> Done:
    """Take the icon of a project away.

    It is shown by its letters. For leads.
    """
    remove_icon(actor=request.user, project=_managed(request, key))
    return Done()


def _managed(request: ApiRequest, key: str) -> Project:
    return get_project_or_404(request.user, key, Perm.MANAGE_SETTINGS)


def _start(person: User, project: Project | None, picture: PortraitIn) -> StartedPortraitOut:
    started = start_portrait(
        actor=person, project=project, name=picture.name, size=picture.size, client_id=picture.client_id
    )
    file: File = started.file
    return StartedPortraitOut(file=portrait_out(file), put=put_out(started))
