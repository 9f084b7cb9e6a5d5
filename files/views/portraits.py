"""People's pictures and projects' icons: sent step by step by the page's script, taken away by a form, and shown."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import UPLOAD, limited
from config.http import AuthedRequest, answers_json, wants_json
from files.access import get_icon_or_404, get_own_file_or_404
from files.forms import PortraitForm
from files.http import checked, sent_json, started_json
from files.models import File
from files.portraits import shows_avatar, squares
from files.services.portraits import cancel_portrait, remove_avatar, remove_icon, start_portrait
from files.services.uploads import finish_upload
from projects.http import MemberRequest, ProjectRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm

PROFILE = "/me/"
# What is under such an address never changes: another picture has another one.
FOR_GOOD = "private, max-age=31536000, immutable"


@login_not_required
@require_safe
def avatar(request: ProjectRequest, avatar: UUID) -> HttpResponse:
    """Show someone's present picture."""
    if not shows_avatar(request.user, avatar):
        raise Http404("no such picture")
    return _square(request, avatar)


@answers_json
@require_POST
@limited(UPLOAD)
def avatar_start(request: AuthedRequest) -> HttpResponse:
    """Announce a picture of the person."""
    return _start(request, None, f"{PROFILE}avatar/")


@answers_json
@require_POST
def avatar_finish(request: AuthedRequest, own: UUID) -> HttpResponse:
    """Say that the picture has been sent."""
    return _finish(request, get_own_file_or_404(request.user, own))


@answers_json
@require_safe
def avatar_state(request: AuthedRequest, own: UUID) -> HttpResponse:
    """Say how far the picture has come."""
    return JsonResponse({"file": _told(get_own_file_or_404(request.user, own))})


@require_POST
def avatar_cancel(request: AuthedRequest, own: UUID) -> HttpResponse:
    """Give up a picture that is on its way, or clear away what became of one."""
    return _cancel(request, get_own_file_or_404(request.user, own), PROFILE)


@require_POST
def avatar_remove(request: AuthedRequest) -> HttpResponse:
    """Take the person's picture away."""
    remove_avatar(actor=request.user)
    messages.success(request, _("Your picture is gone. Others see your initials."))
    return redirect(PROFILE)


@login_not_required
@require_safe
@project_page("")
def icon(request: ProjectRequest, key: str, icon: UUID) -> HttpResponse:
    """Show a project's present icon."""
    if open_project(request, key).icon_id != icon:
        raise Http404("no such icon")
    return _square(request, icon)


@answers_json
@require_POST
@limited(UPLOAD)
def icon_start(request: MemberRequest, key: str) -> HttpResponse:
    """Announce an icon of the project."""
    project = _managed(request, key)
    return _start(request, project, f"{project.url}settings/icon/")


@answers_json
@require_POST
def icon_finish(request: MemberRequest, key: str, icon: UUID) -> HttpResponse:
    """Say that the icon has been sent."""
    return _finish(request, get_icon_or_404(_managed(request, key), icon))


@answers_json
@require_safe
def icon_state(request: MemberRequest, key: str, icon: UUID) -> HttpResponse:
    """Say how far the icon has come."""
    return JsonResponse({"file": _told(get_icon_or_404(_managed(request, key), icon))})


@require_POST
def icon_cancel(request: MemberRequest, key: str, icon: UUID) -> HttpResponse:
    """Give up an icon that is on its way, or clear away what became of one."""
    project = _managed(request, key)
    return _cancel(request, get_icon_or_404(project, icon), f"{project.url}settings/")


@require_POST
def icon_remove(request: MemberRequest, key: str) -> HttpResponse:
    """Take the project's icon away."""
    project = _managed(request, key)
    remove_icon(actor=request.user, project=project)
    messages.success(request, _("The icon is gone. The project is shown by its letters."))
    return redirect(f"{project.url}settings/")


def _managed(request: MemberRequest, key: str) -> Project:
    return open_project(request, key, Perm.MANAGE_SETTINGS)


def _start(request: AuthedRequest, project: Project | None, base: str) -> HttpResponse:
    given = checked(PortraitForm(sent_json(request)))
    started = start_portrait(actor=request.user, project=project, **given)
    return JsonResponse(started_json(started, f"{base}{started.file.uuid}/", _told(started.file)), status=201)


def _finish(request: AuthedRequest, file: File) -> HttpResponse:
    return JsonResponse({"file": _told(finish_upload(actor=request.user, file=file))}, status=202)


def _cancel(request: AuthedRequest, file: File, back: str) -> HttpResponse:
    cancel_portrait(actor=request.user, file=file)
    return HttpResponse(status=204) if wants_json(request) else redirect(back)


def _told(file: File) -> dict[str, str | int]:
    told = str(file.sentence) if file.refusal else ""
    return {"uuid": str(file.uuid), "name": file.name, "size": file.size, "state": file.state, "refusal": told}


def _square(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer with the bytes, with 304 to whoever has them, or with a bare 404 where the storage is away."""
    headers = {"Cache-Control": FOR_GOOD, "ETag": f'"{uuid}"'}
    answer = HttpResponse(content_type="image/webp", headers=headers)
    known = get_conditional_response(request, etag=headers["ETag"], response=answer)
    if known is not None and known is not answer:
        return known
    found = squares.get(uuid)
    if found is None:
        return HttpResponse(status=404, headers={"Cache-Control": "no-store"})
    answer.content = found
    return answer
