"""Sending, changing and deleting messages."""

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import CHAT, COMMENT, spend, who_of
from chat.access import get_message_or_404, get_place_or_404
from chat.enums import REACTIONS
from chat.forms import ComposerForm, EditForm, ReactForm, first_problem
from chat.http import open_message
from chat.models import Message, Thread
from chat.queries import drafts_of, message_again
from chat.services.messages import delete_message, edit_message, post_message, require_author
from chat.services.reactions import react
from chat.talk import Draft, bare_talk, lines_of, place_of_message
from chat.versions import versions_of
from config.differences import differences
from config.errors import Conflict, DomainError, PermissionRefused
from config.http import page_or_fragment, render_fragment, told_when
from files.cards import card_of
from projects.access import access_to
from projects.http import MemberRequest, ProjectRequest, project_page
from projects.permissions import Perm


@require_POST
@project_page("chat")
def message_post(request: MemberRequest, key: str) -> HttpResponse:
    """Say something. A script gets the new list item and an empty composer, a plain form is led to its message.

    A refused text is lost nowhere: a script keeps its composer, a plain form comes back with it.
    """
    form = ComposerForm(request.POST)
    if not form.is_valid():
        raise DomainError(first_problem(form), code="invalid")
    sent = form.cleaned_data
    thread = get_place_or_404(request.user, key, thread=sent["thread"], issue=sent["issue"])
    request.project = thread.project
    reply = get_message_or_404(request.user, key, sent["reply_to"]) if sent["reply_to"] else None
    values = {"body": sent["body"], "client_id": sent["client_id"], "reply_to": reply, "files": sent["files"]}
    try:
        spend(COMMENT if thread.issue_id else CHAT, who_of(request))
        message = post_message(actor=request.user, thread=thread, **values)
    except PermissionRefused:
        raise
    except DomainError as error:
        return _not_sent(request, thread, error, values)
    return _sent(request, message)


@login_not_required
@require_safe
@project_page("chat")
def message_detail(request: ProjectRequest, key: str, message: int) -> HttpResponse:
    """Return one message alone to a script; lead everyone else to where it stands."""
    found = open_message(request, key, message)
    return message_answer(request, found) if request.htmx else redirect(place_of_message(found))


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("chat")
def message_edit(request: MemberRequest, key: str, message: int) -> HttpResponse:
    """Change one's own message, or show the form for it. A refused text stays in the form."""
    found = open_message(request, key, message, Perm.WRITE_MESSAGE)
    require_author(request.user, found)
    if request.method != "POST":
        return _form(request, found, {"body": found.body, "version": found.version})
    form = EditForm(request.POST)
    if not form.is_valid():
        raise DomainError(first_problem(form), code="invalid")
    try:
        edit_message(actor=request.user, message=found, **form.cleaned_data)
    except PermissionRefused:
        raise
    except DomainError as error:
        return _form_again(request, found, form.cleaned_data, error)
    return message_answer(request, found)


@require_POST
@project_page("chat")
def message_delete(request: MemberRequest, key: str, message: int) -> HttpResponse:
    """Take a message back."""
    found = open_message(request, key, message)
    delete_message(actor=request.user, message=found)
    return message_answer(request, found)


@require_POST
@project_page("chat")
def message_react(request: MemberRequest, key: str, message: int) -> HttpResponse:
    """Put a sign under a message or take one's own away."""
    found = open_message(request, key, message)
    form = ReactForm(request.POST)
    if not form.is_valid():
        raise DomainError(first_problem(form), code="invalid")
    react(actor=request.user, message=found, **form.cleaned_data)
    return message_answer(request, found)


@login_not_required
@require_safe
@project_page("chat")
def message_menu(request: ProjectRequest, key: str, message: int) -> HttpResponse:
    """Show what this reader may do with a message: as a list for a script, as a page for all others."""
    found = open_message(request, key, message)
    access = access_to(found.thread.project, request.user)
    is_own = found.author_id == request.user.pk
    context = {
        "message": found,
        "place": place_of_message(found),
        "signs": REACTIONS,
        "is_own": is_own,
        "may_write": access.can(Perm.WRITE_MESSAGE),
        "may_delete": access.can(Perm.WRITE_MESSAGE if is_own else Perm.DELETE_MESSAGE),
        "may_make": access.can(Perm.CREATE_ISSUE) and found.made_issue_id is None,
    }
    return page_or_fragment(request, "chat/menu.html", "menu", context)


@login_not_required
@require_safe
@project_page("chat")
def message_versions(request: ProjectRequest, key: str, message: int) -> HttpResponse:
    """Show what each edit made of a message; of a deleted one nothing."""
    found = open_message(request, key, message)
    context = {"message": found, "place": place_of_message(found), "versions": versions_of(found)}
    return page_or_fragment(request, "chat/versions.html", "dialog", context)


def message_answer(request: ProjectRequest | MemberRequest, message: Message) -> HttpResponse:
    """Answer with a message as it is now: its list item to a script, a redirect to it for a plain form."""
    if not request.htmx:
        return redirect(place_of_message(message))
    line = lines_of(message.thread, [message_again(message)], request.user)[0]
    return HttpResponse(line.html)


def _form(
    request: MemberRequest, message: Message, values: dict[str, Any], error: DomainError | None = None
) -> HttpResponse:
    context = {
        "message": message,
        "place": place_of_message(message),
        "values": values,
        "error": str(error or ""),
        "pieces": differences(message.body, values["body"]) if isinstance(error, Conflict) else [],
    }
    status = error.status if error else 200
    return page_or_fragment(request, "chat/edit.html", "form", context, status=status)


def _form_again(request: MemberRequest, message: Message, sent: dict[str, Any], error: DomainError) -> HttpResponse:
    """Show the form with what was sent and the message as it is now, over which it is sent the next time."""
    now = message_again(message)
    return _form(request, now, {**sent, "version": now.version}, error)


def _sent(request: MemberRequest, message: Message) -> HttpResponse:
    if not request.htmx:
        return redirect(place_of_message(message))
    lines = lines_of(message.thread, [message_again(message)], request.user)
    context = {"talk": bare_talk(message.thread, request.user, lines)}
    response = render_fragment(request, "chat/write.html", "sent", context)
    news = {"thread": message.thread.pk, "message": message.pk, "seq": message.seq}
    response.headers["HX-Trigger"] = json.dumps({"message-sent": news})
    return response


def _not_sent(request: MemberRequest, thread: Thread, error: DomainError, sent: dict[str, Any]) -> HttpResponse:
    """Answer a refusal: a toast over the page that still has the text, or a page whose form holds it and its files."""
    if request.htmx or request.headers.get("Accept", "").startswith("application/json"):
        raise error
    files = [card_of(file) for file in drafts_of(request.user, thread.project, sent["files"])]
    draft = Draft(body=sent["body"], error=str(error), reply=sent["reply_to"], files=files)
    talk = bare_talk(thread, request.user, draft=draft)
    return told_when(render(request, "chat/write.html", {"talk": talk}, status=error.status), error)
