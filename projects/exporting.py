"""What a person takes along of projects: their places, what they were told, and what they did; where they may look."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from accounts.events import INSTANCE, person_subject, team_stream
from accounts.exporting import in_steps
from accounts.hooks import exports
from accounts.models import User
from notifications.models import Entry, Event
from projects.events import project_stream
from projects.models import Membership
from projects.queries import visible_to


@exports("projects")
def projects(person: User) -> Iterator[dict[str, Any]]:
    """Return the projects that the person is a member of, and as what."""
    rows = Membership.objects.filter(person=person, project__in=visible_to(person)).select_related("project")
    return in_steps(rows, _place)


def _place(row: Membership) -> dict[str, Any]:
    named = {"key": row.project.key, "name": row.project.name}
    return {**named, "role": row.role, "joined_at": row.joined_at, "is_owner": row.project.owner_id == row.person_id}


@exports("inbox")
def inbox(person: User) -> Iterator[dict[str, Any]]:
    """Return what the person was told of, without what is about a project that they may not see any more."""
    rows = Entry.objects.filter(Q(project=None) | Q(project__in=visible_to(person)), person=person)
    return in_steps(rows.select_related("event", "project", "issue__project"), _entry)


def _entry(row: Entry) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "event": row.event.kind,
        "why": row.reasons,
        "project": row.project.key if row.project else None,
        "issue": row.issue.key if row.issue else None,
        "at": row.at,
        "read_at": row.read_at,
        "done_at": row.done_at,
    }


@exports("acts")
def acts(person: User) -> Iterator[dict[str, Any]]:
    """Return what the person did, as the log of events has it: in projects and teams that they see, and alone."""
    streams = [project_stream(pk) for pk in visible_to(person).values_list("pk", flat=True)]
    streams += [team_stream(pk) for pk in person.team_memberships.values_list("team_id", flat=True)]
    own = Q(stream__name=INSTANCE, subject=person_subject(person.pk))
    rows = Event.objects.filter(Q(stream__name__in=streams) | own, actor=person).select_related("stream")
    return in_steps(rows, _act)


def _act(row: Event) -> dict[str, Any]:
    return {"at": row.at, "kind": row.kind, "stream": row.stream.name, "subject": row.subject, "data": row.data}
