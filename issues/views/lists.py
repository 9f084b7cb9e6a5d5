"""The list of a project's issues."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config.http import page_or_fragment
from issues.cards import rows_html
from issues.filters import parse_filter, words_of
from issues.queries import issue_list
from issues.views.board import board_context
from projects.access import seq_of
from projects.http import ProjectRequest, open_project, project_page


@project_page("issues")
@login_not_required
@require_safe
def issue_list_page(request: ProjectRequest, key: str) -> HttpResponse:
    """Show one page of a project's issues, filtered and sorted as the address says; a script gets what changes."""
    project = open_project(request, key)
    wanted = parse_filter(words_of(request.GET), project, request.user.pk)
    found = issue_list(project, wanted, request.user.pk, page_of(request))
    context = board_context(request, project, wanted) | {"found": found, "rows_html": rows_html, "seq": seq_of(project)}
    return page_or_fragment(request, "issues/list.html", "fragment", context)


def page_of(request: HttpRequest) -> int:
    """Return the page that the address asks for; what is no page is the first."""
    word = request.GET.get("page", "1")
    return max(1, int(word)) if word.isascii() and word.isdecimal() and len(word) < 7 else 1  # noqa: PLR2004
