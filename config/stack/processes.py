"""The three kinds of process that make Plumbline, as command lines: used by the local stack and by the image alike.

`python -m config.stack.processes web` (or worker, beat) becomes that process; the image's entry point.
"""

import os
import sys
import tempfile
from pathlib import Path

from config.stack.errors import StackError
from config.stack.options import Options, read_options


def web_command(options: Options) -> list[str]:
    """Serve pages on one port. A web worker that crashes is replaced; one that hangs at a stop is killed."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asginl"),
        *("--host", options.host, "--port", str(options.port), "--workers", str(options.workers)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "1", "--no-access-log", "--log-level", "warning"),
        "config.asgi:application",
    ]


def worker_command(options: Options) -> list[str]:
    """Work off what Celery brings. Gossip and mingle only cost time at the start: workers need not know each other."""
    # A stack that was started by root on a developer's machine; the image has a user of its own.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"] if os.geteuid() == 0 else []
    return [
        *(sys.executable, *quiet, "-m", "celery", "--app", "config", "--quiet", "worker", "--loglevel", "INFO"),
        *("--concurrency", str(options.concurrency), "--without-gossip", "--without-mingle"),
    ]


def beat_command(options: Options) -> list[str]:
    """Send what is due. Its memory of the last runs is a file that may be lost: every periodic task is idempotent."""
    schedule = Path(options.data if os.access(options.data, os.W_OK) else tempfile.gettempdir()) / "beat"
    return [
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "beat", "--loglevel", "INFO"),
        *("--schedule", str(schedule), "--pidfile="),
    ]


def mailbox_command(address: str, folder: Path) -> list[str]:
    """Catch every mail at an address. Of the local stack only, so not among COMMANDS."""
    return [sys.executable, "-m", "config.mailbox.server", address, str(folder)]


COMMANDS = {"web": web_command, "worker": worker_command, "beat": beat_command}


def main(arguments: list[str]) -> None:
    """Become the named process."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.exit(f"usage: python -m config.stack.processes {'|'.join(COMMANDS)}")
    try:
        command = COMMANDS[arguments[0]](read_options())
    except StackError as error:
        sys.exit(f"plumbline: {error}")
    os.execv(command[0], command)  # noqa: S606 (our own commands)


if __name__ == "__main__":
    main(sys.argv[1:])
