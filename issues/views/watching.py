"""Watching an issue, muting it, or leaving it."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.errors import DomainError
from config.http import fragment_or_redirect, safe_next
from issues.http import open_issue
from issues.watchers import watchers_of
from notifications.watching import set_watching
from projects.http import MemberRequest, project_page

CHOICES = {"watching": True, "muted": False, "": None}


@require_POST
@project_page("issues")
def issue_watch(request: MemberRequest, key: str, number: int) -> HttpResponse:
    """Watch, mute or leave an issue: for everyone who may read it. Answers with the button and those who watch."""
    issue = open_issue(request, key, number)
    choice = request.POST.get("watch")
    if choice not in CHOICES:
        raise DomainError(_("Choose whether to watch %s, to mute it, or neither.") % issue.key, code="invalid")
    set_watching(actor=request.user, issue=issue, watching=CHOICES[choice])
    context = {"key": issue.key, "watchers": watchers_of(issue, request.user)}
    return fragment_or_redirect(
        request, "issues/parts.html", "watching", context, to=safe_next(request, f"/{issue.key}/")
    )
