"""Real stacks for tests: each a process of its own, on its own data folder and port, ended however the test wants."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STACK = [sys.executable, "-m", "config.stack"]
OURS = {
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "PLUMBLINE_ENV",
    "PLUMBLINE_HOST",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "DEBUG",
    "S3_ENDPOINT_URL",
    "S3_PUBLIC_URL",
    "S3_BUCKET",
    "S3_REGION",
    "S3_PREFIX",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
}
START_SECONDS = 120


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of a stack of its own, without what the test run itself was given."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {
        **kept,
        "PLUMBLINE_DATA": str(data),
        "PLUMBLINE_DEMO": "0",
        "WEB_WORKERS": "1",
        "WORKER_CONCURRENCY": "1",
        **more,
    }


def command(data: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the stack to its end."""
    return subprocess.run(
        [*STACK, *words],
        cwd=ROOT,
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def python(data: Path, code: str, **more: str) -> str:
    """Run Python code with the database and Redis of a data folder; return what it printed."""
    done = command(data, "exec", "--", "python", "-c", code, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SQL = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    found = connection.execute({!r})
    while found.nextset():
        pass
    print(found.fetchone()[0])
"""


def query(data: Path, statement: str) -> str:
    """Run statements; return the one value of the last."""
    return python(data, SQL.format(statement))


def processes(data: Path) -> set[int]:
    """Return the processes whose arguments or environment name a data folder (zombies have neither)."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
            if os.fsencode(data) in text:
                found.add(int(entry.name))
    return found - {os.getpid()}


class Stack:
    """`python -m config.stack run` in the background, its output in a file."""

    def __init__(self, data: Path, output: Path) -> None:
        self.data, self.output, self.port = data, output, free_port()
        with output.open("wb") as log:
            self.process = subprocess.Popen(
                [*STACK, "run"], cwd=ROOT, env=environment(data, PLUMBLINE_PORT=str(self.port)), stdout=log, stderr=log
            )

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> str:
        """Wait until the output matches; return the match."""
        until = time.monotonic() + seconds
        while not (found := re.search(pattern, self.output.read_text())):
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < until, self.output.read_text()
            time.sleep(0.05)
        return found[0]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit status and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(30), time.monotonic() - began


@contextlib.contextmanager
def running(data: Path, output: Path) -> Iterator[Stack]:
    """Yield a stack that is ready; stop it at the end if the test has not."""
    stack = Stack(data, output)
    try:
        stack.wait_for(r"Plumbline is ready")
        yield stack
    finally:
        stack.process.terminate()
        stack.process.wait(30)
