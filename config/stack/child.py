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


def on_terminal(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command that shares our terminal and its signals, and that ends with us."""
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603 (our own commands, or what the caller typed)
        command,
        env=environment,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM, parent),  # noqa: PLW1509 (one thread)
    )


def kill_group(pid: int) -> None:
    """SIGKILL a process group of ours; nothing where it is gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Record:
    """A process that some supervisor started: the leader of its group, the signal that ends it, when it began."""

    pid: int
    stop_signal: int
    began: str
    path: Path

    def leader_runs(self) -> bool:
        """Say whether that very process runs."""
        return started_at(self.pid) == self.began

    def group_may_run(self) -> bool:
        """Say whether the group's number cannot be a stranger's: its leader runs, or no process has the number."""
        return started_at(self.pid) in {self.began, None}


def read_records(run_folder: Path) -> list[Record]:
    """Return the records of a run folder; one that was cut off while being written names nobody."""
    records = []
    for path in run_folder.glob("*.pid"):
        with contextlib.suppress(ValueError, OSError):
            pid, number, began = path.read_text().split(maxsplit=2)
            records.append(Record(int(pid), int(number), began, path))
    return records


def end_all(records: list[Record], seconds: float) -> None:
    """Signal every leader that runs, wait for all of them, then SIGKILL what is left of the groups."""
    for record in records:
        if record.leader_runs():
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.pid, record.stop_signal)
    until = time.monotonic() + seconds
    while time.monotonic() < until and any(record.leader_runs() for record in records):
        time.sleep(0.02)
    for record in records:
        if record.group_may_run():
            kill_group(record.pid)


def end_leftovers(run_folder: Path, seconds: float = 5.0) -> None:
    """End what an earlier supervisor on this data left behind. Call it while holding the lock of the data folder.

    It is on its way out already, by the kernel's signal or the guard; it is waited for, because two servers on one data
    folder or one port cannot be.
    """
    records = read_records(run_folder)
    end_all(records, seconds)
    for path in run_folder.glob("*.pid"):
        path.unlink()
