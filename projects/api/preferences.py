"""By which ways news reach a person, and when mail may."""

from datetime import time
from typing import Annotated, Any

from pydantic import Field

from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf
from config.api.shapes import In, Out
from notifications.drafts import KINDS, Draft
from notifications.enums import DigestRhythm, FollowLevel, NoticeKind
from notifications.models import MailSettings
from notifications.preferences import Ways, set_mail_settings, set_preferences
from notifications.watching import set_following
from projects.access import get_project_or_404
from projects.api.shapes import Key, sent
from projects.models import Project

routes = Operations(tags=["Preferences"])
ALL = "/me/notifications"
ONE = "/projects/{key:key}/notifications"
LevelWord = Annotated[str, OneOf(*FollowLevel.values)]
KindWord = Annotated[str, OneOf(*NoticeKind.values)]
RhythmWord = Annotated[str, OneOf(*DigestRhythm.values)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
Day = Annotated[int, Field(ge=0, le=6, description="0 is Monday.")]


class LineOut(Out):
    """A kind of news, and by which ways it reaches you."""

    kind: KindWord
    label: str
    inbox: bool
    email: bool
    digest: bool
    is_own: bool = Field(description="False: it follows your choice for everywhere, or the product's own.")


class MailOut(Out):
    """When mail may reach you, in your time zone."""

    quiet_from: Clock | None
    quiet_until: Clock | None
    working_days: list[Day]
    digest: RhythmWord
    digest_at: Clock
    digest_day: Day


class PreferencesOut(Out):
    """Your choices for everywhere."""

    lines: list[LineOut]
    mail: MailOut


class ProjectPreferencesOut(Out):
    """Your choices for a project."""

    project: Key
    level: LevelWord = Field(description="How much of the project reaches you.")
    lines: list[LineOut]


class WaysIn(In):
    """The ways for a kind of news."""

    inbox: bool
    email: bool
    digest: bool


class LineIn(In):
    """A choice. `ways` null: none of your own, so that the level above holds."""

    kind: KindWord
    ways: WaysIn | None


LINES: Any = Field(default_factory=list, max_length=len(NoticeKind), description="What is left out stays.")


class MailIn(In):
    """What to change of when mail may reach you; what is left out stays."""

    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    working_days: list[Day] = Field(default_factory=list, min_length=1, max_length=7)
    digest: RhythmWord = DigestRhythm.DAILY.value
    digest_at: Clock = "08:00"
    digest_day: Day = 0


class PreferencesIn(In):
    """What to change for everywhere."""

    lines: list[LineIn] = LINES
    mail: MailIn | None = None


class ProjectPreferencesIn(In):
    """What to change for a project."""

    level: LevelWord | None = None
    lines: list[LineIn] = LINES


@routes.get(ALL, scope=Scope.NOTIFICATIONS_READ, answer=PreferencesOut, errors=())
def read_preferences(request: ApiRequest) -> PreferencesOut:
    """Read by which ways news reach you."""
    return _everywhere(request)


@routes.patch(ALL, scope=Scope.NOTIFICATIONS_WRITE, answer=PreferencesOut, errors=(422,))
def change_preferences(request: ApiRequest, changes: PreferencesIn) -> PreferencesOut:
    """Change by which ways news reach you.

    From the next thing that happens. 422 for times at which no mail could ever come; then nothing is changed.
    """
    if changes.mail is not None:
        set_mail_settings(actor=request.user, **_mail(changes.mail))
    set_preferences(actor=request.user, project=None, ways=_ways(changes.lines))
    return _everywhere(request)


@routes.delete(ALL, scope=Scope.NOTIFICATIONS_WRITE, answer=PreferencesOut, errors=())
def reset_preferences(request: ApiRequest) -> PreferencesOut:
    """Forget your choices for everywhere.

    The product's own hold then. Times of mail, and choices for projects, stay.
    """
    set_preferences(actor=request.user, project=None, ways=dict.fromkeys(KINDS))
    return _everywhere(request)


@routes.get(ONE, scope=Scope.NOTIFICATIONS_READ, answer=ProjectPreferencesOut, errors=(404,))
def read_project_preferences(request: ApiRequest, key: str) -> ProjectPreferencesOut:
    """Read how much of a project reaches you, and by which ways.

    For everyone who is logged in and may read the project.
    """
    return _there(request, get_project_or_404(request.user, key))


@routes.patch(ONE, scope=Scope.NOTIFICATIONS_WRITE, answer=ProjectPreferencesOut)
def change_project_preferences(request: ApiRequest, key: str, changes: ProjectPreferencesIn) -> ProjectPreferencesOut:
    """Change how much of a project reaches you, and by which ways.

    For everyone who is logged in and may read the project.
    """
    project = get_project_or_404(request.user, key)
    set_preferences(actor=request.user, project=project, ways=_ways(changes.lines))
    if changes.level:
        set_following(actor=request.user, project=project, level=FollowLevel(changes.level))
    return _there(request, project)


@routes.delete(ONE, scope=Scope.NOTIFICATIONS_WRITE, answer=ProjectPreferencesOut, errors=(404,))
def reset_project_preferences(request: ApiRequest, key: str) -> ProjectPreferencesOut:
    """Forget your choices for a project.

    Those for everywhere hold then, and what you take part in reaches you.
    """
    project = get_project_or_404(request.user, key)
    set_preferences(actor=request.user, project=project, ways=dict.fromkeys(KINDS))
    set_following(actor=request.user, project=project, level=FollowLevel.PARTICIPATING)
    return _there(request, project)


def _everywhere(request: ApiRequest) -> PreferencesOut:
    draft = Draft(request.user, None)
    return PreferencesOut(lines=_lines(draft), mail=_mail_out(draft.settings))


def _there(request: ApiRequest, project: Project) -> ProjectPreferencesOut:
    draft = Draft(request.user, project)
    return ProjectPreferencesOut(project=project.key, level=draft.level, lines=_lines(draft))


def _lines(draft: Draft) -> list[LineOut]:
    return [
        LineOut(
            kind=kind.value,
            label=str(kind.label),
            inbox=choice.ways.inbox,
            email=choice.ways.email,
            digest=choice.ways.digest,
            is_own=choice.is_own,
        )
        for kind, choice in draft.saved.items()
    ]


def _ways(lines: list[LineIn]) -> dict[NoticeKind, Ways | None]:
    return {NoticeKind(line.kind): Ways(**line.ways.model_dump()) if line.ways else None for line in lines}


def _mail(changes: MailIn) -> dict[str, Any]:
    """Return the named fields as the service takes them: times of day as such."""
    found = sent(changes)
    times = {name: value and time.fromisoformat(value) for name, value in found.items() if name in _TIMES}
    return found | times


_TIMES = {"quiet_from", "quiet_until", "digest_at"}


def _mail_out(saved: MailSettings) -> MailOut:
    return MailOut(
        quiet_from=_clock(saved.quiet_from),
        quiet_until=_clock(saved.quiet_until),
        working_days=list(saved.working_days),
        digest=saved.digest,
        digest_at=_clock(saved.digest_at) or "",
        digest_day=saved.digest_day,
    )


def _clock(moment: time | None) -> str | None:
    return moment.strftime("%H:%M") if moment else None
