"""The data folder: made with our own modes, locked by one supervisor at a time, described for whoever comes second."""

import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.stack.errors import StackError

SHORT_ENOUGH = 100
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter. An existing one keeps its mode."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@dataclass(frozen=True)
class DataFolder:
    """PLUMBLINE_DATA and what lies where in it."""

    path: Path

    @property
    def run(self) -> Path:
        """Process records and the description of what runs."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.path / "log"

    @property
    def mails(self) -> Path:
        """What the mailbox has caught."""
        return self.path / "mail"

    @property
    def description(self) -> Path:
        """Written by the holder of the lock for `exec` and `status`."""
        return self.run / "stack.json"

    def make(self) -> None:
        """Make the folder and prove that it can be written; raise StackError where it cannot. Foreign modes stay."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            private_folder(self.run)
            private_folder(self.logs)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise StackError(f"the data folder {self.path} cannot be written: {error.strerror}.") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; raise StackError where another process has it. The kernel frees it on our death."""
        with (self.run / "lock").open("a+b") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(self.busy()) from None
            self.description.unlink(missing_ok=True)
            yield
            self.description.unlink(missing_ok=True)

    def busy(self) -> str:
        """Say who uses the folder."""
        known = self.read_description() or {}
        where = f" at {known['address']}" if "address" in known else ""
        who = f" by process {known['pid']}" if "pid" in known else ""
        advice = "stop that one, or choose another PLUMBLINE_DATA."
        return f"the data in {self.path} is already in use{who}{where}; {advice}"

    def is_locked(self) -> bool:
        """Say whether a living process holds the lock."""
        if not (self.run / "lock").exists():
            return False
        with (self.run / "lock").open("rb") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def describe(self, **facts: Any) -> None:
        """Write what runs, for `exec` and `status`; readable by the owner, because addresses may hold passwords."""
        draft = self.description.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"pid": os.getpid(), **facts}))
        draft.replace(self.description)

    def read_description(self) -> dict[str, Any] | None:
        """Return what the holder of the lock wrote, None before it has."""
        try:
            found: dict[str, Any] = json.loads(self.description.read_text())
        except (OSError, ValueError):
            return None
        return found

    def secret_key(self) -> str:
        """Return this installation's key; the first call makes it (mode 0600, never replaced)."""
        return _kept_secret(self.path / "secret_key", secrets.token_urlsafe(64))

    def object_keys(self) -> tuple[str, str]:
        """Return the access key and the secret key of the embedded S3 endpoint; the first call makes them."""
        access, _comma, secret = _kept_secret(
            self.path / "object_keys", f"{secrets.token_hex(10)},{secrets.token_hex(32)}"
        ).partition(",")
        return access, secret


def _kept_secret(path: Path, fresh: str) -> str:
    """Return what the file holds; where there is none, make it with a fresh secret (mode 0600)."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(fresh)
    return fresh


def socket_folder(wanted: Path, longest_name: str) -> Path:
    """Return a folder for a Unix socket: the wanted one, or a short private one if its path is too long or not plain.

    A socket's address holds 107 bytes, and it travels through URLs of three libraries that do not quote alike.
    """
    if len(os.fsencode(wanted / longest_name)) <= SHORT_ENOUGH and PLAIN_PATH.fullmatch(str(wanted)):
        return wanted
    name = "plumbline-" + hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 (made 0700 and checked below)
        if len(os.fsencode(base / name / longest_name)) <= SHORT_ENOUGH and PLAIN_PATH.fullmatch(str(base)):
            return base / name
    raise StackError(f"no folder with a short path for sockets: {tempfile.gettempdir()} is too long. Set TMPDIR.")


def claim_socket_folder(path: Path, owner: int) -> None:
    """Make a socket folder for one user, or accept an existing one that is theirs and closed to others.

    Raises StackError on a folder or link that somebody else put there first: they could read every query.
    """
    try:
        path.mkdir(mode=0o700)
        os.chown(path, owner, -1)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise StackError(f"{path} belongs to somebody else; remove it, or set TMPDIR to another folder.") from None
