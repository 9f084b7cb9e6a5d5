"""The command line of the stack: run, exec, test, reset, status."""

import argparse
import signal
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager

import psycopg
from psycopg import sql

from config.stack.browser import find_chromium
from config.stack.child import on_terminal
from config.stack.errors import StackError, Stopped
from config.stack.folder import DataFolder
from config.stack.options import ROOT, Options, read_options
from config.stack.servers import Servers, joined_servers, own_servers
from config.stack.signals import StopRequest
from config.stack.supervisor import Supervisor
from config.stack.terminal import step
from config.stack.throwaway import throwaway_servers

NOT_RUNNING = 3
USAGE = "python -m config.stack"


def parser() -> argparse.ArgumentParser:
    """Return the parser; every command names its function."""
    top = argparse.ArgumentParser(prog=USAGE, description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start everything, watch it, stop it on Ctrl-C")
    run.set_defaults(call=run_stack)
    execute = commands.add_parser("exec", help="run a command with a database, a Redis and an S3 endpoint")
    execute.add_argument("--throwaway", action="store_true", help="with servers of its own, gone afterwards")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    execute.set_defaults(call=execute_command)
    test = commands.add_parser("test", help="run pytest with servers of its own and a browser")
    test.add_argument("arguments", nargs=argparse.REMAINDER)
    test.set_defaults(call=run_tests)
    reset = commands.add_parser("reset", help="make the database empty again")
    reset.add_argument("--yes", action="store_true", help="also where DATABASE_URL names a database of yours")
    reset.set_defaults(call=reset_database)
    commands.add_parser("status", help="say whether the stack runs").set_defaults(call=show_status)
    return top


def main(arguments: list[str]) -> int:
    """Run one command; print a StackError as one sentence. Returns the exit status."""
    given = parser().parse_args(arguments)
    try:
        status: int = given.call(read_options(), given)
    except StackError as error:
        print(f"plumbline: {error}", file=sys.stderr)
        return 1
    except Stopped:
        return 128 + signal.SIGTERM
    return status


def run_stack(options: Options, given: argparse.Namespace) -> int:
    """Run everything until a signal."""
    return Supervisor(options).run()


def without_dashes(words: list[str]) -> list[str]:
    """Drop the `--` that separates our options from the command's."""
    return words[1:] if words[:1] == ["--"] else words


def call(command: list[str], environment: dict[str, str], stop: StopRequest) -> int:
    """Run a command on this terminal, return its exit status. A SIGTERM of ours is handed on; Ctrl-C reaches both."""
    try:
        process = on_terminal(command, environment)
    except OSError as error:
        raise StackError(f"{command[0]} cannot be started: {error.strerror}.") from None
    try:
        while process.poll() is None:
            stop.pause(0.05)
    except Stopped:
        process.terminate()
        process.wait()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def execute_command(options: Options, given: argparse.Namespace) -> int:
    """Run a command with DATABASE_URL, REDIS_URL and SECRET_KEY of the running stack, or of servers for its time."""
    command = without_dashes(given.command)
    if not command:
        raise StackError(f"usage: {USAGE} exec [--throwaway] -- COMMAND …")
    stop = StopRequest()
    stop.listen()
    servers: AbstractContextManager[dict[str, str]]
    servers = throwaway_servers(options, stop) if given.throwaway else joined_servers(options, stop)
    with servers as environment:
        return call(command, environment, stop)


def run_tests(options: Options, given: argparse.Namespace) -> int:
    """Run pytest in parallel against throw-away servers, with CHROMIUM naming a browser that starts."""
    stop = StopRequest()
    stop.listen()
    chromium = find_chromium()
    with throwaway_servers(options, stop) as environment:
        environment.update(shared_bytecode(environment), PLUMBLINE_ENV="test", CHROMIUM=str(chromium))
        command = [sys.executable, "-m", "pytest", "-n", "auto", "-q", *without_dashes(given.arguments)]
        return call(command, environment, stop)


def shared_bytecode(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what lets all processes of a test run share their compiled modules, where none are kept in the tree.

    Such a run starts hundreds of processes; under PYTHONDONTWRITEBYTECODE each would compile for two seconds what the
    first has compiled. The folder goes away with the servers.
    """
    if not sys.dont_write_bytecode:
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{environment['PLUMBLINE_DATA']}/bytecode"}


def reset_database(options: Options, given: argparse.Namespace) -> int:
    """Drop everything and migrate again; refused while the stack runs, and for a given database without --yes."""
    if options.database_url and not given.yes:
        raise StackError("DATABASE_URL names a database of yours; to empty it for good: make reset ARGS=--yes")
    stop = StopRequest()
    stop.listen()
    folder = DataFolder(options.data)
    folder.make()
    servers = Servers(options, folder)
    with own_servers(servers, stop) as environment:
        with step("empty"):
            empty_database(environment["DATABASE_URL"])
            if servers.objects:
                servers.objects.empty()
        environment["PLUMBLINE_DEMO"] = "0"
        return call([sys.executable, str(ROOT / "manage.py"), "prepare"], environment, stop)


def empty_database(url: str) -> None:
    """Drop every schema of ours with all that is in it, and make `public` anew."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")
        for (name,) in rows.fetchall():
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
        connection.execute("CREATE SCHEMA public")


def show_status(options: Options, given: argparse.Namespace) -> int:
    """Print what runs on this data; exit 3 where nothing does."""
    folder = DataFolder(options.data)
    if not folder.is_locked():
        print(f"not running (data in {options.data})")
        return NOT_RUNNING
    known = folder.read_description() or {"kind": "starting"}
    print(" ".join(f"{name}={known[name]}" for name in ("kind", "address", "pid") if name in known))
    return 0
