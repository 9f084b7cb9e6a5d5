"""The bytes of a file: after its access function, an address in the storage that is good for a minute."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from files import storage
from files.enums import Form
from files.http import open_any_file, refuse_absent, send_away
from files.types import TEXT
from projects.http import ProjectRequest, project_page

WEBP = "image/webp"
PLAIN = f"{TEXT}; charset=utf-8"


@project_page("files")
@login_not_required
@require_safe
def file_download(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Send the reader to the bytes as they were sent, to be saved under the file's name."""
    file = open_any_file(request, key, uuid)
    if answer := refuse_absent(request, file):
        return answer
    return send_away(storage.sign_get(file.key, type=file.type, name=file.name))


@project_page("files")
@login_not_required
@require_safe
def file_raw(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Send the frame of a file's page to a text, which the browser opens as nothing else."""
    file = open_any_file(request, key, uuid)
    if answer := refuse_absent(request, file):
        return answer
    if file.type != TEXT:
        raise Http404("not shown")
    return send_away(storage.sign_get(file.key, type=PLAIN, name=file.name, inline=True))


@project_page("files")
@login_not_required
@require_safe
def file_thumb(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Send the reader to the small picture of a picture."""
    return _picture(request, key, uuid, Form.THUMB)


@project_page("files")
@login_not_required
@require_safe
def file_screen(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Send the reader to the picture in the size of a screen."""
    return _picture(request, key, uuid, Form.SCREEN)


def _picture(request: ProjectRequest, key: str, uuid: UUID, form: Form) -> HttpResponse:
    file = open_any_file(request, key, uuid)
    if answer := refuse_absent(request, file):
        return answer
    if not file.is_picture:
        raise Http404("no picture")
    name = f"{file.name}.{form}.webp"
    return send_away(storage.sign_get(file.form_key(form), type=WEBP, name=name, inline=True))
