"""By which ways news reach a person: their own choice for a project, their own default, or ours. And when mail may."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from config.errors import DomainError
from notifications.enums import NoticeKind
from notifications.models import MailSettings, Preference

if TYPE_CHECKING:
    from accounts.models import User
    from projects.models import Project


@dataclass(frozen=True, slots=True)
class Ways:
    """Whether a kind of news stands in the inbox, is mailed within minutes, and is told in the digest."""

    inbox: bool
    email: bool
    digest: bool


# What asks for an answer is mailed at once; what is good to know waits for the digest; the rest stands in the inbox.
DEFAULTS: dict[NoticeKind, Ways] = {
    NoticeKind.MENTIONED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.REPLIED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.ASSIGNED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.UNASSIGNED: Ways(inbox=True, email=False, digest=True),
    NoticeKind.COMMENTED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.STATE_CHANGED: Ways(inbox=True, email=False, digest=True),
    NoticeKind.ISSUE_CHANGED: Ways(inbox=True, email=False, digest=False),
    NoticeKind.ISSUE_CREATED: Ways(inbox=True, email=False, digest=True),
    NoticeKind.ROOM_MESSAGE: Ways(inbox=True, email=False, digest=False),
    NoticeKind.DUE_SOON: Ways(inbox=True, email=True, digest=False),
    NoticeKind.OVERDUE: Ways(inbox=True, email=True, digest=False),
    NoticeKind.PROJECT_ADDED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.PROJECT_REMOVED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.FILE_ADDED: Ways(inbox=True, email=False, digest=True),
    NoticeKind.TEAM_CHANGED: Ways(inbox=True, email=True, digest=False),
    NoticeKind.TEAM_REMOVED: Ways(inbox=True, email=True, digest=False),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the matrix: the ways that hold, and whether the person chose them here rather than a level above."""

    ways: Ways
    is_own: bool


class Choices:
    """The preferences of several people for several projects, read with one statement."""

    def __init__(self, person_ids: Collection[int], project_ids: Collection[int | None]) -> None:
        rows = Preference.objects.filter(person__in=list(person_ids))
        rows = rows.filter(project__isnull=True) | rows.filter(project__in=[pk for pk in project_ids if pk])
        values = rows.values_list("person_id", "project_id", "kind", "inbox", "email", "digest")
        self._own: dict[tuple[int, int | None, str], Ways] = {
            (person, project, kind): Ways(*ways) for person, project, kind, *ways in values
        }

    def own(self, person_id: int, project_id: int | None, kind: NoticeKind) -> Ways | None:
        """Return what the person chose at just this level."""
        return self._own.get((person_id, project_id, kind.value))

    def ways(self, person_id: int, project_id: int | None, kind: NoticeKind) -> Ways:
        """Return what holds: the project's choice, else the person's default, else DEFAULTS."""
        return self.own(person_id, project_id, kind) or self.own(person_id, None, kind) or DEFAULTS[kind]


def ways_for(person_ids: Collection[int], project_id: int | None, kind: NoticeKind) -> dict[int, Ways]:
    """Return by which ways each of the people hears of this kind of news in the project (one statement)."""
    choices = Choices(person_ids, [project_id])
    return {person: choices.ways(person, project_id, kind) for person in person_ids}


def matrix_of(person: "User", project: "Project | None" = None) -> dict[NoticeKind, Choice]:
    """Return every line of the person's matrix, for one project or (without) their default, in NoticeKind's order."""
    here = project.pk if project else None
    choices = Choices([person.pk], [here])
    return {
        kind: Choice(choices.ways(person.pk, here, kind), choices.own(person.pk, here, kind) is not None)
        for kind in NoticeKind
    }


@transaction.atomic
def set_preferences(
    *, actor: "User", project: "Project | None", ways: Mapping[NoticeKind, Ways | None]
) -> dict[NoticeKind, Choice]:
    """Write the actor's own choices for a project or (None) their default; a line that is None falls back a level.

    Kinds that are not named stay as they are. Returns the whole matrix. No event: how one wants to hear concerns nobody
    else. The caller has found the project by its access function.
    """
    rows = [
        Preference(person=actor, project=project, kind=kind.value, inbox=way.inbox, email=way.email, digest=way.digest)
        for kind, way in ways.items()
        if way is not None
    ]
    mine = Preference.objects.filter(person=actor, project=project)
    mine.filter(kind__in=[kind.value for kind, way in ways.items() if way is None]).delete()
    Preference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["person", "project", "kind"],
        update_fields=["inbox", "email", "digest"],
    )
    return matrix_of(actor, project)


MAIL_FIELDS = frozenset({"quiet_from", "quiet_until", "working_days", "digest", "digest_at", "digest_day"})


def mail_settings_of(person_ids: Collection[int]) -> dict[int, MailSettings]:
    """Return each person's mail settings, the defaults (not saved) where they never chose (one statement)."""
    found = {row.person_id: row for row in MailSettings.objects.filter(person__in=list(person_ids))}
    return {person: found.get(person) or MailSettings(person_id=person) for person in person_ids}


def set_mail_settings(*, actor: "User", **fields: Any) -> MailSettings:
    """Change fields (MAIL_FIELDS; others raise ValueError) of the actor's own mail settings; the rest stays.

    Raises DomainError where they would never let a mail through, or make no sense. Mails that wait already keep
    their moment.
    """
    if unknown := set(fields) - MAIL_FIELDS:
        raise ValueError(f"no mail settings: {sorted(unknown)}")
    chosen = mail_settings_of([actor.pk])[actor.pk]
    for name, value in fields.items():
        setattr(chosen, name, sorted(set(value)) if name == "working_days" else value)
    _check(chosen)
    values = {name: getattr(chosen, name) for name in MAIL_FIELDS}
    saved, _created = MailSettings.objects.update_or_create(person=actor, defaults=values)
    return saved


def _check(chosen: MailSettings) -> None:
    quiet: tuple[time | None, time | None] = (chosen.quiet_from, chosen.quiet_until)
    if (quiet[0] is None) != (quiet[1] is None):
        raise DomainError(_("Say both when your quiet hours begin and when they end, or neither."), code="quiet")
    if quiet[0] is not None and quiet[0] == quiet[1]:
        raise DomainError(_("Quiet hours from a time to the same time would be all day or never."), code="quiet")
    if not chosen.working_days or not set(chosen.working_days) <= set(range(7)):
        raise DomainError(_("Choose at least one day on which mail may reach you."), code="working_days")
    try:
        chosen.clean_fields(exclude=["person"])
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise DomainError(f"{field}: {problems[0]}", code="invalid") from error
