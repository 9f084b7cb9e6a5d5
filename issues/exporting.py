"""What a person takes along of issues: those they reported or are to do, where they may still see them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from accounts.exporting import fields_of, in_steps
from accounts.hooks import exports
from accounts.models import User
from issues.models import Issue, SavedFilter
from projects.queries import visible_to


@exports("issues")
def issues(person: User) -> Iterator[dict[str, Any]]:
    """Return the issues that the person reported or that are assigned to them; none from the trash."""
    mine = Issue.objects.filter(Q(reporter=person) | Q(assignee=person), deleted_at=None)
    rows = mine.filter(project__in=visible_to(person)).select_related("project", "state")
    return in_steps(rows, lambda row: _issue(row, person))


def _issue(row: Issue, person: User) -> dict[str, Any]:
    told = ("title", "description", "kind", "due_on", "estimate", "resolution", "created_at", "updated_at")
    return {
        "key": row.key,
        **fields_of(row, *told),
        "state": row.state.name,
        "priority": row.get_priority_display(),
        "reported_by_me": row.reporter_id == person.pk,
        "assigned_to_me": row.assignee_id == person.pk,
    }


@exports("filters")
def filters(person: User) -> Iterator[dict[str, Any]]:
    """Return the filters that the person keeps."""
    rows = SavedFilter.objects.filter(Q(project=None) | Q(project__in=visible_to(person)), person=person)
    return in_steps(rows.select_related("project"), _filter)


def _filter(row: SavedFilter) -> dict[str, Any]:
    return {"project": row.project.key if row.project else None, **fields_of(row, "name", "query", "created_at")}
