"""Pages of a project's issues for scripts: one statement written by hand, after a cursor instead of by number.

Through the ORM building the statement costs more than PostgreSQL needs to run it. Only a filter is still compiled by
the ORM, so that its words mean the same as on the board.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from config.errors import DomainError
from issues.filters import Filter, apply_filter
from issues.queries import live_issues
from projects.models import Project

# What a row holds before the values that the next page begins after.
COLUMNS: LiteralString = """issue.id, issue.number, issue.title, issue.kind, issue.priority, issue.state_id,
    issue.assignee_id, issue.reporter_id, issue.label_ids, issue.due_on, issue.estimate, issue.version,
    issue.created_at, issue.updated_at, COALESCE(thread.message_count, 0)"""
NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
TEXTS: LiteralString = ", issue.description, issue.resolution"


class Row(NamedTuple):
    """One issue as the statement gives it; its texts are read only where they are wanted."""

    pk: int
    number: int
    title: str
    kind: str
    priority: int
    state_id: int
    assignee_id: int | None
    reporter_id: int
    label_ids: list[int]
    due_on: date | None
    estimate: int | None
    version: int
    created_at: datetime
    updated_at: datetime
    messages: int
    description: str = ""
    resolution: str = ""


@dataclass(frozen=True)
class Page:
    """Some issues; `after` is what the next page begins after, empty on the last one."""

    rows: Sequence[Row]
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What a list is ordered by: each expression with the type and the reader of its value in a cursor."""

    up: tuple[LiteralString, ...]
    down: tuple[LiteralString, ...]
    types: tuple[LiteralString, ...]
    readers: tuple[Callable[[str], object], ...]


def _day(text: str) -> object:
    return text if text in {"infinity", "-infinity"} else date.fromisoformat(text)


def _moment(text: str) -> object:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _number(text: str) -> object:
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _words(text: str) -> object:
    if "\x00" in text:
        raise ValueError(text)
    return text


def _simply(column: LiteralString, type_: LiteralString, reader: Callable[[str], object]) -> Order:
    """Order by a column, and by id where it is equal."""
    names = (column, "issue.id")
    return Order(names, names, (type_, "bigint"), (reader, _number))


_STATE: tuple[LiteralString, ...] = ("state.position", "issue.rank", "issue.id")
# The same orders as issues.filters.SORTS; empty days stand last either way.
ORDERS = {
    "updated": _simply("issue.updated_at", "timestamptz", _moment),
    "created": _simply("issue.created_at", "timestamptz", _moment),
    "key": Order(("issue.number",), ("issue.number",), ("bigint",), (_number,)),
    "title": _simply("issue.title", "text", _words),
    "priority": _simply("issue.priority", "bigint", _number),
    "due": Order(
        ("COALESCE(issue.due_on, 'infinity')", "issue.id"),
        ("COALESCE(issue.due_on, '-infinity')", "-issue.id"),
        ("date", "bigint"),
        (_day, _number),
    ),
    "state": Order(_STATE, _STATE, ("bigint", 'text COLLATE "C"', "bigint"), (_number, _words, _number)),
}


def issue_page(
    project: Project,
    wanted: Filter,
    person_id: int | None,
    *,
    limit: int,
    after: Sequence[str] = (),
    texts: bool = False,
) -> Page:
    """Return up to `limit` issues that pass the filter, in its order, beginning behind the values `after` (one
    statement). Raises DomainError for values that no page of this order has given."""
    order, is_down = ORDERS[wanted.sort.removeprefix("-")], wanted.sort.startswith("-")
    by = order.down if is_down else order.up
    values: list[Any] = [project.pk]
    sql = f"SELECT {COLUMNS}{TEXTS if texts else ''}, {_as_text(by)} FROM issues_issue AS issue"  # noqa: S608
    sql += " LEFT JOIN chat_thread AS thread ON thread.issue_id = issue.id"
    if by is _STATE:
        sql += " JOIN projects_state AS state ON state.id = issue.state_id"
    sql += " WHERE issue.project_id = %s AND issue.deleted_at IS NULL"
    if wanted.is_active:
        inner, given = _filtered(project, wanted, person_id)
        sql += f" AND issue.id IN ({inner})"
        values += given
    if after:
        marks = ", ".join(f"%s::{type_}" for type_ in order.types)
        sql += f" AND ({', '.join(by)}) {'<' if is_down else '>'} ({marks})"
        values += _checked(order, after)
    direction = " DESC" if is_down else ""
    sql += f" ORDER BY {', '.join(name + direction for name in by)} LIMIT {limit + 1:d}"
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    rows = [Row(*row[: -len(by)]) for row in found[:limit]]
    return Page(rows, found[limit - 1][-len(by) :] if len(found) > limit else ())


def _as_text(by: Sequence[LiteralString]) -> str:
    return ", ".join(f"({name})::text" for name in by)


def _filtered(project: Project, wanted: Filter, person_id: int | None) -> tuple[str, Sequence[Any]]:
    """Return the ids of the issues that pass the filter as a statement, and its values."""
    issues = apply_filter(live_issues(project), wanted, project, person_id).order_by().values("pk")
    return issues.query.sql_with_params()


def _checked(order: Order, after: Sequence[str]) -> list[object]:
    """Return the values of a cursor; DomainError where they are not what the order has given."""
    try:
        return [read(value) for read, value in zip(order.readers, after, strict=True)]
    except (TypeError, ValueError) as error:
        message = _("This cursor is not one of this list. Begin without it.")
        raise DomainError(message, code="cursor", context={"fields": {"cursor": [message]}}) from error
