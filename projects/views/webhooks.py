"""A project's webhooks, for whoever may change its settings. The pages are those of notifications/views/webhooks.py."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from notifications.views import webhooks as pages
from notifications.webhooks.frames import Frame
from projects.access import hooks_of
from projects.http import MemberRequest, open_project, project_page


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def webhook_list(request: MemberRequest, key: str) -> HttpResponse:
    """List the project's webhooks, and make one."""
    return pages.hook_list(request, _frame(request, key))


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def webhook_detail(request: MemberRequest, key: str, webhook: int) -> HttpResponse:
    """Show and change one, and what was sent by it."""
    return pages.hook_detail(request, _frame(request, key), webhook)


@require_POST
@project_page("settings")
def webhook_act(request: MemberRequest, key: str, webhook: int, act: str) -> HttpResponse:
    """Ping it, resume it, change its secrets, or delete it."""
    return pages.hook_act(request, _frame(request, key), webhook, act)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("settings")
def webhook_delivery(request: MemberRequest, key: str, webhook: int, delivery: int) -> HttpResponse:
    """Show one delivery, and send it again."""
    return pages.hook_delivery(request, _frame(request, key), webhook, delivery)


def _frame(request: MemberRequest, key: str) -> Frame:
    project = open_project(request, key)
    owner = hooks_of(project, request.user)
    base = f"{project.url}settings/webhooks/"
    return Frame(owner, base, "projects/settings_layout.html", {"project": project})
