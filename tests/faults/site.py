"""A whole Plumbline of a test's own, every process of which can be killed, frozen and started again.

PostgreSQL syncs as in production, because what survives its death is what is tested. Mail goes to an SMTP server that
the test itself runs. Nothing here is shared with other tests.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import redis
from celery import Celery

from config.stack.child import Child, Command, spawn
from config.stack.folder import DataFolder
from config.stack.options import ROOT, Options
from config.stack.postgres import Postgres
from config.stack.processes import COMMANDS
from config.stack.signals import StopRequest
from config.stack.valkey import Valkey
from tests.config.stacks import OURS, free_port

PATIENCE = 60


def wait_until(ready: Callable[[], Any], seconds: float = PATIENCE, *, what: str = "it") -> float:
    """Ask until the answer is true; return the seconds that took. Fails after the time, naming what was waited for."""
    began = time.monotonic()
    while not ready():
        assert time.monotonic() - began < seconds, f"{what} took more than {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Site:
    """The servers and processes of one installation, by name: postgres, valkey, web, and whatever workers and beats."""

    def __init__(self, place: Path, **variables: str) -> None:
        self.options = Options(data=place, port=free_port(), workers=1, concurrency=2, demo=False)
        self.folder = DataFolder(place)
        self.folder.make()
        self.postgres, self.valkey = Postgres(self.folder), Valkey(self.folder)
        self.children: dict[str, Child] = {}
        self.variables = variables

    @property
    def url(self) -> str:
        """The address of the site."""
        return self.options.address

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process."""
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        return kept | {
            "PYTHONPATH": str(ROOT),
            "PLUMBLINE_ENV": "test",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "SECRET_KEY": "k" * 64,
            "PLUMBLINE_PORT": str(self.options.port),
            "PLUMBLINE_DATA": str(self.options.data),
            "LOG_LEVEL": "WARNING",
            # It is not the limits that are looked at, and a site under test is asked more than by people.
            "RATE_LIMIT_FACTOR": "1000",
            **self.variables,
        }

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey."""
        for server in (self.postgres, self.valkey):
            server.start(StopRequest())
            assert server.child is not None
            self.children[server.name] = server.child

    def fill(self) -> dict[str, Any]:
        """Migrate, and make the people and issues of tests/faults/fill.py; return what it made."""
        self.run([sys.executable, "manage.py", "migrate", "-v0"])
        found: dict[str, Any] = json.loads(self.run([sys.executable, "-m", "tests.faults.fill"]).splitlines()[-1])
        return found

    def run(self, command: list[str]) -> str:
        """Run a command of this site to its end; return what it printed."""
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str, **variables: str) -> Child:
        """Start a process, or start it again: `web`, `worker`, `worker-2`, `beat`, … (what stands before the dash)."""
        kind = name.partition("-")[0]
        data = self.options.data / name
        data.mkdir(exist_ok=True)
        options = replace(self.options, data=data)
        log = self.folder.logs / f"{name}.log"
        command = Command(name, COMMANDS[kind](options), self.environment | variables, log, cwd=ROOT)
        self.children[name] = spawn(command, self.folder.run)
        return self.children[name]

    def tend(self) -> None:
        """Start workers and beats again that have ended, as the supervisor of the stack does.

        A Celery worker whose broker vanishes in the middle of a task ends itself (docs/operations.md).
        """
        for name, child in list(self.children.items()):
            if name.startswith(("worker", "beat")) and child.ended() is not None:
                child.clear()
                self.start(name)

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.start("web")
        wait_until(self.is_healthy, what="the web server")

    def is_healthy(self) -> bool:
        """Say whether the web server answers and reaches its database."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and its whole group, such as the pool of a worker."""
        os.killpg(self.children[name].pid, number)

    def kill(self, name: str) -> None:
        """End a process and its group at once, as a lack of memory or power would."""
        with contextlib.suppress(ProcessLookupError):
            self.send(name, signal.SIGKILL)
        self.children[name].process.wait()

    def terminate(self, name: str, seconds: float = 10) -> None:
        """Ask a process to end, and wait until it has."""
        self.children[name].stop(seconds)

    @contextlib.contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a process from running for the time of the block: it neither answers nor closes its connections."""
        self.send(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(name, signal.SIGCONT)

    def wake(self, task: str) -> None:
        """Have a worker do a task now, not at the beat's next turn, as the application does for what cannot wait."""
        broker = self.valkey.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
        app = Celery(set_as_current=False)
        with app.connection_for_write(broker) as connection:
            app.send_task(task, connection=connection, retry=False, expires=30)

    def restart_valkey(self, number: signal.Signals) -> None:
        """End Valkey by a signal and start it again on its data."""
        self.send("valkey", number)
        self.children["valkey"].process.wait()
        self.children["valkey"].clear()
        self.children["valkey"] = self.valkey.launch()
        wait_until(self.valkey.is_ready, what="Valkey")

    def restart_postgres(self, number: signal.Signals) -> None:
        """End PostgreSQL (SIGINT: fast, SIGQUIT: immediate, SIGKILL: as by a lack of power) and start it again."""
        child = self.children["postgres"]
        if number == signal.SIGKILL:
            os.killpg(child.pid, number)
        else:
            child.process.send_signal(number)
        child.process.wait()
        child.clear()
        self.children["postgres"] = self.postgres.launch()
        wait_until(self.postgres.is_ready, what="PostgreSQL")

    def flush_valkey(self) -> None:
        """Have Valkey forget everything."""
        with redis.Redis.from_url(self.valkey.url) as connection:
            connection.flushall()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, over a connection of its own."""
        with psycopg.connect(self.postgres.url, autocommit=True, connect_timeout=10) as connection:
            return connection.execute(statement, values).fetchall()

    def value(self, statement: str, *values: Any) -> Any:
        """Return the one value of a statement."""
        return self.rows(statement, *values)[0][0]

    def log_of(self, name: str) -> str:
        """Return what a process has logged."""
        path = self.folder.logs / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def end(self) -> None:
        """End everything, the servers last."""
        for name in [name for name in self.children if name not in {"postgres", "valkey"}]:
            with contextlib.suppress(ProcessLookupError):
                self.send(name, signal.SIGCONT)
            self.children[name].stop(3)
        self.valkey.stop(1)
        self.postgres.stop(2)


@contextlib.contextmanager
def running_site(cluster: Path | None = None, **variables: str) -> Iterator[Site]:
    """Yield a site with its servers up and no process started yet; its database is a copy of `cluster`, if given."""
    place = Path(tempfile.mkdtemp(prefix="plumbline-"))
    # PostgreSQL's own user must get through; what lies inside is closed to others by its own modes.
    place.chmod(0o711)
    if cluster:
        # Its files are PostgreSQL's own user's and have to stay so.
        subprocess.run(["cp", "-a", str(cluster), str(place / "postgres")], check=True)
    site = Site(place, **variables)
    try:
        site.start_servers()
        yield site
    finally:
        site.end()
        shutil.rmtree(place, ignore_errors=True)


def make_cluster(place: Path) -> dict[str, Any]:
    """Make the filled cluster that sites are copied from, in a folder that is not there yet; return what is in it."""
    with running_site() as site:
        facts = site.fill()
        site.end()
        subprocess.run(["cp", "-a", str(site.postgres.data), str(place)], check=True)
    return facts
