"""Databases beside the one that the run was given: one with all migrations, of which each test process takes a copy."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
BASE = urlsplit(os.environ["DATABASE_URL"]).path.strip("/")
# The same in all processes of one run, and no other's.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
MIGRATED = f"{BASE}_migrated_{RUN}"


def database_url(name: str) -> str:
    """Return DATABASE_URL with another database's name."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def run_sql(*statements: str) -> None:
    """Run statements outside a transaction in the maintenance database."""
    with psycopg.connect(database_url("postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def manage(database: str, *arguments: str) -> None:
    """Run a management command on a database; its output is shown where it fails."""
    environment = os.environ | {"DATABASE_URL": database_url(database), "LOG_LEVEL": "WARNING"}
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let no other test process into a block with the same file at the same time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def migrated_database(shared: Path) -> Iterator[str]:
    """Yield the name of a database with all migrations and nothing else, to copy and never to connect to.

    Migrating takes longer than building the world. The process of a run that comes first makes it, the last drops it;
    `shared` is a folder that all of them know.
    """
    lock, users = shared / f"migrated-{RUN}.lock", shared / f"migrated-{RUN}"
    mine = users / str(os.getpid())
    with alone(lock):
        users.mkdir(exist_ok=True)
        if not any(users.iterdir()):
            _make_migrated()
        mine.touch()
    try:
        yield MIGRATED
    finally:
        with alone(lock):
            mine.unlink()
            if not any(users.iterdir()):
                run_sql(f"DROP DATABASE IF EXISTS {MIGRATED}")


def _make_migrated() -> None:
    """Make it, or leave nothing behind where a migration fails."""
    run_sql(f"DROP DATABASE IF EXISTS {MIGRATED}", f"CREATE DATABASE {MIGRATED}")
    try:
        manage(MIGRATED, "migrate", "-v0")
    except BaseException:
        run_sql(f"DROP DATABASE IF EXISTS {MIGRATED} WITH (FORCE)")
        raise
