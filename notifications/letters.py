"""What a mail says: read at the moment of sending, with the rights, the language and the time zone of its reader."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import markdown
from notifications import hooks, sentences
from notifications.enums import Channel, DeliveryState, DigestRhythm, NoticeKind
from notifications.models import Delivery, Entry
from notifications.preferences import mail_settings_of
from notifications.schedule import zone_of
from notifications.unsubscribing import Stop, token_of, words_of

if TYPE_CHECKING:
    from accounts.models import User

# What is longer is cut: a mail tells of a message, the page has the whole of it.
TEXT_SHOWN = 4000
# Of these many lines about one thing the newest are shown.
LINES_SHOWN = 30
PREFERENCES = "notifications:preferences"


class Unwanted(Exception):
    """The mail is not to be sent any more; the text says why."""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file by its name, with the whole address of its page. Bytes and pictures are in no mail."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `text` is a message as typed; `is_gone` says that it was deleted meanwhile."""

    deed: str
    why: str
    at: datetime
    url: str
    less_url: str
    text: str = ""
    is_cut: bool = False
    is_gone: bool = False
    files: Sequence[FileLink] = ()

    @property
    def plain(self) -> str:
        """The message as typed, with pictures as their names and the addresses of their pages."""
        return markdown.addressed(self.text, site(""))

    @property
    def html(self) -> str:
        """The message as HTML that is safe to show, with links that hold outside of the site."""
        return markdown.linked_to(markdown.render(self.text), site(""))


@dataclass(frozen=True, slots=True)
class Section:
    """What happened to one issue (`key` and `title`), or to a project beside its issues. Oldest first."""

    title: str
    url: str
    lines: Sequence[Line]
    key: str = ""
    left_out: int = 0

    @property
    def heading(self) -> str:
        """Its name in one line."""
        return f"{self.key} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happened in one project."""

    name: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is one. `project_key` is empty where it is about several projects, or one that was lost."""

    delivery: Delivery
    subject: str
    chapters: Sequence[Chapter]
    stop_url: str
    stop_words: str
    settings_url: str
    project_key: str = ""
    zone: str = "UTC"
    language: str = "en"

    @property
    def person(self) -> "User":
        """Whom it is for."""
        return self.delivery.person

    @property
    def is_digest(self) -> bool:
        """Say whether it tells of a day or a week."""
        return self.delivery.channel == Channel.DIGEST

    @property
    def sections(self) -> list[Section]:
        """The sections of all chapters."""
        return [section for chapter in self.chapters for section in chapter.sections]


def write_letter(delivery: Delivery) -> Letter:
    """Return what the mail says now; the delivery comes with its person. Raises Unwanted where it should not be sent.

    Left out is what the person may not read any more, what is about an issue in the trash, and what they have read in
    their inbox meanwhile.
    """
    person = delivery.person
    if not person.is_active:
        raise Unwanted("the account is not active")
    if not person.email:
        raise Unwanted("the person has no address")
    if not _is_confirmed(person):
        raise Unwanted("the address was not confirmed")
    with timezone.override(zone_of(person.time_zone)), translation.override(person.language):
        entries = _entries(delivery)
        told = hooks.lent.tell([entry.event for entry in entries if not _is_lost(entry)], person)
        lines = {entry.pk: _line(entry, told) for entry in entries}
        return _letter(delivery, entries, lines)


def _is_confirmed(person: "User") -> bool:
    """Say whether mail may go to the person's address: where addresses are confirmed, to none that was only claimed."""
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return True
    confirmed = person.emailaddress_set.filter(verified=True)  # type: ignore[attr-defined]  # allauth's
    return bool(confirmed.filter(email__iexact=person.email).exists())


def site(path: str) -> str:
    """Return the whole address of a path of ours."""
    return settings.SITE_URL.rstrip("/") + path


def _entries(delivery: Delivery) -> list[Entry]:
    """Return what is still to be told, oldest first. Raises Unwanted with the reason where nothing is."""
    related = ("event__actor", "event__stream", "project", "issue__project")
    entries = list(delivery.entries.select_related(*related).order_by("at", "pk"))
    unread = [entry for entry in entries if entry.read_at is None and entry.done_at is None]
    if not unread:
        raise Unwanted("everything was read in the inbox meanwhile" if entries else "there is nothing in it")
    readable = _readable(unread, delivery.person_id)
    left = [entry for entry in unread if _is_told(entry, readable)]
    if not left:
        raise Unwanted("the person may not read any of it any more")
    return left


def _readable(entries: Iterable[Entry], person_id: int) -> set[int]:
    projects = {entry.project_id for entry in entries if entry.project_id}
    return {project for project in projects if person_id in hooks.lent.readers(project, [person_id])}


def _is_told(entry: Entry, readable: set[int]) -> bool:
    if _is_lost(entry):
        return True
    if entry.project_id is not None and entry.project_id not in readable:
        return False
    return entry.issue is None or entry.issue.deleted_at is None


def _is_lost(entry: Entry) -> bool:
    """Say whether it tells of the end of a membership: of a project that the reader may not read any more."""
    return entry.kind == NoticeKind.PROJECT_REMOVED


def _line(entry: Entry, told: Mapping[int, hooks.Told]) -> Line:
    said = told.get(entry.event_id)
    body = said.body if said else ""
    return Line(
        deed=sentences.deed(entry),
        why=sentences.why(entry.reasons),
        at=entry.at,
        url=site(_path(entry)),
        less_url=_settings_url(entry),
        text=_shortened(body),
        is_cut=len(body) > TEXT_SHOWN,
        is_gone=_is_said(entry) and said is None,
        files=[FileLink(file.name, site(file.path)) for file in said.files] if said else [],
    )


def _path(entry: Entry) -> str:
    """Return where a thing is read: a message at its place in the conversation, a file in its issue's list."""
    if _is_lost(entry) or entry.project is None:
        return reverse("home")
    seq = entry.event.data.get("seq") if _is_said(entry) else None
    if entry.issue is not None and entry.kind == NoticeKind.FILE_ADDED:
        return f"/{entry.issue.key}/#file-{entry.event.data['uuid']}"
    if entry.issue is not None:
        return f"/{entry.issue.key}/" + (f"?message={seq}" if seq else "")
    return f"/{entry.project.key}/chat/?at={seq}" if seq else entry.project.url


def _settings_url(entry: Entry | None = None) -> str:
    """Return the address of the preferences, opened at the kind and the project of an entry."""
    path = reverse(PREFERENCES)
    if entry is None:
        return site(path)
    place = {} if entry.project is None or _is_lost(entry) else {"project": entry.project.key}
    return site(f"{path}?{urlencode({**place, 'kind': entry.kind})}")


def _shortened(text: str) -> str:
    if len(text) <= TEXT_SHOWN:
        return text
    head = text[:TEXT_SHOWN]
    return head[: max(head.rfind("\n"), TEXT_SHOWN // 2)].rstrip() + " …"


def _letter(delivery: Delivery, entries: list[Entry], lines: Mapping[int, Line]) -> Letter:
    names = hooks.lent.names_then(
        {entry.project_id: entry.at for entry in entries if entry.project_id and _is_lost(entry)}
    )
    chapters = [_chapter(group, lines, names) for group in _grouped(entries, lambda entry: entry.project_id or 0)]
    only = entries[0].project if len(chapters) == 1 and not _is_lost(entries[0]) else None
    stop = Stop.of(delivery, entries)
    return Letter(
        delivery=delivery,
        subject=_subject(delivery, chapters, only.key if only else ""),
        chapters=chapters,
        stop_url=site(reverse("notifications:unsubscribe", args=[token_of(stop)])),
        stop_words=words_of(stop).link,
        settings_url=_settings_url(),
        project_key=only.key if only else "",
        zone=delivery.person.time_zone,
        language=delivery.person.language,
    )


def _grouped(entries: Iterable[Entry], key: Callable[[Entry], object]) -> list[list[Entry]]:
    """Group entries, in the order in which the groups begin."""
    groups: dict[object, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return list(groups.values())


def _chapter(entries: list[Entry], lines: Mapping[int, Line], names: Mapping[int, str]) -> Chapter:
    """Tell of one project. What it was called at the end is all that a reader may know whose membership ended."""
    project = entries[0].project
    lost = [entry for entry in entries if _is_lost(entry)]
    name = names.get(project.pk, "") if project and lost else project.name if project else ""
    groups = _grouped(entries, lambda entry: entry.issue_id or _is_said(entry))
    return Chapter(name, [_section(group, lines, name) for group in groups])


def _section(entries: list[Entry], lines: Mapping[int, Line], name: str) -> Section:
    first = entries[0]
    shown = [lines[entry.pk] for entry in entries[-LINES_SHOWN:]]
    left_out = len(entries) - len(shown)
    if first.issue is not None:
        url = site(f"/{first.issue.key}/")
        return Section(first.issue.title, url, shown, key=first.issue.key, left_out=left_out)
    if first.project is None or _is_lost(first):
        return Section(name or _("Plumbline"), site(reverse("home")), shown, left_out=left_out)
    if _is_said(first):
        return Section(_("Chat"), site(f"{first.project.url}chat/"), shown, left_out=left_out)
    return Section(name, site(first.project.url), shown, left_out=left_out)


def _is_said(entry: Entry) -> bool:
    return entry.event.kind.startswith("message.")


def _subject(delivery: Delivery, chapters: Sequence[Chapter], key: str) -> str:
    sections = [section for chapter in chapters for section in chapter.sections]
    if delivery.channel == Channel.DIGEST:
        return _digest_subject(delivery, sum(1 for section in sections if section.key))
    first = sections[0]
    if len(sections) > 1:
        subject = f"[{key or _('Plumbline')}] " + _("News of %d issues") % len(sections)
    elif first.key:
        subject = f"[{first.key}] {first.title}"
    else:
        # A conversation is named by its place, so that its mails stand together; anything else by what happened.
        is_talk = delivery.topic.startswith("room:")
        subject = f"[{key or first.title}] {first.title if is_talk else first.lines[0].deed}"
    return _("Re: %s") % subject if _is_later(delivery) else subject


def _digest_subject(delivery: Delivery, issues: int) -> str:
    rhythm = mail_settings_of([delivery.person_id])[delivery.person_id].digest
    name = _("Your week on Plumbline") if rhythm == DigestRhythm.WEEKLY else _("Your day on Plumbline")
    if not issues:
        return name
    return f"{name}: " + ngettext("%d issue", "%d issues", issues) % issues


def _is_later(delivery: Delivery) -> bool:
    """Say whether the person has had a mail of this topic before."""
    same = Delivery.objects.filter(person=delivery.person_id, channel=delivery.channel, topic=delivery.topic)
    return same.filter(state=DeliveryState.SENT).exclude(pk=delivery.pk).exists()
