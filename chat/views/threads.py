"""A conversation in parts: pages of its messages, how far one has read, and whom one may mention."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST, require_safe

from chat.forms import ReadForm, first_problem
from chat.http import open_thread, place_in
from chat.mentions import issue_keys_in
from chat.queries import completions
from chat.refs import card_of, visible_refs, who_is
from chat.rendering import ref_html
from chat.services.reading import mark_read
from chat.talk import talk_of
from config.errors import DomainError
from config.http import HtmxRequest, render_fragment, safe_next
from projects.http import MemberRequest, ProjectRequest, open_project, project_page
from projects.permissions import Perm


@login_not_required
@require_safe
@project_page("chat")
def thread_messages(request: ProjectRequest, key: str, thread: int) -> HttpResponse:
    """Return one page of messages alone, with the ways to older and newer ones."""
    talk = talk_of(open_thread(request, key, thread), request.user, place_in(request))
    return render_fragment(request, "chat/page.html", "page", {"talk": talk})


@require_POST
@project_page("chat")
def thread_read(request: MemberRequest, key: str, thread: int) -> HttpResponse:
    """Note how far the person has read: 204 to a script, otherwise back to the page."""
    opened = open_thread(request, key, thread)
    form = ReadForm(request.POST)
    if not form.is_valid():
        raise DomainError(first_problem(form), code="invalid")
    mark_read(person=request.user, thread=opened, seq=form.cleaned_data["seq"])
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(safe_next(request, f"/{key}/chat/"))


@require_GET
@project_page("chat")
def thread_people(request: MemberRequest, key: str, thread: int) -> JsonResponse:
    """Return whom a message may mention as JSON; the thread 0 is one in which nothing was said yet.

    For those who may write one: who the members are is told to nobody else.
    """
    opened = open_thread(request, key, thread, Perm.WRITE_MESSAGE) if thread else None
    project = opened.project if opened else open_project(request, key, Perm.WRITE_MESSAGE)
    found = completions(request.user, project, opened, request.GET.get("q", "")[:32].strip())
    return JsonResponse({"people": [card_of(who_is(person)) for person in found]})


@login_not_required
@require_GET
def refs(request: HtmxRequest) -> JsonResponse:
    """Return the chips of the issues that the reader may see, by the keys that were asked for (`?keys=A-1,B-2`)."""
    wanted = [pair for part in request.GET.get("keys", "").split(",")[:50] for pair in issue_keys_in(part)]
    found: dict[str, Any] = {key: ref_html(ref, key) for key, ref in visible_refs(request.user, wanted).items()}
    return JsonResponse({"refs": found})
