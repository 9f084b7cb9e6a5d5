"""A database, a Redis and an S3 endpoint for whoever needs them: embedded in the data folder, or those given."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from config.stack.child import Child, end_leftovers
from config.stack.errors import StackError
from config.stack.folder import DataFolder
from config.stack.guard import guarded
from config.stack.objectstore import ObjectStore
from config.stack.options import ROOT, Options
from config.stack.ports import require_free_port
from config.stack.postgres import Postgres
from config.stack.signals import StopRequest
from config.stack.terminal import step
from config.stack.valkey import Valkey

CONNECT_SECONDS = 5
POSTGRES_STOP, VALKEY_STOP, OBJECTS_STOP = 0.9, 0.5, 0.3


@dataclass
class Servers:
    """PostgreSQL, Valkey and the S3 endpoint, each only where no address is given for it."""

    options: Options
    folder: DataFolder
    throwaway: bool = False
    postgres: Postgres | None = field(default=None, init=False)
    valkey: Valkey | None = field(default=None, init=False)
    objects: ObjectStore | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not self.options.database_url:
            self.postgres = Postgres(self.folder, self.throwaway)
        if not self.options.redis_url:
            self.valkey = Valkey(self.folder, self.throwaway)
        if not self.options.s3_given:
            self.objects = ObjectStore(self.options, self.folder)

    @property
    def embedded(self) -> list[Postgres | Valkey | ObjectStore]:
        """Those that are ours to start, in the order of starting."""
        return [server for server in (self.postgres, self.valkey, self.objects) if server]

    @property
    def database_url(self) -> str:
        """DATABASE_URL for every process."""
        return self.postgres.url if self.postgres else self.options.database_url

    @property
    def redis_url(self) -> str:
        """REDIS_URL for every process."""
        return self.valkey.url if self.valkey else self.options.redis_url

    @property
    def addresses(self) -> dict[str, str]:
        """Where the servers are, as every process reads it from its environment. After the start."""
        found = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        return found | (self.objects.environment if self.objects else {})

    def start(self, stop: StopRequest, *, quiet: bool = False) -> None:
        """Start what is embedded and check what is given. Raises StackError with the reason, Stopped on a request."""
        for server in self.embedded:
            if quiet:
                server.start(stop)
            else:
                with step(server.name) as line:
                    server.start(stop)
                    line.note = ways_of(server)
        if not self.postgres:
            check_database(self.options.database_url)
        if not self.valkey:
            check_redis(self.options.redis_url)

    def require_free_ports(self) -> None:
        """Raise StackError where a port that was chosen for a server is taken. The others listen on no port."""
        if self.objects and self.options.s3_port:
            require_free_port(self.options.host, self.options.s3_port, "PLUMBLINE_S3_PORT")

    def launch(self, name: str) -> Child:
        """Start one embedded server again without waiting for it."""
        return next(server for server in self.embedded if server.name == name).launch()

    def stop(self) -> None:
        """Stop the S3 endpoint and Valkey, then PostgreSQL."""
        if self.objects:
            self.objects.stop(OBJECTS_STOP)
        if self.valkey:
            self.valkey.stop(VALKEY_STOP)
        if self.postgres:
            self.postgres.stop(POSTGRES_STOP)


def ways_of(server: Postgres | Valkey | ObjectStore) -> str:
    """Return the note behind a start line: whom PostgreSQL runs as, where browsers send their files."""
    if isinstance(server, ObjectStore):
        return f"at {server.address}"
    if isinstance(server, Postgres) and server.identity.way != "same":
        return f"as user id {server.identity.uid} ({server.identity.way})"
    return ""


def check_database(url: str) -> None:
    """Raise StackError where the given PostgreSQL does not answer, without repeating its password."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1]
        raise StackError(f"the database of DATABASE_URL does not answer: {reason}") from None


def check_redis(url: str) -> None:
    """Raise StackError where the given Redis does not answer."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as connection:
            connection.ping()
    except (redis.RedisError, ValueError) as error:
        raise StackError(f"the Redis of REDIS_URL does not answer: {error}") from None


def process_environment(
    options: Options, folder: DataFolder, addresses: Mapping[str, str], mailbox: str = ""
) -> dict[str, str]:
    """Return the environment of every process: ours, and what the stack decides. Makes the secret key on first use."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **addresses,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or folder.secret_key(),
        "PLUMBLINE_HOST": options.host,
        "PLUMBLINE_PORT": str(options.port),
        "PLUMBLINE_DATA": str(options.data),
        "PLUMBLINE_DEMO": "1" if options.demo else "0",
        "PLUMBLINE_MAILBOX": mailbox,
    }


@contextmanager
def own_servers(servers: Servers, stop: StopRequest, *, quiet: bool = True) -> Iterator[dict[str, str]]:
    """Hold the data folder, start the servers, yield the environment for processes, stop the servers at the end."""
    folder = servers.folder
    with folder.locked(), guarded(folder.run):
        end_leftovers(folder.run)
        servers.require_free_ports()
        try:
            servers.start(stop, quiet=quiet)
            environment = process_environment(servers.options, folder, servers.addresses)
            folder.describe(kind="servers", addresses=servers.addresses)
            yield environment
        finally:
            servers.stop()


@contextmanager
def joined_servers(options: Options, stop: StopRequest, *, patience: float = 60) -> Iterator[dict[str, str]]:
    """Yield the environment of the running stack on this data, or start servers for the time of the block.

    Waits for another command's servers to end, because they would vanish under us; a running stack is joined.
    """
    folder = DataFolder(options.data)
    folder.make()
    until = time.monotonic() + patience
    while folder.is_locked():
        running = folder.read_description() or {}
        if running.get("kind") == "run":
            yield process_environment(options, folder, running["addresses"], running.get("mailbox", ""))
            return
        if time.monotonic() > until:
            raise StackError(folder.busy())
        stop.pause(0.1)
    with own_servers(Servers(options, folder), stop) as environment:
        yield environment
