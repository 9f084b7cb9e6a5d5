"""Making an issue of a message: a dialog over the conversation, or a page."""

import json

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.limits import ISSUE, TooMany, spend, who_of
from chat.http import open_message
from chat.models import Message
from chat.rendering import files_under
from chat.views.messages import message_answer
from config.errors import DomainError
from config.http import fragment_or_redirect, page_or_fragment, told_when
from issues.forms.frommessage import FromMessageForm
from issues.models import Issue
from issues.quoting import quotation_of, title_for
from issues.services.frommessage import create_issue_from_message
from projects.http import MemberRequest, project_page
from projects.permissions import Perm

PAGE = "issues/frommessage.html"


@project_page("chat")
@require_http_methods(["GET", "HEAD", "POST"])
def message_issue(request: MemberRequest, key: str, message: int) -> HttpResponse:
    """Show the form, filled with what the message says, or create the issue; the message then shows its chip."""
    said = open_message(request, key, message, Perm.CREATE_ISSUE)
    if request.method != "POST":
        files = files_under(said.thread, said)
        initial = {"title": title_for(said, files), "description": quotation_of(said, files)}
        form = FromMessageForm(project=request.project, initial=initial)
        return page_or_fragment(request, PAGE, "dialog", {"message": said, "form": form})
    form = FromMessageForm(request.POST, project=request.project)
    if form.is_valid():
        try:
            spend(ISSUE, who_of(request))
            issue = create_issue_from_message(actor=request.user, message=said, **form.cleaned_data)
        except TooMany as error:
            form.add_error(None, str(error))
            return told_when(_refused(request, said, form, status=error.status), error)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _made(request, said, issue)
    return _refused(request, said, form)


def _made(request: MemberRequest, message: Message, issue: Issue) -> HttpResponse:
    """Answer a script with the message as it is now, and say what was made; lead everyone else to the issue."""
    if not request.htmx:
        return redirect(f"/{issue.key}/")
    response = message_answer(request, message)
    told = {"kind": "ok", "title": _("%s is made of the message.") % issue.key}
    link = {"href": f"/{issue.key}/", "text": _("Open it")}
    response.headers["HX-Trigger"] = json.dumps({"toast": told | {"link": link}})
    return response


def _refused(request: MemberRequest, message: Message, form: FromMessageForm, *, status: int = 422) -> HttpResponse:
    response = fragment_or_redirect(request, PAGE, "dialog", {"message": message, "form": form}, status=status)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialogs", "innerHTML"
    return response
