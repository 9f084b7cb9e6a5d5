"""What no code of ours may do while tests run: lock without saying what, write in a GET, or talk to the outside."""

import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import QuerySet

ROOT = Path(__file__).resolve().parent.parent
WRITE = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+(?:ONLY\s+)?\"?(\w+)",
    re.IGNORECASE | re.DOTALL,
)
# Reading may renew or end a session (Django's and allauth's own bookkeeping); nothing else.
WRITTEN_BY_READING = {"django_session"}


class GuardError(AssertionError):
    """Our code did what STYLE.md forbids."""


def refuse_writes(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Database wrapper: raise where a statement writes anything but WRITTEN_BY_READING."""
    found = WRITE.match(str(sql))
    if found and found[2].lower() not in WRITTEN_BY_READING:
        raise GuardError(f"a GET or HEAD request writes: {str(sql)[:200]}")
    return execute(sql, params, many, context)


@contextmanager
def reading_only() -> Iterator[None]:
    """Let every write inside fail."""
    with connection.execute_wrapper(refuse_writes):
        yield


def _called_by_us() -> str:
    """Return the place in our own code that called a queryset method, or an empty text where a library did."""
    frame: FrameType | None = sys._getframe(2)
    while frame and frame.f_code.co_filename.endswith("django/db/models/manager.py"):
        frame = frame.f_back
    name = frame.f_code.co_filename if frame else ""
    is_ours = name.startswith(f"{ROOT}{os.sep}") and f"{os.sep}.venv{os.sep}" not in name
    return f"{name}:{frame.f_lineno}" if is_ours and frame else ""


def refuse_vague_locks(patch: pytest.MonkeyPatch) -> None:
    """Let select_for_update without `of` raise in our code: with a join it locks rows that nobody thought of."""
    original = QuerySet.select_for_update

    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("of") and (place := _called_by_us()):
            raise GuardError(f"select_for_update without of= at {place}")
        return original(self, *args, **kwargs)

    patch.setattr(QuerySet, "select_for_update", guarded)


def _allowed_hosts() -> set[str]:
    """Loopback, and the servers that the run was given."""
    given = {urlsplit(os.environ.get(name, "")).hostname for name in ("DATABASE_URL", "REDIS_URL")}
    return {"localhost", "", *(host for host in given if host)}


def _is_near(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name is None or name in _allowed_hosts() or str(name).startswith("127.") or name in {"::1", "0.0.0.0", "::"}


def refuse_outside(patch: pytest.MonkeyPatch) -> None:
    """Let every connection of this process to another machine raise, name look-ups included."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_near(address[0]):
            raise GuardError(f"a connection to another machine: {address}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_near(host):
            raise GuardError(f"a look-up of another machine: {host}")
        return look_up(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_look_up)
