"""The server under test: the same command as in production, its cold start, its CPU time and its memory."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running web server and how long it took to its first healthy answer."""

    pid: int
    port: int
    start_s: float

    def tree(self) -> list[int]:
        """Return the pids of the server and its workers."""
        found = [self.pid]
        for pid in found:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            found += [int(child) for child in children.read_text().split()] if children.exists() else []
        return found

    def cpu_s(self) -> float:
        """Return the CPU seconds that the server and PostgreSQL's backends have used so far."""
        return sum(_cpu(pid) for pid in {*self.tree(), *postgres_pids()})

    def pss_mib(self) -> float:
        """Return the proportional memory of the server's processes in MiB."""
        total = 0
        for pid in self.tree():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def postgres_pids() -> list[int]:
    """Return the processes of the PostgreSQL that DATABASE_URL leads to, where it runs on this machine."""
    from django.db import connection  # noqa: PLC0415 (needs configured settings)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() OR datname IS NULL")
        pids = [row[0] for row in cursor.fetchall()]
    return [pid for pid in pids if "postgres" in _name(pid)]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


@contextmanager
def running(workers: int = 2, port: int = 0) -> Iterator[Server]:
    """Start the web server on a free port or this one, wait until it is healthy, and stop it in the end."""
    port = port or free_port()
    command = [
        str(Path(sys.executable).with_name("granian")),
        "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
        "--no-access-log", "--log-level", "warning", "config.asgi:application",
    ]  # fmt: skip
    environment = os.environ | {
        "PLUMBLINE_BENCH": "1",
        "PLUMBLINE_PORT": str(port),
        "LOG_LEVEL": "WARNING",
        # Counting is measured, refusing is not.
        "RATE_LIMIT_FACTOR": "1000000",
    }
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 (our own command)
    try:
        _wait_until_healthy(port, process)
        yield Server(process.pid, port, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_healthy(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(2000):
        if process.poll() is not None:
            raise RuntimeError(f"the web server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise RuntimeError("the web server did not become healthy")
