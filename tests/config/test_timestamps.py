"""Times come from the database as Django would read them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from psycopg.pq import Format

from config.timestamps import Loader

pytestmark = pytest.mark.django_db
TIMESTAMPTZ = 1184


def read(text: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


def test_connections_read_times_by_our_loader():
    connection.ensure_connection()

    assert connection.connection.adapters.get_loader(TIMESTAMPTZ, Format.TEXT) is Loader


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29 02:30:00.123456+02", datetime(2026, 3, 29, 0, 30, 0, 123456, UTC)),
        ("2026-01-01 00:00:00.5-11:30", datetime(2026, 1, 1, 11, 30, 0, 500000, UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999", datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
    ],
)
def test_time_is_read_to_the_microsecond_and_in_utc(text, expected):
    moment = read(text)

    assert (moment, moment.tzinfo) == (expected, UTC)


@pytest.mark.parametrize("text", ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"])
def test_time_that_python_does_not_know_is_refused(text):
    with pytest.raises(DataError):
        read(text)
