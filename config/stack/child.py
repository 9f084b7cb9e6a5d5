"""Child processes: started so that none outlives us, recorded so that the next start finds what a kill -9 left."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10 * 1024 * 1024
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Command:
    """What to run: program, environment, log, the signal that ends it well, and what it does before it begins."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    cwd: Path = Path("/")
    enter: Callable[[], None] | None = field(default=None, compare=False)


def die_with_parent(number: int, parent: int) -> None:
    """Have the kernel send `number` once our parent is gone. Runs in the child, after any change of user.

    Linux only. The parent may be gone already: then nobody would send it, and the child ends itself.
    """
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def started_at(pid: int) -> str | None:
    """Return when a living process began, as the system writes it; None for none and for a zombie.

    A pid alone says nothing after a restart: another process may have it by now.
    """
    stat = Path(f"/proc/{pid}/stat")
    try:
        if Path("/proc/self/stat").exists():
            fields = stat.read_text().rpartition(")")[2].split()
            return None if fields[0] in "ZX" else fields[19]
        found = subprocess.run(  # noqa: S603
            ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        return None
    return None if not found or found.startswith("Z") else found.split(maxsplit=1)[1]


def open_log(path: Path) -> int:
    """Open a log for appending, readable by its owner only; one that grew past 10 MB is put aside as `.1` first."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


@dataclass
class Child:
    """A running process and the record of it in the run folder."""

    command: Command
    process: subprocess.Popen[bytes]
    record: Path
    began: float

    @property
    def pid(self) -> int:
        """The process id, which is its process group's and session's as well."""
        return self.process.pid

    def ended(self) -> int | None:
        """Return the exit status of a process that has ended (negative: by that signal), None while it runs."""
        return self.process.poll()

    def stop(self, seconds: float) -> int:
        """End it: its own signal, then after `seconds` SIGKILL; with it whatever is left of its group."""
        if self.process.poll() is None:
            self.process.send_signal(self.command.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.clear()
        return self.process.wait()

    def clear(self) -> None:
        """Kill what is left of the process group (workers of a server that was itself killed) and drop the record."""
        kill_group(self.pid)
        self.record.unlink(missing_ok=True)


def spawn(command: Command, run_folder: Path) -> Child:
    """Start a command in a session of its own, so that Ctrl-C reaches us alone, and record it.

    Call it from the main thread: the kernel's signal on our death belongs to the thread that forked.
    """
    parent = os.getpid()

    def enter() -> None:
        if command.enter:
            command.enter()
        die_with_parent(command.stop_signal, parent)

    log = open_log(command.log)
    try:
        process = subprocess.Popen(  # noqa: S603 (our own commands)
            command.argv,
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=enter,  # noqa: PLW1509 (the supervisor has one thread)
        )
    finally:
        os.close(log)
    record = run_folder / f"{command.name}.pid"
    record.write_text(f"{process.pid} {int(command.stop_signal)} {started_at(process.pid) or ''}")
    return Child(command, process, record, time.monotonic())


def kill_group(pid: int) -> None:
    """SIGKILL a process group of ours; nothing where it is gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def leftover(record: Path) -> tuple[int, int] | None:
    """Read a record: pid and stop signal if that very process still runs."""
    pid, number, began = record.read_text().split(maxsplit=2)
    return (int(pid), int(number)) if started_at(int(pid)) == began else None


def end_leftovers(run_folder: Path, seconds: float = 8.0) -> None:
    """End what an earlier supervisor on this data left behind. Call it while holding the lock of the data folder.

    On Linux such a process is on its way out already; it is waited for, because two servers on one data folder or one
    port cannot be.
    """
    for record in run_folder.glob("*.pid"):
        with contextlib.suppress(ValueError):
            if found := leftover(record):
                end(*found, seconds)
                kill_group(found[0])
        record.unlink()


def end(pid: int, number: int, seconds: float) -> None:
    """Signal a process that is not our child and wait until it is gone; SIGKILL after `seconds`."""
    began, until = started_at(pid), time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        while began and started_at(pid) == began and time.monotonic() < until:
            time.sleep(0.02)
        if began and started_at(pid) == began:
            os.kill(pid, signal.SIGKILL)
