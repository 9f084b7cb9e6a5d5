"""The feed: what a page missed of its project, over HTTP. Pages that cannot have a socket ask it again and again."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from config.http import AuthedRequest
from notifications.live.feed import DIGITS, feed_after
from notifications.live.frames import VIEWS
from notifications.live.streams import as_json
from notifications.queries import unread_count
from projects.access import get_project_or_404
from projects.standing import place_of


@login_not_required
@require_safe
def project_feed(request: HttpRequest, key: str) -> HttpResponse:
    """Answer `?after=SEQ&view=board&thread=5` with the frames of what happened since, as the person may read it now."""
    place = place_of(get_project_or_404(request.user, key), request.user)
    view = request.GET.get("view", "")
    found = feed_after(
        place,
        request.user,
        after=_number(request.GET.get("after", "")),
        view=view if view in VIEWS else "",
        thread=_number(request.GET.get("thread", "")),
    )
    return HttpResponse(as_json(found), content_type="application/json")


@require_safe
def person_feed(request: AuthedRequest) -> HttpResponse:
    """Answer how many things in the person's inbox are unread: all that a page of no project asks for."""
    return JsonResponse({"unread": unread_count(request.user.pk)})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0
