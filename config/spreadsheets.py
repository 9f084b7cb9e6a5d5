"""Tables as CSV that a spreadsheet program shows as they are: no cell of them is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# What begins a formula or hides its beginning: = + - @, their wide forms, tab and line ends; where a cell begins, and
# after what some programs take for the end of one (OWASP: CSV Injection; ASVS 5.0, 1.2.10).
_BEGINNING = re.compile(r"(\A|[,;|\"'\t\r\n])([ \u00a0]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_HIDDEN = re.compile(r"\A[\t\r\n]")


def plain_cell(value: object) -> object:
    """Return a value that no program takes for a formula: numbers as they are, texts with an apostrophe if need be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = _BEGINNING.sub(r"\1\2'", str(value))
        return f"'{text}" if _HIDDEN.match(text) else text
    return value


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table: UTF-8 with a mark, so that programs know it; every text in quotes (RFC 4180)."""
    yield "\ufeff" + _line(header)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC).writerow([plain_cell(cell) for cell in cells])
    return buffer.getvalue()
