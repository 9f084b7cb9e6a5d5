"""What the preferences page shows: the saved choices of a person, or the ones of a form that is not saved yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import QueryDict

from config import clock
from notifications.enums import FollowLevel, NoticeKind
from notifications.forms import MAIL_FIELDS, MailForm
from notifications.models import Entry, Follow, MailSettings
from notifications.preferences import DEFAULTS, Choice, Choices, Ways, mail_settings_of, matrix_of
from notifications.preview import Mails, News, replay
from notifications.schedule import zone_of

if TYPE_CHECKING:
    from accounts.models import User
    from projects.models import Project

PREVIEW_DAYS = 7
KINDS = list(NoticeKind)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the matrix. `is_own` says whether the person chose it here; `above` is what holds otherwise."""

    kind: NoticeKind
    ways: Ways
    above: Ways
    is_own: bool


@dataclass
class Draft:
    """The page for one project, or (None) for everywhere. `sent` is what a form says, None where none was sent."""

    person: "User"
    project: "Project | None"
    sent: QueryDict | None = None

    @cached_property
    def saved(self) -> dict[NoticeKind, Choice]:
        """The matrix as it is stored."""
        return matrix_of(self.person, self.project)

    @cached_property
    def ways(self) -> dict[NoticeKind, Ways | None]:
        """What would be stored, by kind: the ways that are chosen here, or None for those of the level above."""
        if self.sent is None:
            return {kind: choice.ways if choice.is_own else None for kind, choice in self.saved.items()}
        return {kind: self._sent_ways(kind, self.sent) for kind in KINDS}

    def _sent_ways(self, kind: NoticeKind, sent: QueryDict) -> Ways | None:
        boxes = sent.getlist(kind.value)
        ways = Ways(inbox="inbox" in boxes, email="email" in boxes, digest="digest" in boxes)
        if self.project is None:
            return None if ways == DEFAULTS[kind] else ways
        # A box that was changed counts, also where "as my default" was left ticked beside it.
        was = self.saved[kind]
        if kind.value in sent.getlist("default") and (was.is_own or ways == was.ways):
            return None
        return ways

    @property
    def rows(self) -> list[Row]:
        """The lines of the matrix as the form shows them."""
        everywhere = matrix_of(self.person) if self.project else None
        above = {kind: everywhere[kind].ways if everywhere else DEFAULTS[kind] for kind in KINDS}
        return [Row(kind, self.ways[kind] or above[kind], above[kind], self.ways[kind] is not None) for kind in KINDS]

    @cached_property
    def settings(self) -> MailSettings:
        """The stored times of mail."""
        return mail_settings_of([self.person.pk])[self.person.pk]

    @cached_property
    def form(self) -> MailForm:
        """The times of mail; they are the same for all projects, so only the page for everywhere has them."""
        sent = self.sent if self.project is None else None
        return MailForm(sent, initial={name: getattr(self.settings, name) for name in MAIL_FIELDS})

    @cached_property
    def level(self) -> str:
        """How much of the project reaches the person."""
        if self.project is None:
            return ""
        if self.sent is not None and (sent := str(self.sent.get("level"))) in FollowLevel.values:
            return sent
        found = Follow.objects.filter(person=self.person, project=self.project).values_list("level", flat=True).first()
        return found or FollowLevel.PARTICIPATING.value

    @cached_property
    def preview(self) -> tuple[Mails, Mails]:
        """The mails of the last days by the settings as they are stored, and by the ones of the form."""
        news = news_of(self.person)
        choices = Choices([self.person.pk], {one.project_id for one in news})
        zone, here = zone_of(self.person.time_zone), self.project.pk if self.project else None
        changed: Mapping[tuple[int | None, NoticeKind], Ways | None] = {
            (here, kind): ways for kind, ways in self.ways.items()
        }

        def stored(project: int | None, kind: NoticeKind) -> Ways:
            return choices.ways(self.person.pk, project, kind)

        def wanted(project: int | None, kind: NoticeKind) -> Ways:
            levels = [(project, kind), (None, kind)] if project else [(None, kind)]
            found = (changed.get(at, choices.own(self.person.pk, *at)) for at in levels)
            return next((ways for ways in found if ways), DEFAULTS[kind])

        return replay(news, stored, self.settings, zone), replay(news, wanted, self._wanted_settings(), zone)

    def _wanted_settings(self) -> MailSettings:
        """Return the times of mail that the form asks for; the stored ones where it makes no sense yet."""
        if not self.form.is_bound or not self.form.is_valid():
            return self.settings
        return MailSettings(person_id=self.person.pk, **self.form.cleaned_data)


def news_of(person: "User") -> list[News]:
    """Return what the person was told in the last days (one statement).

    What they wanted to hear of by no way has left no entry, so it cannot be counted.
    """
    since = clock.now() - timedelta(days=PREVIEW_DAYS)
    rows = Entry.objects.filter(person=person, at__gte=since)
    values = rows.values_list("at", "kind", "project_id", "issue_id", "event__kind")
    return [
        News(at, NoticeKind(kind), project, _topic(project, issue, event)) for at, kind, project, issue, event in values
    ]


def _topic(project: int | None, issue: int | None, event: str) -> str:
    if issue:
        return f"issue:{issue}"
    return f"{'room' if event.startswith('message.') else 'project'}:{project}"
