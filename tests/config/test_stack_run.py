"""The whole stack as a process: what a person who types `make run` may rely on."""

import os
import signal
import stat
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.stacks import Stack, command, processes, python, query, running

PID = "import os; print(open(os.environ['PLUMBLINE_DATA'] + '/run/{}.pid').read().split()[0])"
WORKER_PID = PID.format("worker")
S3 = "import os; print(os.environ['S3_ENDPOINT_URL'], os.environ['S3_ACCESS_KEY_ID'])"
BUCKET = "import django; django.setup(); from files import storage; print(storage.ask_bucket('head_bucket').status)"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    place = tmp_path_factory.mktemp("stack")
    with running(place / "data", place / "output") as ready:
        yield ready


def get(stack: Stack, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}{path}", timeout=10) as answer:
        return answer.status


def gone(data: Path, seconds: float) -> float:
    """Wait until no process of the data folder is left; return how long it took."""
    began = time.monotonic()
    while processes(data):
        assert time.monotonic() - began < seconds, processes(data)
        time.sleep(0.05)
    return time.monotonic() - began


def test_ready_stack_answers_and_says_where(stack: Stack) -> None:
    output = stack.output.read_text()

    assert (get(stack, "/healthz"), get(stack, "/readyz")) == (200, 200)
    assert f"http://127.0.0.1:{stack.port}/" in output
    assert "lead1/leadpass" not in output


def test_second_start_on_the_same_data_is_refused_in_one_sentence(stack: Stack) -> None:
    refused = command(stack.data, "run", PLUMBLINE_PORT="1")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"plumbline: the data in {stack.data} is already in use by process {stack.process.pid} at"
        f" http://127.0.0.1:{stack.port}; stop that one, or choose another PLUMBLINE_DATA.\n"
    )
    assert get(stack, "/readyz") == 200


def test_taken_port_is_refused_in_one_sentence_before_anything_starts(stack: Stack, tmp_path: Path) -> None:
    refused = command(tmp_path / "other", "run", PLUMBLINE_PORT=str(stack.port))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"plumbline: port {stack.port} on 127.0.0.1 cannot be used: address already in use."
        " Choose another: PLUMBLINE_PORT=8001\n"
    )
    assert not (tmp_path / "other" / "postgres").exists()


def test_commands_join_the_running_servers(stack: Stack) -> None:
    postmaster = query(stack.data, "SELECT pg_postmaster_start_time()::text")

    assert query(stack.data, "SELECT pg_postmaster_start_time()::text") == postmaster
    assert command(stack.data, "status").stdout.startswith(f"kind=run address=http://127.0.0.1:{stack.port} ")


def test_reset_is_refused_while_the_stack_runs(stack: Stack) -> None:
    refused = command(stack.data, "reset")

    assert refused.returncode == 1
    assert "already in use" in refused.stderr


def test_killed_worker_is_started_again(stack: Stack) -> None:
    before = int(python(stack.data, WORKER_PID))

    os.kill(before, signal.SIGKILL)

    stack.wait_for(r"worker ended \(SIGKILL\); it starts again in \d+ s")
    until = time.monotonic() + 15
    while (after := (stack.data / "run" / "worker.pid")).exists() is False or after.read_text().startswith(
        f"{before} "
    ):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert int(after.read_text().split()[0]) in processes(stack.data)


def test_killed_storage_is_started_again_where_it_was(stack: Stack) -> None:
    before, address = int(python(stack.data, PID.format("objects"))), python(stack.data, S3)

    os.kill(before, signal.SIGKILL)
    stack.wait_for(r"objects ended \(SIGKILL\); it starts again in \d+ s")
    time.sleep(2)

    assert python(stack.data, S3) == address
    assert python(stack.data, BUCKET) == "200"
    assert int(python(stack.data, PID.format("objects"))) != before


def test_secrets_and_logs_are_readable_by_the_owner_only(stack: Stack) -> None:
    private = [
        stack.data / "secret_key",
        stack.data / "object_keys",
        *(stack.data / "log").iterdir(),
        stack.data / "run" / "stack.json",
    ]

    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in private} == {
        path.name: "0o0" for path in private
    }
    assert len((stack.data / "secret_key").read_text()) >= 64


def test_two_stacks_live_beside_each_other_and_ctrl_c_stops_one(stack: Stack, tmp_path: Path) -> None:
    with running(tmp_path / "data", tmp_path / "output") as other:
        assert (get(stack, "/readyz"), get(other, "/readyz")) == (200, 200)
        assert (other.data / "secret_key").read_text() != (stack.data / "secret_key").read_text()

        status, seconds = other.end(signal.SIGINT)

        assert status == 0
        assert seconds < 5
        assert gone(other.data, 1) < 1
        assert get(stack, "/readyz") == 200


def test_kill_9_leaves_no_orphan_and_loses_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, tmp_path / "first") as stack:
        query(data, "CREATE TABLE kept AS SELECT 'plumb' AS word; SELECT word FROM kept")
        started = processes(data)

        status, _seconds = stack.end(signal.SIGKILL)

        assert status == -signal.SIGKILL
        assert len(started) > 5
        assert gone(data, 5) < 5
    with running(data, tmp_path / "second") as again:
        assert query(data, "SELECT word FROM kept") == "plumb"
        status, seconds = again.end(signal.SIGTERM)
        assert (status, seconds < 5, processes(data)) == (0, True, set())
