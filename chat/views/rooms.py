"""The room of a project."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.http import place_in, reply_in
from chat.queries import room_of
from chat.talk import Draft, Talk, refs_of, talk_of
from notifications.queries import head_of
from projects.events import project_stream
from projects.http import ProjectRequest, open_project, project_page


@login_not_required
@require_safe
@project_page("chat")
def room_page(request: ProjectRequest, key: str) -> HttpResponse:
    """Show the room: the newest messages, `?before=` and `?after=` a number, or `?at=` one; `?reply=` answers one.

    Writes nothing: the reader's cursor moves by the read form or the socket.
    """
    project = open_project(request, key)
    seq = head_of(project_stream(project.pk))
    thread = room_of(project)
    draft = Draft(reply=reply_in(request, thread))
    return room_answer(request, talk_of(thread, request.user, place_in(request), draft), seq)


def room_answer(request: ProjectRequest, talk: Talk, seq: int, status: int = 200) -> HttpResponse:
    """Answer with the page of a room."""
    context: dict[str, Any] = {"project": talk.thread.project, "talk": talk, "refs": refs_of(talk), "seq": seq}
    return render(request, "chat/room.html", context, status=status)
