"""A file's own page: the picture or text, who sent it, and what this reader may do with it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.http import page_or_fragment
from files.access import may_change, project_of
from files.cards import card_of
from files.enums import Place
from files.http import open_any_file, refuse_absent
from files.models import File
from files.queries import neighbours_of
from projects.access import access_to
from projects.http import ProjectRequest, project_page
from projects.permissions import Perm


@project_page("files")
@login_not_required
@require_safe
def file_view(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Show a file, or offer it for download where no page can show it. A script gets the part that is the file."""
    file = open_any_file(request, key, uuid)
    if answer := refuse_absent(request, file):
        return answer
    beside = neighbours_of(file)
    for each in (beside.before, beside.after):
        if each is not None:
            each.project = project_of(file)
    context = file_context(request, file) | {"before": beside.before, "after": beside.after}
    return page_or_fragment(request, "files/view.html", "viewer", context)


@project_page("files")
@login_not_required
@require_safe
def file_menu(request: ProjectRequest, key: str, uuid: UUID) -> HttpResponse:
    """Show what this reader may do with a file: as a list for a script, as a page for all others."""
    file = open_any_file(request, key, uuid)
    return page_or_fragment(request, "files/menu.html", "menu", file_context(request, file))


def file_context(request: ProjectRequest, file: File) -> dict[str, Any]:
    """Return what templates need to know of a file and of the reader's rights."""
    project = project_of(file)
    stands = file.place != Place.DRAFT
    return {
        "project": project,
        "file": file,
        "card": card_of(file),
        "may_change": stands and may_change(file, request.user),
        "may_purge": stands and access_to(project, request.user).can(Perm.DELETE_FILE),
    }
