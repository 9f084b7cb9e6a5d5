"""Messages as HTML. One is rendered once for all that look alike, because every reader sees the same message.

What only some readers may see is not in it: an issue of another project stands there as its key alone, and `inline`
puts the chip in its place for one reader.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from django.template import engines
from django.utils import timezone
from django.utils.translation import ngettext
from markupsafe import Markup, escape

from accounts.models import User
from chat.enums import REACTIONS
from chat.mentions import ISSUE, PERSON, issue_keys_in, usernames_in
from chat.models import Message, Reaction, Thread
from chat.queries import mentionable
from chat.refs import Ref, Who, refs_within, visible_refs, who_is
from config import markdown
from config.kept import reading_language
from files.cards import Card, card_of
from projects.access import Person
from projects.models import Project

# What is kept in memory in all, and of one message; what is longer is rendered each time.
KEPT_CHARACTERS = 16_000_000
KEPT_LENGTH = 64_000
# So many places of one text become people and chips; a chip is a hundred times as long as its key.
MARKED = 100
QUOTED = 140
# One person's messages stand under one name until they pause for so long.
GROUP = timedelta(minutes=7)
TOKEN = re.compile(f"{PERSON.pattern}|{ISSUE.pattern}")
SHOWN = re.compile(r' data-file="([0-9a-f-]{36})"')
FOREIGN = re.compile(r'<a data-ref="([A-Z][A-Z0-9]{1,9})-([0-9]{1,9})">[^<]*</a>')


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that another one answers."""

    pk: int
    seq: int
    author: Who
    text: str
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """A reaction and who gave it."""

    emoji: str
    people: tuple[Who, ...]

    @property
    def label(self) -> str:
        """What a screen reader says, and the pointer shows."""
        names = ", ".join(person.display_name for person in self.people)
        return f"{REACTIONS.get(self.emoji, self.emoji)}: {names}"


@dataclass(frozen=True, slots=True)
class Shown:
    """All that decides how a message looks, by value: it is what the templates read and what the memory goes by.

    `people` are those whom the text mentions and who may read it, `refs` the issues of its own project that it names,
    `files` those that hang on it and that its text does not show as pictures already.
    """

    pk: int
    seq: int
    project: str
    issue: str
    author: Who
    at: datetime
    version: int
    body: str
    is_first: bool
    is_edited: bool
    deleted_by: Who | None
    reply: Quote | None
    signs: tuple[Sign, ...]
    people: tuple[Who, ...]
    refs: tuple[Ref, ...]
    made: Ref | None
    # Also where that issue is in the trash, so that `made` is none: a second one is made of no message.
    is_made: bool
    files: tuple[Card, ...] = ()

    @property
    def url(self) -> str:
        """Where the message stands in its conversation."""
        return place_of(self.project, self.issue, self.seq) + f"#message-{self.pk}"

    @property
    def reply_url(self) -> str:
        """The page whose form answers it."""
        return place_of(self.project, self.issue, self.seq) + f"&reply={self.pk}#composer"

    @property
    def path(self) -> str:
        """The address of what is done to it."""
        return f"/{self.project}/messages/{self.pk}/"

    @property
    def mentions(self) -> str:
        """The usernames of the people in the text."""
        return " ".join(person.username for person in self.people)


@dataclass(frozen=True)
class Names:
    """The people and the issues of its own project that a text may name."""

    people: Mapping[str, Who] = field(default_factory=dict)
    refs: Mapping[str, Ref] = field(default_factory=dict)


def place_of(project: str, issue: str, seq: int) -> str:
    """Return the address of the page that has the message with this number in its middle."""
    return f"/{issue}/?message={seq}" if issue else f"/{project}/chat/?at={seq}"


def shown_messages(thread: Thread, messages: Sequence[Message]) -> list[Shown]:
    """Return what is shown of messages of one thread, which come from `chat.queries.messages`.

    At most two statements more, whatever their number: for the people and for the issues that they name.
    """
    alive = [message for message in messages if not message.deleted_at]
    made = [message.made_issue.number for message in alive if message.made_issue is not None]
    names = names_in(thread.project, [message.body for message in alive], also=made)
    return [_shown(thread, message, names) for message in messages]


def names_in(project: Project, texts: Iterable[str], *, also: Iterable[int] = ()) -> Names:
    """Return the people and the issues of the project that texts name; `also` are numbers of further issues."""
    people: set[str] = set()
    numbers = set(also)
    for text in texts:
        people |= usernames_in(text)
        numbers |= {number for key, number in issue_keys_in(text) if key == project.key}
    found = {person.username.lower(): who_is(person) for person in mentionable(project, people)}
    return Names(found, refs_within(project, numbers))


def _shown(thread: Thread, message: Message, names: Names) -> Shown:
    key, body = thread.project.key, "" if message.deleted_at else message.body
    keys = [f"{found}-{number}" for found, number in issue_keys_in(body)]
    made = message.made_issue
    return Shown(
        pk=message.pk,
        seq=message.seq,
        project=key,
        issue=f"{key}-{thread.issue.number}" if thread.issue is not None else "",
        author=who_is(message.author),
        at=message.at,
        version=message.version,
        body=body,
        is_first=not thread.is_room or _begins_group(message),
        is_edited=message.edited_at is not None,
        deleted_by=who_is(message.deleted_by) if message.deleted_by else None,
        reply=_quote(message.reply_to) if message.reply_to else None,
        signs=_signs(message.reactions.all()),
        people=tuple(names.people[name] for name in sorted(usernames_in(body)) if name in names.people),
        refs=tuple(names.refs[found] for found in keys if found in names.refs),
        made=names.refs.get(f"{key}-{made.number}") if made is not None and not message.deleted_at else None,
        is_made=message.made_issue_id is not None,
        files=files_under(thread, message),
    )


def files_under(thread: Thread, message: Message) -> tuple[Card, ...]:
    """Return the files under a message: those that hang on it, without the pictures that stand in its text.

    The message comes from `chat.queries.messages`.
    """
    shown = set(SHOWN.findall(markdown.render(message.body))) if message.file_count else set()
    return tuple(file for file in files_of(thread, message) if not (file.is_picture and str(file.uuid) in shown))


def files_of(thread: Thread, message: Message) -> tuple[Card, ...]:
    """Return all files that hang on a message, which comes from `chat.queries.messages`; none of a deleted one."""
    if message.deleted_at or not message.file_count:
        return ()
    files = list(message.files.all())
    for file in files:
        # Whoever sends a message sends its files.
        file.project, file.uploader, file.issue = thread.project, message.author, thread.issue
    return tuple(card_of(file) for file in files)


def starts_day(message: Message) -> bool:
    """Say whether a message is the first of its day in its thread, by the reader's calendar."""
    before: datetime | None = getattr(message, "before_at", None)
    return before is None or timezone.localdate(before) != timezone.localdate(message.at)


def _begins_group(message: Message) -> bool:
    is_other = getattr(message, "before_author", None) != message.author_id
    return is_other or starts_day(message) or message.at - message.before_at > GROUP  # type: ignore[attr-defined]


def _quote(message: Message) -> Quote:
    text = "" if message.deleted_at else words_of(message)
    return Quote(message.pk, message.seq, who_is(message.author), text, message.deleted_at is not None)


def words_of(message: Message) -> str:
    """Return the beginning of a message as one plain line; of one without a text how many files it was sent with."""
    if message.body or not message.file_count:
        return excerpt(message.body)
    return ngettext("%(num)s file", "%(num)s files", message.file_count) % {"num": message.file_count}


def excerpt(text: str) -> str:
    """Return the beginning of a Markdown text as one plain line."""
    plain = markdown.plain(markdown.render(text[: QUOTED * 4]))
    return plain if len(plain) <= QUOTED else plain[:QUOTED].rstrip() + "…"


def _signs(reactions: Iterable[Reaction]) -> tuple[Sign, ...]:
    people: dict[str, list[User]] = {}
    for reaction in reactions:
        people.setdefault(reaction.emoji, []).append(reaction.person)
    return tuple(Sign(emoji, tuple(map(who_is, given))) for emoji, given in people.items())


_kept: dict[Hashable, Markup] = {}
_size = 0


def message_html(shown: Shown, *, marked: bool = False) -> Markup:
    """Return a message as the list item that every reader of this language, zone and day sees."""
    zone = timezone.get_current_timezone_name()
    key = (shown, marked, zone, timezone.localdate(), reading_language())
    found = _kept.get(key)
    if found is None:
        names = Names({who.username.lower(): who for who in shown.people}, {ref.key: ref for ref in shown.refs})
        html = _macros("chat/_message.html").message(shown, text_html(shown.body, names, shown.project), marked)
        found = Markup(html)  # noqa: S704 (the macro escapes)
        _keep(key, found)
    return found


def _keep(key: Hashable, html: Markup) -> None:
    """Keep a message's HTML within KEPT_CHARACTERS in all; what is long is rendered each time instead."""
    global _size  # noqa: PLW0603 (the process's memory and how much it holds)
    if len(html) > KEPT_LENGTH:
        return
    if _size > KEPT_CHARACTERS:
        _kept.clear()
        _size = 0
    _kept[key] = html
    _size += len(html)


def day_html(message: Message) -> str:
    """Return the line with the day above the first message of one; empty for all others."""
    if not starts_day(message):
        return ""
    return str(_macros("chat/_message.html").day_line(timezone.localdate(message.at)))


def written(project: Project, person: Person, texts: Sequence[str]) -> list[Markup]:
    """Return Markdown texts of a project as one reader sees them, with people marked and issues as chips.

    At most four statements, none where nothing is named.
    """
    names = names_in(project, texts)
    return [inline(text_html(text, names, project.key), person) for text in texts]


def text_html(text: str, names: Names, project: str) -> Markup:
    """Return Markdown as safe HTML in which people are marked and issues are chips, outside of links and code.

    An issue of another project than `project` stands as its key, for `inline` to make a chip of it.
    """
    html = markdown.render(text)
    if not TOKEN.search(text):
        return html
    left = iter(range(MARKED))
    parts = (_named(piece, names, project, left) if is_words else piece for is_words, piece in markdown.pieces(html))
    return Markup("".join(parts))  # noqa: S704 (sanitised before, and what is put in is escaped)


def _named(words: str, names: Names, project: str, left: Iterator[int]) -> str:
    """Return words with people and issues marked while `left` lasts; what comes after stays words."""
    parts, last = [], 0
    for found, _turn in zip(TOKEN.finditer(words), left, strict=False):
        parts += [str(escape(words[last : found.start()])), _replaced(found, names, project)]
        last = found.end()
    return "".join([*parts, str(escape(words[last:]))])


def _replaced(found: re.Match[str], names: Names, project: str) -> str:
    username, key, _number = found.groups()
    if username and (who := names.people.get(username.lower())):
        return str(_macros("chat/_ref.html").mention(who))
    if key == project and (ref := names.refs.get(found.group())):
        return ref_html(ref)
    if key and key != project:
        return f'<a data-ref="{found.group()}">{found.group()}</a>'
    return str(escape(found.group()))


def ref_html(ref: Ref, asked: str = "") -> str:
    """Return the chip of an issue; `asked` is the key that the text has, where it is a former one."""
    return str(_macros("chat/_ref.html").chip(ref, asked or ref.key))


def inline(html: str, person: Person) -> Markup:
    """Return messages' HTML with chips for the issues of other projects that the person may read (two statements)."""
    wanted = [(key, int(number)) for key, number in FOREIGN.findall(html)]
    refs = visible_refs(person, wanted)

    def chip(found: re.Match[str]) -> str:
        key = f"{found.group(1)}-{found.group(2)}"
        return ref_html(refs[key], key) if key in refs else found.group()

    return Markup(FOREIGN.sub(chip, html) if refs else html)  # noqa: S704 (put together of what was escaped)


def _macros(template: str) -> Any:
    return cast(Any, engines["jinja2"]).env.get_template(template).module
