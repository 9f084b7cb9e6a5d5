"""The only ways to get a conversation or a message from outside input. Not visible: 404. Not allowed: 403 with why."""

from django.http import Http404

from chat.models import Message, Thread
from chat.queries import discussion_of, messages, room_of
from projects.access import Person, get_project_or_404, require
from projects.models import Project
from projects.permissions import Perm


def thread_is_there(thread: Thread) -> bool:
    """Say whether a thread's place still exists: a discussion ends with its issue's way into the trash."""
    return thread.issue is None or thread.issue.deleted_at is None


def get_thread_or_404(person: Person, key: str, pk: int, perm: Perm = Perm.READ) -> Thread:
    """Return a thread of the project KEY with its project and issue, or raise Http404, or PermissionRefused."""
    project = get_project_or_404(person, key)
    thread = Thread.objects.filter(pk=pk, project=project).select_related("issue").first()
    if thread is None or not thread_is_there(thread):
        raise Http404("no such conversation")
    thread.project = project
    if thread.issue is not None:
        thread.issue.project = project
    require(project, person, perm)
    return thread


def get_place_or_404(person: Person, key: str, *, thread: int | None, issue: int | None) -> Thread:
    """Return the conversation that a form means: by its id, as that of an issue, or the room; perhaps not saved yet.

    Raises Http404. Whether the person may write in it is for the service to say.
    """
    if thread:
        return get_thread_or_404(person, key, thread)
    project = get_project_or_404(person, key)
    if issue is None:
        return room_of(project)
    found = project.issues.filter(number=issue, deleted_at__isnull=True).defer("search", "description").first()
    if found is None:
        raise Http404("no such issue")
    found.project = project
    return discussion_of(found)


def get_message_or_404(person: Person, key: str, pk: int, perm: Perm = Perm.READ) -> Message:
    """Return a message of the project KEY, with all that its HTML needs, or raise Http404, or PermissionRefused.

    Tombstones are found as well; the services refuse what cannot be done to them.
    """
    project = get_project_or_404(person, key)
    message = messages().filter(pk=pk, thread__project=project).select_related("thread__issue").first()
    if message is None or not thread_is_there(message.thread):
        raise Http404("no such message")
    return _with_project(message, project, person, perm)


def _with_project(message: Message, project: Project, person: Person, perm: Perm) -> Message:
    message.thread.project = project
    if message.thread.issue is not None:
        message.thread.issue.project = project
    require(project, person, perm)
    return message
