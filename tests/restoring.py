"""What every table and sequence held at one moment, and back to it: how the world outlives a real transaction."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.sql import Identifier, Literal

# A row's place and writer: any insert, change or removal makes another sum, a lock does not.
MARK = "count(*), coalesce(sum(hashtextextended(xmin::text || ctid::text, 0)), 0)"


@dataclass
class Kept:
    """The rows of every table, as COPY writes them, and where every sequence stands."""

    rows: dict[str, bytes] = field(default_factory=dict)
    marks: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    sequences: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def now(cls) -> "Kept":
        """Return a copy of what is committed now."""
        kept = cls()
        with transaction.atomic(), connection.cursor() as cursor:
            kept.marks = _read_each(cursor, MARK, _names(cursor, "r"))
            kept.sequences = _read_each(cursor, "last_value, is_called", _names(cursor, "S"))
            for table in kept.marks:
                with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
                    kept.rows[table] = b"".join(bytes(block) for block in copy)
        return kept

    def put_back(self) -> None:
        """Write every table that is not as it was anew, and set every sequence back, in one transaction.

        No trigger, no rule of the database and no foreign key is asked, so this needs a superuser; what is written was
        whole when it was copied. Waits for rows that another connection holds.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            marks = _read_each(cursor, MARK, self.marks)
            changed = [table for table in self.marks if marks[table] != self.marks[table]]
            if changed:
                cursor.execute("SET LOCAL session_replication_role = replica")
                for table in changed:
                    self._refill(cursor, table)
                self.marks |= _read_each(cursor, MARK, changed)
                cursor.execute("SET LOCAL session_replication_role = DEFAULT")
            sequences = _read_each(cursor, "last_value, is_called", self.sequences)
            for name in self.sequences:
                if sequences[name] != self.sequences[name]:
                    cursor.execute("SELECT setval(%s::regclass, %s, %s)", [f'"{name}"', *self.sequences[name]])

    def _refill(self, cursor: CursorWrapper, table: str) -> None:
        cursor.execute(sql.SQL("DELETE FROM {}").format(Identifier(table)))
        if self.rows[table]:
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
                copy.write(self.rows[table])


def _names(cursor: CursorWrapper, kind: str) -> list[str]:
    """Return the names of our tables (kind r) or sequences (S)."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = %s ORDER BY relname",
        [kind],
    )
    return [name for (name,) in cursor.fetchall()]


def _read_each(cursor: CursorWrapper, columns: str, names: Any) -> dict[str, tuple[Any, ...]]:
    """Return the columns of one row of each relation, all read by one statement."""
    one = sql.SQL("SELECT {}, {} FROM {}")
    each = [one.format(Literal(name), sql.SQL(columns), Identifier(name)) for name in names]
    cursor.execute(sql.SQL(" UNION ALL ").join(each))
    return {name: tuple(values) for name, *values in cursor.fetchall()}
