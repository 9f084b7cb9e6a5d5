"""Who PostgreSQL runs as. It refuses to run as root, so a root stack gives it another user, and a way to its files.

The user is the owner of the data folder once there is one, so that the choice cannot flip between two starts.
"""

import ctypes
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config.stack.child import LIBC
from config.stack.errors import StackError

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
Way = Literal["same", "setuid", "private view", "user namespace"]


@dataclass(frozen=True)
class Identity:
    """A user and the way by which a child becomes it.

    * same: we are no root, nothing to do.
    * setuid: every folder on the way to the files may be entered by that user.
    * private view: one may not (a home of mode 0700). The child gets a mount namespace in which that folder is an empty
      one with just PostgreSQL's own folders mounted at their usual paths. No mode changes, and root is still given up.
    * user namespace: mounting is not allowed either. Files stay root's, PostgreSQL sees another user id.
    """

    uid: int
    gid: int
    way: Way
    folders: tuple[Path, ...] = ()

    @property
    def owner(self) -> int:
        """The user id that owns PostgreSQL's files on disk."""
        return os.geteuid() if self.way in {"same", "user namespace"} else self.uid

    def enter(self) -> None:
        """Become the user. Runs in the child between fork and exec; raises OSError where the kernel refuses."""
        if self.way == "user namespace":
            map_user(self.uid, self.gid)
        if self.way == "private view":
            show_only(self.folders, self.uid, self.gid)
        if self.way in {"setuid", "private view"}:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)


def checked(result: int, what: str) -> None:
    """Raise OSError with the C library's errno where a call returned one."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def map_user(uid: int, gid: int) -> None:
    """Enter a user namespace in which our root is that user (user_namespaces(7))."""
    assert LIBC is not None
    checked(LIBC.unshare(CLONE_NEWUSER), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} 0 1"), ("gid_map", f"{gid} 0 1")):
        Path(f"/proc/self/{name}").write_text(text)


def may_enter(folder: Path, uid: int, gid: int) -> bool:
    """Say whether a user without further groups may go through a folder, by its mode bits (not by access lists)."""
    found = folder.stat()
    bit = 0o100 if found.st_uid == uid else 0o010 if found.st_gid == gid else 0o001
    return bool(found.st_mode & bit)


def closed_folder(path: Path, uid: int, gid: int) -> Path | None:
    """Return the topmost folder above a path that the user may not go through."""
    above = [folder for folder in reversed(path.parents) if folder.exists()]
    return next((folder for folder in above if not may_enter(folder, uid, gid)), None)


def show_only(folders: tuple[Path, ...], uid: int, gid: int) -> None:
    """In a mount namespace of our own, cover each closed folder and mount only the given ones below it again."""
    assert LIBC is not None
    checked(LIBC.unshare(CLONE_NEWNS), "unshare")
    checked(LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount private")
    while closed := next(filter(None, (closed_folder(folder, uid, gid) for folder in folders)), None):
        inside = [folder for folder in folders if folder.is_relative_to(closed)]
        handles = [os.open(folder, os.O_PATH) for folder in inside]
        checked(LIBC.mount(b"plumbline", os.fsencode(closed), b"tmpfs", 0, b"mode=755,size=64k"), "mount tmpfs")
        for folder, handle in zip(inside, handles, strict=True):
            folder.mkdir(parents=True)
            source = os.fsencode(f"/proc/self/fd/{handle}")
            checked(LIBC.mount(source, os.fsencode(folder), None, MS_BIND | MS_REC, None), f"mount {folder}")
            os.close(handle)


def may_mount() -> bool:
    """Say whether we may make a mount namespace (not in most containers), by trying it in a child."""
    if LIBC is None:
        return False
    pid = os.fork()
    if pid == 0:
        done = LIBC.unshare(CLONE_NEWNS) == 0 and LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) == 0
        os._exit(0 if done else 1)
    return os.waitpid(pid, 0)[1] == 0


def unprivileged_user() -> tuple[int, int]:
    """Return the user that a root stack gives PostgreSQL; initdb wants one with an entry in the user database."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise StackError("PostgreSQL may not run as root and there is no user postgres or nobody; start as another user.")


def choose_identity(data: Path, *others: Path) -> Identity:
    """Choose for a data folder (which may not exist yet) and the other folders that PostgreSQL reads or writes.

    Changes nothing. An existing data folder of root's was made in a user namespace and is opened in one again.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), "same")
    uid, gid = unprivileged_user()
    if data.exists():
        if data.stat().st_uid == 0:
            return Identity(uid, gid, "user namespace")
        uid, gid = data.stat().st_uid, data.stat().st_gid
    folders = (data, *others)
    if all(closed_folder(folder, uid, gid) is None for folder in folders):
        return Identity(uid, gid, "setuid")
    if may_mount():
        return Identity(uid, gid, "private view", folders)
    if data.exists():
        raise StackError(f"PostgreSQL may not run as root and cannot reach {data}; move it where every user may enter.")
    return Identity(uid, gid, "user namespace")
