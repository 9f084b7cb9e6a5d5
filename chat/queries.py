"""Reading conversations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Upper

from accounts.models import User
from chat.models import Message, Reaction, ReadCursor, Thread
from files.enums import Place
from files.models import File
from projects.access import Person
from projects.models import Membership, Project
from projects.queries import people_known_to, readers_of

if TYPE_CHECKING:
    from issues.models import Issue

PAGE = 50
COMPLETIONS = 8


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


class _WithFiles(QuerySet[Message]):
    """Messages that fetch their files where some were sent with any: most pages have none, and save the statement."""

    def _prefetch_related_objects(self) -> None:
        super()._prefetch_related_objects()  # type: ignore[misc]
        files = Prefetch("files", File.objects.filter(removed_at__isnull=True).order_by("pk"))
        prefetch_related_objects([message for message in self if message.file_count], files)


def messages() -> QuerySet[Message]:
    """Return messages with all that their HTML needs (two statements, three where some were sent with files): author,
    reply, reactions with their people, and the files that were not removed.

    `before_author` and `before_at` are of the message before it in its thread, which no deletion takes away.
    """
    reactions = Prefetch("reactions", Reaction.objects.select_related("person").order_by("pk"))
    before = Message.objects.filter(thread=OuterRef("thread"), seq=OuterRef("seq") - 1)
    return (
        _WithFiles(Message)
        .select_related("author", "reply_to", "reply_to__author", "made_issue", "deleted_by")
        .prefetch_related(reactions)
        .defer("made_issue__description", "made_issue__search", "made_issue__resolution")
        .annotate(before_author=Subquery(before.values("author")), before_at=Subquery(before.values("at")))
    )


def message_again(message: Message) -> Message:
    """Return a message as the database has it now, with all that its HTML needs, in the thread that is loaded."""
    found = messages().get(pk=message.pk)
    found.thread = message.thread
    return found


def message_to_answer(thread: Thread, pk: int) -> Message | None:
    """Return a message of the thread that can be answered, with its author; None for any other."""
    found = Message.objects.filter(pk=pk, thread_id=thread.pk or 0, deleted_at__isnull=True)
    return found.select_related("author").first()


def drafts_of(person: User, project: Project, uuids: Iterable[UUID]) -> list[File]:
    """Return those of the files that the person has dropped into a text of the project and not sent yet."""
    rows = File.objects.filter(uploader=person, project=project, place=Place.DRAFT, removed_at__isnull=True)
    files = list(rows.filter(uuid__in=list(uuids)).select_related("uploader").order_by("pk"))
    for file in files:
        file.project = project
    return files


@dataclass(frozen=True)
class Page:
    """Some messages of a thread, oldest first; `older` and `newer` say whether there are more on either side."""

    messages: Sequence[Message]
    older: bool
    newer: bool = False


def page_before(thread: Thread, before: int | None = None, size: int = PAGE) -> Page:
    """Return the messages before the number `before`, or the newest (two statements, one where there is none)."""
    wanted = messages().filter(thread_id=thread.pk or 0)
    if before is not None:
        wanted = wanted.filter(seq__lt=before)
    found = list(wanted.order_by("-seq")[: size + 1])
    return Page(found[:size][::-1], len(found) > size, newer=before is not None)


def page_around(thread: Thread, seq: int, size: int = PAGE) -> Page:
    """Return a page of messages in whose middle `seq` stands: what a permalink and the unread line lead to."""
    wanted = messages().filter(thread_id=thread.pk or 0)
    above = list(wanted.filter(seq__lt=seq).order_by("-seq")[: size // 2 + 1])
    below = list(wanted.filter(seq__gte=seq).order_by("seq")[: size + 1])
    return Page([*above[: size // 2][::-1], *below[:size]], len(above) > size // 2, len(below) > size)


def page_after(thread: Thread, after: int, size: int = PAGE) -> Page:
    """Return the messages that follow the number `after`."""
    found = list(messages().filter(thread_id=thread.pk or 0, seq__gt=after).order_by("seq")[: size + 1])
    return Page(found[:size], after > 0, len(found) > size)


def reading_of(thread: Thread, person: Person) -> ReadCursor | None:
    """Return how far the person has read the thread, and when; None for a guest and for a thread never opened."""
    if not person.is_authenticated or thread.is_new:
        return None
    return ReadCursor.objects.filter(thread=thread, person=person).first()


def cursor_of(thread: Thread, person: Person) -> int:
    """Return the number up to which the person has read the thread; 0 for a guest and for a thread never opened."""
    found = reading_of(thread, person)
    return found.seq if found else 0


def mentionable(project: Project, usernames: Iterable[str]) -> list[User]:
    """Return those of the people who may read the project (one statement, none without names)."""
    wanted = sorted({name.upper() for name in usernames})
    if not wanted:
        return []
    return list(readers_of(project).annotate(upper=Upper("username")).filter(upper__in=wanted))


def completions(writer: User, project: Project, thread: Thread | None, text: str) -> list[User]:
    """Return up to COMPLETIONS people whom a message may mention: username or a word of the name begins with `text`.

    Who wrote in the thread last comes first, then members by name. Beside these two, only people whom the writer knows
    anyway are offered, and only by a text: everyone may read a public project, but nobody is told who everyone is.
    """
    wrote = Message.objects.filter(thread_id=thread.pk if thread else 0, author=OuterRef("pk")).order_by()
    member = Membership.objects.filter(project=project, person=OuterRef("pk"))
    offered = Q(Exists(member)) | Q(Exists(wrote))
    people = readers_of(project)
    if text:
        offered |= Q(pk__in=people_known_to(writer).order_by().values("pk"))
        begins = Q(username__istartswith=text) | Q(display_name__istartswith=text)
        people = people.filter(begins | Q(display_name__icontains=f" {text}"))
    last = Subquery(wrote.values("author").annotate(last=Max("seq")).values("last"))
    found = people.filter(offered).annotate(last=last)
    return list(found.order_by(F("last").desc(nulls_last=True), "display_name", "username")[:COMPLETIONS])


@dataclass(frozen=True, slots=True)
class Talk:
    """What a card shows of an issue's discussion: how many messages it has, and how many came since the reader looked.

    `looked` says whether they ever did; who did not is shown nothing new, now and when more is said.
    """

    count: int
    unread: int
    looked: bool = False


# A person who never opened a discussion is shown no dot for it: unread is what came since they last looked.
_TALKS = """
SELECT thread.issue_id, thread.message_count, COALESCE(thread.seq - cursor.seq, 0), cursor.id IS NOT NULL
FROM chat_thread AS thread
LEFT JOIN chat_readcursor AS cursor ON cursor.thread_id = thread.id AND cursor.person_id = %s
WHERE thread.issue_id = ANY(%s) AND thread.seq > 0
"""


def talks_of(issue_ids: Iterable[int], person_id: int | None) -> dict[int, Talk]:
    """Return the talk of each of the issues that has one (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute(_TALKS, [person_id or 0, list(issue_ids)])
        return {issue: Talk(*shown) for issue, *shown in cursor.fetchall()}
