"""What a webhook says of an event besides what stands in it: lent to the notifications app."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from accounts.events import AccountEvent
from accounts.models import Team
from chat.events import MessageEvent
from files.events import FileEvent
from issues.events import IssueEvent
from issues.models import Issue
from notifications.events import HookEvent
from notifications.models import Event
from notifications.sentences import plain
from projects.activity import describe
from projects.events import ProjectEvent
from projects.models import Project


def kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every kind of event that a project or a team has, in groups, as the choices of a form."""
    groups: list[tuple[str, Iterable[StrEnum]]] = [
        (_("Issues"), IssueEvent),
        (_("Messages"), MessageEvent),
        (_("Files"), FileEvent),
        (_("Project"), ProjectEvent),
        (_("Team"), [kind for kind in AccountEvent if kind.startswith("team.")]),
        (_("Webhooks"), HookEvent),
    ]
    return [(name, [(kind.value, kind.value) for kind in members]) for name, members in groups]


def context_of(event: Event) -> Mapping[str, Any]:
    """Return the event as a sentence, and its project or team and its issue (at most two statements).

    As they are now: a project that was renamed since goes by its present name. Needs the event's stream and actor.
    """
    told: dict[str, Any] = {"text": plain(describe(event))}
    family, _colon, owner = event.stream.name.partition(":")
    if family == "project":
        project = Project.objects.get(pk=int(owner))
        told["project"] = {"key": project.key, "name": project.name, "url": project.url}
        told |= _issue(event, project)
    elif family == "team":
        told["team"] = {"id": int(owner), "name": Team.objects.values_list("name", flat=True).get(pk=int(owner))}
    return told


def _issue(event: Event, project: Project) -> dict[str, Any]:
    """Return the issue that an event of the project is about; nothing where it is about none."""
    wanted = event.subject.partition("issue:")[2] or event.data.get("issue")
    number = Issue.objects.filter(pk=wanted).values_list("number", flat=True).first() if wanted else None
    key = f"{project.key}-{number}"
    return {"issue": {"key": key, "url": f"/{key}/"}} if number else {}
