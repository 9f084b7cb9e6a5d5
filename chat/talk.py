"""A conversation as a page shows it: some of its messages, the reader's place in it, and what they may do."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from markupsafe import Markup

from chat.enums import REACTIONS
from chat.models import Message, ReadCursor, Thread
from chat.queries import Page, page_after, page_around, page_before, reading_of
from chat.refs import Ref
from chat.rendering import Shown, inline, message_html, place_of, shown_messages, starts_day, words_of
from files.cards import Card
from projects.access import Person, access_to, reason_against
from projects.permissions import Perm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Line:
    """A message on a page. `day` stands above the first of its day; `since` is when the reader last looked, above the
    first that they have not seen."""

    shown: Shown
    html: Markup
    day: date | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Draft:
    """What the form holds: a text that was refused (with why) and its files, and the message that it answers."""

    client_id: uuid.UUID = field(default_factory=uuid.uuid4)
    body: str = ""
    error: str = ""
    reply: Message | None = None
    files: Sequence[Card] = ()

    @property
    def reply_words(self) -> str:
        """The beginning of the message that is answered."""
        return words_of(self.reply) if self.reply else ""


@dataclass(frozen=True)
class Talk:
    """All that the macros of chat/_talk.html need. `refusal` says why the reader may not write; empty where they may.

    `older` and `newer` are numbers to page on from, or None. `read` is the reader's cursor, `unseen` how many messages
    came since; 0 for who never looked.
    """

    thread: Thread
    may_write: bool
    may_delete: bool
    refusal: str
    draft: Draft
    lines: Sequence[Line] = ()
    older: int | None = None
    newer: int | None = None
    read: int = 0
    unseen: int = 0

    @property
    def signs(self) -> "Mapping[str, StrOrPromise]":
        """The reactions on offer, with their names."""
        return REACTIONS

    @property
    def issue(self) -> str:
        """The key of the issue that is discussed; empty for a room."""
        thread = self.thread
        return f"{thread.project.key}-{thread.issue.number}" if thread.issue is not None else ""

    @property
    def url(self) -> str:
        """The page of the conversation."""
        return f"/{self.issue}/" if self.issue else f"/{self.thread.project.key}/chat/"


@dataclass(frozen=True)
class Place:
    """Which part of a conversation is asked for: before, after or around a number; the newest where all are None."""

    before: int | None = None
    after: int | None = None
    at: int | None = None


def talk_of(thread: Thread, person: Person, place: Place | None = None, draft: Draft | None = None) -> Talk:
    """Return a conversation as the person sees it (at most nine statements, whatever the number of messages)."""
    place = place or Place()
    page = _page(thread, place)
    reading = reading_of(thread, person)
    numbers = [message.seq for message in page.messages]
    lines = lines_of(thread, page.messages, person, reading, marked=place.at)
    return replace(
        bare_talk(thread, person, lines, draft),
        older=numbers[0] if numbers and page.older else None,
        newer=numbers[-1] if numbers and page.newer else None,
        read=reading.seq if reading else 0,
        unseen=max(0, thread.seq - reading.seq) if reading else 0,
    )


def bare_talk(thread: Thread, person: Person, lines: Sequence[Line] = (), draft: Draft | None = None) -> Talk:
    """Return a conversation of which only some lines and the composer are shown; reads at most who the leads are."""
    access = access_to(thread.project, person)
    return Talk(
        thread=thread,
        may_write=access.can(Perm.WRITE_MESSAGE),
        may_delete=access.can(Perm.DELETE_MESSAGE),
        refusal=reason_against(thread.project, access, Perm.WRITE_MESSAGE),
        draft=draft or Draft(),
        lines=lines,
    )


def refs_of(talk: Talk) -> list[Ref]:
    """Return the issues of the project that the shown messages name or became, in their order."""
    refs = (ref for line in talk.lines for ref in (*line.shown.refs, line.shown.made) if ref is not None)
    return list(dict.fromkeys(refs))


def place_of_message(message: Message) -> str:
    """Return the address that leads to a message in its conversation."""
    thread = message.thread
    issue = f"{thread.project.key}-{thread.issue.number}" if thread.issue is not None else ""
    return place_of(thread.project.key, issue, message.seq) + f"#message-{message.pk}"


def lines_of(
    thread: Thread,
    messages: Sequence[Message],
    person: Person,
    reading: ReadCursor | None = None,
    *,
    marked: int | None = None,
) -> list[Line]:
    """Return messages of a thread as one reader's page shows them; `marked` is the number that a permalink leads to."""
    shown = shown_messages(thread, messages)
    pieces = [message_html(each, marked=each.seq == marked) for each in shown]
    new = _first_unseen(shown, reading, person)
    html = _inlined(pieces, person)
    return [
        Line(
            each,
            piece,
            timezone.localdate(message.at) if starts_day(message) else None,
            reading.at if reading and each.seq == new else None,
        )
        for each, piece, message in zip(shown, html, messages, strict=True)
    ]


def _inlined(pieces: Sequence[Markup], person: Person) -> Iterable[Markup]:
    """Resolve what only this reader may see, for all pieces with one look."""
    joint = "\x00"
    return inline(joint.join(pieces), person).split(joint) if pieces else []


def _first_unseen(shown: Iterable[Shown], reading: ReadCursor | None, person: Person) -> int:
    """Return the number of the first message since the reader last looked, where others wrote since; otherwise 0."""
    if reading is None or not person.is_authenticated:
        return 0
    new = [each for each in shown if each.seq > reading.seq]
    is_others = any(each.author.username != person.get_username() for each in new)
    return reading.seq + 1 if is_others else 0


def _page(thread: Thread, place: Place) -> Page:
    if place.at is not None:
        return page_around(thread, place.at)
    if place.after is not None:
        return page_after(thread, place.after)
    return page_before(thread, place.before)
