"""What the terminal shows: one line for each step with its time, then what the processes log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Step:
    """A running step; its note is shown behind the time."""

    note = ""


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Print the step's name and time once its block has ended well; nothing where it raised."""
    current, began = Step(), time.monotonic()
    yield current
    print(f"  {name:<12} {time.monotonic() - began:6.2f} s  {current.note}".rstrip(), flush=True)


def say(text: str) -> None:
    """Print a line on standard error, where the processes' own lines go as well."""
    print(text, file=sys.stderr, flush=True)


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log, for the sentence that says why its process ended."""
    if not path.exists():
        return ""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 16_384))
        text = handle.read().decode(errors="replace")
    return "\n".join(text.strip().splitlines()[-lines:])


class Follower:
    """Repeats on the terminal what is appended to a log from now on, each line behind the process's name."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self.position = path.stat().st_size if path.exists() else 0

    def poll(self) -> None:
        """Print the whole lines that came since the last call; a half one waits for its end."""
        if not self.path.exists():
            return
        with self.path.open("rb") as handle:
            handle.seek(self.position)
            whole, newline, _rest = handle.read().rpartition(b"\n")
        self.position += len(whole) + len(newline)
        for line in whole.decode(errors="replace").splitlines():
            say(f"{self.name:<7}| {line}")
