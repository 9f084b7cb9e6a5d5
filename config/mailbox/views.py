"""What the mailbox of the local stack holds, at /_mail/. Development only: it shows the mails of everyone."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from config.mailbox.store import Kept, Mailbox

SHOWN = 100
# A mail's HTML runs nothing and fetches nothing; its links open in a window of their own.
SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " frame-ancestors 'self'"
)


def mailbox() -> Mailbox:
    """Return the mailbox of this installation."""
    return Mailbox(settings.MAILBOX_FOLDER)


@login_not_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """Show the newest mails, or those that went to an address."""
    wanted = request.GET.get("to", "").strip()[:254]
    context = {"mails": mailbox().newest(SHOWN, wanted), "wanted": wanted, "is_open": bool(settings.MAILBOX)}
    return render(request, "mailbox/list.html", context)


@login_not_required
@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: as HTML, as text, its headers and its source."""
    kept = _mail_or_404(name)
    source = (mailbox().source(name) or b"").decode(errors="replace")
    context = {"kept": kept, "text": kept.part("plain"), "has_html": bool(kept.part("html")), "source": source}
    return render(request, "mailbox/mail.html", context)


@login_not_required
@require_safe
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the HTML of a mail as it came, in a sandbox of its own."""
    html = _mail_or_404(name).part("html")
    response = HttpResponse('<base target="_blank">' + html)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _mail_or_404(name: str) -> Kept:
    kept = mailbox().read(name)
    if kept is None:
        raise Http404("no such mail")
    return kept
