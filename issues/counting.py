"""How many issues there are: by state, assignee, label, priority, and by the week when they came and were closed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from issues.enums import Priority
from issues.filters import Filter, apply_filter
from issues.models import Issue
from issues.queries import live_issues
from projects.models import Project
from projects.queries import known_labels
from projects.workflow import workflow_of


class By(StrEnum):
    """What issues are counted by."""

    STATE = "state"
    ASSIGNEE = "assignee"
    LABEL = "label"
    PRIORITY = "priority"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Tally:
    """One line: the word of the filter that finds these issues (or an ISO week), its name, and how many they are.

    `closed` is how many were closed in a week; None for all else.
    """

    value: str
    name: str
    count: int
    closed: int | None = None


def tallies(project: Project, wanted: Filter, person_id: int | None, by: By) -> list[Tally]:
    """Return how many of the issues that pass the filter there are by one thing (one statement beside the filter's).

    States and priorities are all told, in their order, those without issues with 0; of the others only those with any:
    people by the number of their issues, labels by name, weeks (Monday to Sunday, in UTC) by time. An issue with three
    labels counts three times.
    """
    issues = apply_filter(live_issues(project), wanted, project, person_id).order_by()
    return COUNTERS[by](project, issues)


def _by_state(project: Project, issues: QuerySet[Issue]) -> list[Tally]:
    counts = dict(issues.values_list("state_id").annotate(Count("pk")))
    return [Tally(state.slug, state.name, counts.get(state.pk, 0)) for state in workflow_of(project).states]


def _by_assignee(project: Project, issues: QuerySet[Issue]) -> list[Tally]:
    fields = ("assignee__username", "assignee__display_name", "assignee__left_at")
    rows = issues.values_list(*fields).annotate(count=Count("pk")).order_by("-count", "assignee__username")
    return [
        Tally(username, User(username=username, display_name=name, left_at=left_at).name, count)
        if username
        else Tally("none", _("Nobody"), count)
        for username, name, left_at, count in rows
    ]


_LABELS = """
SELECT label_id, count(*) FROM ({wanted}) AS wanted
CROSS JOIN unnest(CASE WHEN wanted.label_ids = '{{}}' THEN '{{0}}' ELSE wanted.label_ids END) AS label_id
GROUP BY label_id
"""


def _by_label(project: Project, issues: QuerySet[Issue]) -> list[Tally]:
    counts: dict[int, int] = dict(_rows(_LABELS, issues.values("label_ids")))
    found = [Tally(label.name, label.name, counts[label.pk]) for label in known_labels(project) if label.pk in counts]
    return found + ([Tally("", _("No label"), counts[0])] if 0 in counts else [])


def _by_priority(project: Project, issues: QuerySet[Issue]) -> list[Tally]:
    counts = dict(issues.values_list("priority").annotate(Count("pk")))
    return [Tally(level.slug, str(level.label), counts.get(level.value, 0)) for level in reversed(Priority)]


# An issue was closed when it last came from a state that is not closed into one that is, as its history has it.
_WEEKS = """
WITH wanted AS ({wanted}),
closing AS (SELECT id FROM projects_state WHERE category = 'closed'),
steps AS (
    SELECT id, history_date, history_id, state_id IN (SELECT id FROM closing) AS is_closed,
        lag(state_id IN (SELECT id FROM closing)) OVER (PARTITION BY id ORDER BY history_date, history_id) AS was_closed
    FROM issues_historicalissue
    WHERE id IN (SELECT id FROM wanted WHERE state_id IN (SELECT id FROM closing))
),
closed AS (
    SELECT DISTINCT ON (id) history_date AS at FROM steps
    WHERE is_closed AND was_closed IS NOT TRUE ORDER BY id, history_date DESC, history_id DESC
),
moments AS (
    SELECT created_at AS at, 1 AS created, 0 AS closed FROM wanted
    UNION ALL SELECT at, 0, 1 FROM closed
)
SELECT to_char(at AT TIME ZONE 'UTC', 'IYYY-"W"IW') AS week, sum(created), sum(closed)
FROM moments GROUP BY week ORDER BY week
"""


def _by_week(project: Project, issues: QuerySet[Issue]) -> list[Tally]:
    rows = _rows(_WEEKS, issues.values("id", "state_id", "created_at"))
    return [Tally(week, week, created, closed) for week, created, closed in rows]


def _rows(sql: str, issues: QuerySet[Issue, Any]) -> list[Any]:
    """Run a statement around that of a queryset, which stands where it says {wanted}."""
    wanted, values = issues.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql.format(wanted=wanted), values)
        found: list[Any] = cursor.fetchall()
    return found


COUNTERS: dict[By, Callable[[Project, QuerySet[Issue]], list[Tally]]] = {
    By.STATE: _by_state,
    By.ASSIGNEE: _by_assignee,
    By.LABEL: _by_label,
    By.PRIORITY: _by_priority,
    By.WEEK: _by_week,
}
