"""A team's webhooks, for its owners and admins. The pages are those of notifications/views/webhooks.py."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import get_team_or_404, hooks_of
from config.http import AuthedRequest
from notifications.views import webhooks as pages
from notifications.webhooks.frames import Frame


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """List the team's webhooks, and make one."""
    return pages.hook_list(request, _frame(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_detail(request: AuthedRequest, pk: int, webhook: int) -> HttpResponse:
    """Show and change one, and what was sent by it."""
    return pages.hook_detail(request, _frame(request, pk), webhook)


@require_POST
def webhook_act(request: AuthedRequest, pk: int, webhook: int, act: str) -> HttpResponse:
    """Ping it, resume it, change its secrets, or delete it."""
    return pages.hook_act(request, _frame(request, pk), webhook, act)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_delivery(request: AuthedRequest, pk: int, webhook: int, delivery: int) -> HttpResponse:
    """Show one delivery, and send it again."""
    return pages.hook_delivery(request, _frame(request, pk), webhook, delivery)


def _frame(request: AuthedRequest, pk: int) -> Frame:
    team, access = get_team_or_404(request.user, pk)
    owner = hooks_of(team, request.user)
    return Frame(owner, f"{team.url}webhooks/", "teams/layout.html", {"team": team, "access": access})
