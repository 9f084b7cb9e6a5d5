"""What was said about an issue and what was done to it, in one stream, as one person sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import OuterRef, Subquery

from chat.models import Message, Reaction, ReadCursor, Thread
from chat.queries import message_to_answer, messages
from chat.talk import Draft, Line, Talk, bare_talk, lines_of
from issues.history import Entry, Said, Show, Story, story_of
from issues.models import Issue
from projects.access import Person


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: all or a part of the story, older steps (`before` a number of the project's log), the
    message with a number in its thread, and the id of one that is to be answered."""

    show: Show = Show.ALL
    before: int | None = None
    message: int | None = None
    reply: int | None = None


NEWEST = Wanted()


@dataclass(frozen=True)
class Stream:
    """The story with its messages as HTML, by their ids, and what the reader may write."""

    story: Story
    talk: Talk
    show: Show = Show.ALL
    lines: Mapping[int, Line] = field(default_factory=dict)
    is_past: bool = False

    @property
    def entries(self) -> Sequence[Entry | Line]:
        """The lines of the stream in their order: changes, and messages as the macros of chat show them."""
        return [
            self.lines[entry.message_id] if isinstance(entry, Said) else entry
            for entry in self.story.entries
            if not isinstance(entry, Said) or entry.message_id in self.lines
        ]

    @property
    def count(self) -> int:
        """The number of messages, without the deleted ones; in the past of those that stand here."""
        if self.is_past:
            return sum(1 for line in self.lines.values() if line.shown.deleted_by is None)
        return self.talk.thread.message_count

    @property
    def grows(self) -> bool:
        """Say whether messages that arrive belong at its end."""
        return not self.is_past and not self.story.is_old and self.show != Show.CHANGES


def nothing_said(issue: Issue, person: Person) -> Stream:
    """Return a stream without anything in it, for parts of the page that show none."""
    return Stream(Story([], 0, None), bare_talk(Thread(project=issue.project, issue=issue), person))


def stream_of(issue: Issue, person: Person, wanted: Wanted = NEWEST) -> Stream:
    """Return the stream of an issue. Beside the story's, it takes three statements (discussion, messages, reactions),
    one for files where any were sent, and at most four for the people and issues that the messages name; their number
    does not matter."""
    thread, reading = _discussion(issue, person)
    story = story_of(issue, before=wanted.before, around=wanted.message, show=wanted.show)
    found = _messages(thread, story)
    reply = message_to_answer(thread, wanted.reply) if wanted.reply is not None else None
    lines = lines_of(thread, found, person, reading, marked=wanted.message)
    talk = bare_talk(thread, person, lines, Draft(reply=reply))
    if reading is not None:
        talk = replace(talk, read=reading.seq, unseen=max(0, thread.seq - reading.seq))
    return Stream(story, talk, wanted.show, {line.shown.pk: line for line in lines})


def stream_at(issue: Issue, person: Person, moment: datetime, wanted: Wanted = NEWEST) -> Stream:
    """Return the stream as it was at a moment, for reading only. What was deleted since stays deleted."""
    story = story_of(issue, until=moment, before=wanted.before, around=wanted.message)
    thread, _reading = _discussion(issue, person)
    lines = lines_of(thread, _as_they_were(_messages(thread, story), moment), person, marked=wanted.message)
    return Stream(story, bare_talk(thread, person, lines), lines={line.shown.pk: line for line in lines}, is_past=True)


def _discussion(issue: Issue, person: Person) -> tuple[Thread, ReadCursor | None]:
    """Return the issue's discussion, unsaved where nothing was said, and how far the person has read it."""
    mine = ReadCursor.objects.filter(thread=OuterRef("pk"), person=person.pk or 0)
    rows = Thread.objects.annotate(read_seq=Subquery(mine.values("seq")), read_at=Subquery(mine.values("at")))
    found = rows.filter(issue=issue).first()
    if found is None:
        return Thread(project=issue.project, issue=issue), None
    found.project, found.issue = issue.project, issue
    if found.read_seq is None or person.pk is None:
        return found, None
    return found, ReadCursor(thread=found, person_id=person.pk, seq=found.read_seq, at=found.read_at)


def _messages(thread: Thread, story: Story) -> list[Message]:
    ids = story.message_ids
    return list(messages().filter(thread=thread, pk__in=ids).order_by("seq")) if ids else []


def _as_they_were(found: list[Message], moment: datetime) -> list[Message]:
    """Give messages the text that they had at a moment (one statement, none where none was edited since).

    Reactions have no past, so none are shown.
    """
    edited = [message for message in found if message.edited_at and message.edited_at > moment]
    rows = Message.history.filter(id__in=[message.pk for message in edited], history_date__lte=moment)
    then = {row.id: row for row in rows.order_by("id", "-history_date", "-history_id").distinct("id")} if edited else {}
    for message in found:
        message._prefetched_objects_cache["reactions"] = Reaction.objects.none()  # type: ignore[attr-defined]  # noqa: SLF001
        if message.pk in then and not message.deleted_at:
            message.body, message.edited_at = then[message.pk].body, then[message.pk].edited_at
    return found
