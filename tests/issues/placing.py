"""Putting an issue where no rule would let it, and asking PostgreSQL alone: for tests that compare rules."""

from typing import Any

from django.db import DatabaseError, connection, transaction

from accounts.models import User
from issues.models import Issue
from projects.models import State


def without_triggers(table: str, sql: str, params: list[Any]) -> None:
    """Run a statement with the table's own triggers off, inside the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def place(issue: Issue, state: State, assignee: User | None, note: str) -> None:
    """Put an issue into a state with these facts, whatever the rules say, and make the instance agree."""
    sql = "UPDATE issues_issue SET state_id = %s, assignee_id = %s, resolution = %s WHERE id = %s"
    without_triggers("issues_issue", sql, [state.pk, assignee.pk if assignee else None, note, issue.pk])
    issue.state, issue.assignee, issue.resolution = state, assignee, note


def refusal_of_sql(issue: Issue, **columns: Any) -> str:
    """Change columns by plain SQL, take it back, and return the name of the rule that refused; empty where none did."""
    assignments = ", ".join(f"{name} = %s" for name in columns)
    return refusal_of(f"UPDATE issues_issue SET {assignments} WHERE id = %s", [*columns.values(), issue.pk])


def refusal_of(sql: str, params: list[Any]) -> str:
    """Run a statement, take it back, and return the constraint that refused it, or the message of a trigger."""
    with transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, params)
        except DatabaseError as error:
            diag = error.__cause__.diag
            return diag.constraint_name or diag.message_primary
        transaction.set_rollback(True)
    return ""
