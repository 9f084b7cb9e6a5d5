"""Rows of the list: made of plain values, because fifty models cost more than the statement that reads them."""

from collections.abc import Sequence
from typing import Any

from accounts.api.shapes import person_out
from issues.api.shapes import FIELDS, LONG
from issues.enums import Priority
from issues.listing import Row
from issues.queries import people_of
from projects.models import Project
from projects.queries import known_labels
from projects.workflow import workflow_of

SHORT = tuple(name for name in FIELDS if name not in LONG)
PRIORITIES = {level.value: level.slug for level in Priority}


def rows_out(project: Project, rows: Sequence[Row], wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows as the shape IssueRowOut has them, with the wanted fields alone (at most one statement: people)."""
    ids = {row.reporter_id for row in rows} | {row.assignee_id for row in rows if row.assignee_id}
    people = {pk: person_out(person) for pk, person in people_of(project, ids).items() if pk in ids}
    labels = {label.pk: label.name for label in known_labels(project)}
    slugs = {state.pk: state.slug for state in workflow_of(project).states}
    found = [_row_out(project.key, row, people, labels, slugs) for row in rows]
    return found if wanted is FIELDS else [{name: row[name] for name in wanted} for row in found]


def _row_out(
    key: str, row: Row, people: dict[int, Any], labels: dict[int, str], slugs: dict[int, str]
) -> dict[str, Any]:
    return {
        "key": f"{key}-{row.number}",
        "number": row.number,
        "project": key,
        "title": row.title,
        "description": row.description,
        "type": row.kind,
        "state": slugs[row.state_id],
        "priority": PRIORITIES[row.priority],
        "assignee": people[row.assignee_id] if row.assignee_id else None,
        "reporter": people[row.reporter_id],
        "labels": [name for pk, name in labels.items() if pk in row.label_ids] if row.label_ids else [],
        "due_on": row.due_on,
        "estimate": row.estimate,
        "resolution": row.resolution,
        "version": row.version,
        "messages": row.messages,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "url": f"/{key}-{row.number}/",
    }
