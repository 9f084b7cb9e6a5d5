"""The embedded servers: whom they run as, where their sockets lie, what they survive, what is said on failure."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.stack.child import Command, end_leftovers, spawn, started_at
from config.stack.errors import StackError
from config.stack.folder import DataFolder, claim_socket_folder, socket_folder
from config.stack.identity import Identity, Way, choose_identity, unprivileged_user
from config.stack.options import read_options
from config.stack.postgres import Postgres, program_folders
from config.stack.signals import StopRequest
from config.stack.supervisor import Service
from tests.config.stacks import ROOT, command, python, query

WAYS_OF_ROOT = ["setuid", "private view", "user namespace"]
WAYS = WAYS_OF_ROOT if os.geteuid() == 0 else ["same"]
POSTGRES_USER = (
    "import os; pid = open(os.environ['PLUMBLINE_DATA'] + '/run/postgres.pid').read().split()[0];"
    "print([line.split()[1] for line in open(f'/proc/{pid}/status') if line.startswith('Uid:')][0])"
)


def folder_at(path: Path) -> DataFolder:
    folder = DataFolder(path)
    folder.make()
    return folder


def modes(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in path.parents}


def test_postgres_below_a_private_home_runs_unprivileged_and_changes_no_mode(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    before = modes(home / "data")

    user = int(python(home / "data", POSTGRES_USER))

    assert user == (unprivileged_user()[0] if os.geteuid() == 0 else os.geteuid())
    assert modes(home / "data") == before
    assert query(home / "data", "SELECT current_setting('server_version_num')::int / 10000") == "18"


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="plumbline-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.mark.parametrize("way", WAYS)
def test_postgres_keeps_its_data_by_every_way_of_giving_up_root(open_place: Path, way: Way) -> None:
    uid, gid = unprivileged_user() if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    owners = []

    for _start in (1, 2):
        server = Postgres(folder_at(open_place / "data"), throwaway=True)
        server.__dict__["identity"] = Identity(uid, gid, way, (server.data, *program_folders(server.bin)))
        try:
            server.start(StopRequest())
            owners.append(server.data.stat().st_uid)
        finally:
            server.stop(3)

    assert owners == [uid if way in {"setuid", "private view"} else os.geteuid()] * 2


def test_identity_follows_the_owner_of_existing_data(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()

    identity = choose_identity(data)

    assert identity.way == ("user namespace" if os.geteuid() == 0 else "same")
    assert identity.owner == data.stat().st_uid


@pytest.mark.parametrize("name", ["x" * 150, "with space, ümlaut & quote'"])
def test_data_may_lie_below_any_path(tmp_path: Path, name: str) -> None:
    data = tmp_path / name / "data"

    pong = python(data, "import os, redis; print(redis.Redis.from_url(os.environ['REDIS_URL']).ping())")

    assert pong == "True"
    assert query(data, "SELECT 1") == "1"
    assert not socket_folder(data / "postgres", ".s.PGSQL.5432.lock").exists()


def test_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "open")

    for name in ("open", "link"):
        with pytest.raises(StackError, match="belongs to somebody else"):
            claim_socket_folder(tmp_path / name, os.geteuid())


@pytest.mark.parametrize("parent", ["a file", "/proc"])
def test_unwritable_folder_is_refused_in_one_sentence(tmp_path: Path, parent: str) -> None:
    place = Path(parent) if parent == "/proc" else tmp_path / "file"
    if parent == "a file":
        place.touch()

    refused = command(place / "data", "run")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"plumbline: the data folder {place / 'data'} cannot be written: ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("PLUMBLINE_PORT", "http"), ("PLUMBLINE_PORT", "70000"), ("PLUMBLINE_DEMO", "maybe")]
)
def test_wrong_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(StackError, match=f"{name}='{value}' is n"):
        read_options({name: value})


def test_given_servers_are_used_and_nothing_is_embedded(tmp_path: Path) -> None:
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL")}

    seen = python(tmp_path / "data", "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])", **given)

    assert seen == f"{given['DATABASE_URL']} {given['REDIS_URL']}"
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["log", "run", "secret_key"]


def test_given_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    refused = command(tmp_path / "data", "exec", "--", "true", DATABASE_URL="postgresql://me:hidden@127.0.0.1:1/none")

    assert refused.returncode == 1
    assert refused.stderr.startswith("plumbline: the database of DATABASE_URL does not answer: ")
    assert "hidden" not in refused.stderr


def test_data_of_another_postgres_version_is_refused(tmp_path: Path) -> None:
    query(tmp_path / "data", "SELECT 1")
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("17\n")

    refused = command(tmp_path / "data", "exec", "--", "true")

    assert refused.returncode == 1
    assert "is of PostgreSQL 17 and this is 18" in refused.stderr


def test_pid_file_with_a_strangers_number_does_not_stop_a_start(tmp_path: Path) -> None:
    query(tmp_path / "data", "SELECT 1")
    (tmp_path / "data" / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert query(tmp_path / "data", "SELECT 2") == "2"


def test_reset_empties_the_database(tmp_path: Path) -> None:
    query(tmp_path / "data", "CREATE TABLE left_over (); SELECT 1")

    reset = command(tmp_path / "data", "reset")

    assert reset.returncode == 0, reset.stderr
    assert query(tmp_path / "data", "SELECT to_regclass('left_over') IS NULL") == "True"
    assert query(tmp_path / "data", "SELECT count(*) > 0 FROM django_migrations") == "True"


def test_reset_of_a_given_database_wants_a_yes(tmp_path: Path) -> None:
    refused = command(tmp_path / "data", "reset", DATABASE_URL=os.environ["DATABASE_URL"])

    assert refused.returncode == 1
    assert "make reset ARGS=--yes" in refused.stderr


def child_command(folder: DataFolder, *argv: str) -> Command:
    return Command("sample", list(argv), {"PATH": os.defpath}, folder.logs / "sample.log")


def test_leftover_group_is_ended_and_a_recycled_number_is_not_touched(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    shell = spawn(child_command(folder, "/bin/sh", "-c", "trap '' TERM; sleep 60 & wait; wait"), folder.run)
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    (folder.run / "stranger.pid").write_text(f"{stranger.pid} {int(signal.SIGKILL)} 1")

    end_leftovers(folder.run, 0.3)

    assert shell.process.wait(2) == -signal.SIGKILL
    assert started_at(stranger.pid) is not None
    assert list(folder.run.glob("*.pid")) == []
    stranger.kill()
    stranger.wait()


def test_pause_before_a_restart_grows(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    command = child_command(folder, "/bin/false")
    service = Service("sample", lambda: spawn(command, folder.run), spawn(command, folder.run))
    pauses = []

    for _failure in range(7):
        service.child.process.wait()
        now = service.child.began
        service.tend(now)
        pauses.append(service.due - now)
        service.tend(service.due)

    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    service.child.stop(1)


STUBBORN = """
import os, sys
from pathlib import Path
from config.stack.child import Command, spawn
from config.stack.folder import DataFolder
from config.stack.guard import guarded

folder = DataFolder(Path(sys.argv[1]))
folder.make()
program = ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"]
with guarded(folder.run):
    print(spawn(Command("stubborn", program, {}, folder.logs / "log"), folder.run).pid, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_guard_ends_a_child_that_ignores_the_kernels_signal(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", STUBBORN, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    assert StopRequest().wait_for(lambda: started_at(int(killed.stdout)) is None, 8)
