"""The files of a project: found by name, kind and person, page by page; and those that were removed."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config.http import page_or_fragment
from files.access import reason_against_adding
from files.cards import card_of
from files.enums import Kind
from files.models import File
from files.queries import TEXT_LENGTH, Wanted, files_of, uploaders_of
from files.space import space_of
from projects.access import access_to, seq_of
from projects.http import ProjectRequest, open_project, project_page
from projects.permissions import Perm

PAGE = 50


@project_page("files")
@login_not_required
@require_safe
def files_page(request: ProjectRequest, key: str) -> HttpResponse:
    """List files, the newest first. A script gets the list alone."""
    project = open_project(request, key)
    access = access_to(project, request.user)
    wanted = wanted_in(request)
    found = files_of(project, request.user, wanted, all_removed=access.can(Perm.DELETE_FILE))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    for file in page.object_list:
        file.project = project
    context = {
        "project": project,
        "seq": seq_of(project),
        "page": page,
        "cards": [(card_of(file), file.removed_by, _is_there(file)) for file in page.object_list],
        "wanted": wanted,
        "kinds": Kind.choices,
        "people": uploaders_of(project),
        "space": space_of(project, request.user),
        "reason": reason_against_adding(project, access),
        "may_purge": access.can(Perm.DELETE_FILE),
    }
    return page_or_fragment(request, "files/list.html", "found", context)


def _is_there(file: File) -> bool:
    """Say whether a file that is listed stands elsewhere than on an issue in the trash. Its issue is loaded."""
    return file.issue is None or file.issue.deleted_at is None


def wanted_in(request: HttpRequest) -> Wanted:
    """Return what the address asks for; what it cannot mean is left out. Guests have removed nothing."""
    kind = request.GET.get("kind", "")
    return Wanted(
        text=request.GET.get("q", "").replace("\0", "").strip()[:TEXT_LENGTH],
        kind=kind if kind in Kind.values else "",
        who=request.GET.get("who", "").replace("\0", "")[:TEXT_LENGTH],
        removed=request.GET.get("removed") == "1" and request.user.is_authenticated,
    )
