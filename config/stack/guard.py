"""A tiny process that outlives a killed supervisor just long enough to end what it left behind.

The kernel's signal on our death reaches our own children only, and a Celery worker takes it as a request to finish its
work first. The guard waits on a pipe that closes when the supervisor is gone, however that came about.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.stack.child import end_all, read_records

GRACE_SECONDS = 2.5
HIGHEST_HANDLE = 4096


@contextmanager
def guarded(run_folder: Path) -> Iterator[None]:
    """Have every process of the run folder ended should this one die inside the block. Call it before threads start."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            guard(run_folder, reading)
        finally:
            os._exit(0)
    os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        os.waitpid(pid, 0)


def guard(run_folder: Path, reading: int) -> None:
    """Wait for the pipe to close, then end what the records name; after a clean stop there are none.

    Keeps nothing else open, above all not the data folder's lock: the next start may come at once.
    """
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(reading, 0)
    os.closerange(1, HIGHEST_HANDLE)
    os.read(0, 1)
    end_all(read_records(run_folder), GRACE_SECONDS)
