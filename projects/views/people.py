"""The directory: whoever shares a project with the reader."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.http import AuthedRequest, page_or_fragment
from projects.queries import PEOPLE_PAGE, people_known_to, with_shared_projects


@require_safe
def directory(request: AuthedRequest) -> HttpResponse:
    """List the people whom the reader knows from their projects; site administrators see all."""
    text = request.GET.get("q", "").strip()[:100]
    page = Paginator(people_known_to(request.user, text=text), PEOPLE_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "people": with_shared_projects(request.user, page.object_list), "text": text}
    return page_or_fragment(request, "projects/people.html", "found", context)
