"""Reading conversations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Prefetch, QuerySet

from chat.models import Message, Reaction, ReadCursor, Thread
from projects.access import Person
from projects.models import Project

if TYPE_CHECKING:
    from issues.models import Issue

PAGE = 50


def room_of(project: Project) -> Thread:
    """Return the project's room, with its project; an unsaved one where nothing was said yet."""
    found = Thread.objects.filter(project=project, issue=None).first() or Thread(project=project)
    found.project = project
    return found


def discussion_of(issue: "Issue") -> Thread:
    """Return the issue's discussion, with its project; an unsaved one where nothing was said yet."""
    found = Thread.objects.filter(issue=issue).first() or Thread(project=issue.project, issue=issue)
    found.project = issue.project
    return found


def messages() -> QuerySet[Message]:
    """Return messages with all that their HTML needs: author, reply with its author, reactions with their people."""
    reactions = Prefetch("reactions", Reaction.objects.select_related("person").order_by("pk"))
    return Message.objects.select_related(
        "author", "reply_to", "reply_to__author", "made_issue", "made_issue__project", "deleted_by"
    ).prefetch_related(reactions)


@dataclass(frozen=True)
class Page:
    """Some messages of a thread, oldest first; `older` and `newer` say whether there are more on either side."""

    messages: Sequence[Message]
    older: bool
    newer: bool = False


def page_before(thread: Thread, before: int | None = None) -> Page:
    """Return the PAGE messages before the number `before`, or the newest (two statements, one where there is none)."""
    wanted = messages().filter(thread_id=thread.pk or 0)
    if before is not None:
        wanted = wanted.filter(seq__lt=before)
    found = list(wanted.order_by("-seq")[: PAGE + 1])
    return Page(found[:PAGE][::-1], len(found) > PAGE, newer=before is not None)


def page_around(thread: Thread, seq: int) -> Page:
    """Return a page of messages in whose middle `seq` stands: what a permalink and the unread line lead to."""
    wanted = messages().filter(thread_id=thread.pk or 0)
    above = list(wanted.filter(seq__lt=seq).order_by("-seq")[: PAGE // 2 + 1])
    below = list(wanted.filter(seq__gte=seq).order_by("seq")[: PAGE + 1])
    return Page([*above[: PAGE // 2][::-1], *below[:PAGE]], len(above) > PAGE // 2, len(below) > PAGE)


def messages_after(thread: Thread, after: int) -> list[Message]:
    """Return up to PAGE messages with a number above `after`, oldest first."""
    return list(messages().filter(thread_id=thread.pk or 0, seq__gt=after).order_by("seq")[:PAGE])


def cursor_of(thread: Thread, person: Person) -> int:
    """Return the number up to which the person has read the thread; 0 for a guest and for a thread never opened."""
    if not person.is_authenticated or thread.is_new:
        return 0
    return ReadCursor.objects.filter(thread=thread, person=person).values_list("seq", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Talk:
    """What a card shows of an issue's discussion: how many messages it has, and how many the reader has not seen."""

    count: int
    unread: int


# A person who never opened a discussion is shown no dot for it: unread is what came since they last looked.
_TALKS = """
SELECT thread.issue_id, thread.message_count, COALESCE(thread.seq - cursor.seq, 0)
FROM chat_thread AS thread
LEFT JOIN chat_readcursor AS cursor ON cursor.thread_id = thread.id AND cursor.person_id = %s
WHERE thread.issue_id = ANY(%s) AND thread.seq > 0
"""


def talks_of(issue_ids: Iterable[int], person_id: int | None) -> dict[int, Talk]:
    """Return the talk of each of the issues that has one (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute(_TALKS, [person_id or 0, list(issue_ids)])
        return {issue: Talk(count, unread) for issue, count, unread in cursor.fetchall()}
