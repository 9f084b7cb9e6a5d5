"""Sending a file, step by step, for the page's script: announce, say that it is there, ask how it stands, give up."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import UPLOAD, limited
from config.http import answers_json
from files.enums import Place
from files.forms import StartForm
from files.http import checked, file_json, open_file, open_upload, sent_json, started_json
from files.queries import issue_for
from files.services.uploads import cancel_upload, finish_upload, start_upload
from projects.http import MemberRequest, ProjectRequest, open_project, project_page


@answers_json
@require_POST
@limited(UPLOAD)
def upload_start(request: MemberRequest, key: str) -> HttpResponse:
    """Announce a file; the answer says where the browser puts it, and what to call then."""
    project = open_project(request, key)
    given = checked(StartForm(sent_json(request)))
    number = given.pop("issue")
    started = start_upload(
        actor=request.user,
        project=project,
        issue=None if number is None else issue_for(project, number),
        **given | {"place": Place(given["place"])},
    )
    file = started.file
    path = f"/{project.key}/files/{file.uuid}/"
    return JsonResponse(started_json(started, path, file_json(file)), status=201)


@answers_json
@require_POST
def upload_finish(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Say that a file has been sent: a worker looks at it next."""
    file = finish_upload(actor=request.user, file=open_upload(request, key, uuid))
    return JsonResponse({"file": file_json(file)}, status=202)


@answers_json
@require_POST
def upload_cancel(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Forget a file that nobody else has seen."""
    cancel_upload(actor=request.user, file=open_upload(request, key, uuid))
    return HttpResponse(status=204)


@answers_json
@project_page("files")
@login_not_required
@require_safe
def upload_state(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Say how far a file has come."""
    return JsonResponse({"file": file_json(open_file(request, key, uuid))})
