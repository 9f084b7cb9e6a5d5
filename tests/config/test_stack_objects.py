"""The embedded S3 endpoint: its keys, its port, its place, and that everybody finds it."""

import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from config.stack.errors import StackError
from config.stack.folder import DataFolder
from config.stack.objectstore import BUCKET, ObjectStore
from config.stack.options import Options, read_options
from config.stack.servers import Servers
from config.stack.signals import StopRequest
from tests.config.stacks import ROOT, command, free_port, processes
from tests.config.test_stack_servers import folder_at

DJANGO = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import django; django.setup(); "
STORE = DJANGO + (
    "import io, hashlib; from files import storage;"
    "storage.upload('kept', io.BytesIO(b'plumb'), type='text/plain', size=5,"
    " sha256=hashlib.sha256(b'plumb').hexdigest())"
)
READ = DJANGO + "from files import storage; print(storage.read('kept', at_most=9))"


@pytest.fixture
def store(tmp_path):
    server = ObjectStore(Options(data=tmp_path), folder_at(tmp_path))
    server.start(StopRequest())
    yield server
    server.stop(1)


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def django(store: ObjectStore, code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("S3_")}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PLUMBLINE_ENV": "test", **store.environment}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_answers_to_signatures_only(store):
    django(store, STORE)

    assert django(store, READ) == "b'plumb'"
    assert status(f"{store.address}/{BUCKET}/kept") == 400
    assert status(f"{store.address}/") >= 400


def test_its_keys_are_closed_to_others_and_on_no_command_line(store, tmp_path):
    access, secret = store.folder.object_keys()
    kept = tmp_path / "object_keys"
    lines = [(Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in processes(tmp_path)]

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text() == f"{access},{secret}"
    assert any(b"rclone" in line for line in lines)
    assert not any(secret.encode() in line or access.encode() in line for line in lines)
    assert secret not in (store.folder.logs / "objects.log").read_text()


def test_its_keys_and_objects_stay_and_are_closed_to_others(store, tmp_path):
    django(store, STORE)
    keys = store.folder.object_keys()
    store.stop(1)
    again = ObjectStore(Options(data=tmp_path), DataFolder(tmp_path))
    again.start(StopRequest())

    read = django(again, READ)
    again.stop(1)

    assert (read, again.folder.object_keys()) == ("b'plumb'", keys)
    assert stat.S_IMODE((tmp_path / "objects" / BUCKET).stat().st_mode) == 0o700


def test_emptied_it_has_a_bucket_and_no_object(store):
    django(store, STORE)

    store.empty()
    store.stop(1)
    store.start(StopRequest())

    assert django(store, DJANGO + "from files import storage; print(list(storage.listed('')))") == "[]"


def test_its_port_can_be_chosen_and_stays_after_a_kill(tmp_path):
    port = free_port()
    store = ObjectStore(Options(data=tmp_path, s3_port=port), folder_at(tmp_path))
    store.start(StopRequest())
    assert store.child is not None
    store.child.process.send_signal(signal.SIGKILL)
    store.child.process.wait()

    store.child.clear()
    store.launch()

    assert StopRequest().wait_for(store.is_ready, 10)
    assert store.address == f"http://127.0.0.1:{port}"
    store.stop(1)


def test_it_stops_within_its_time(store):
    began = time.monotonic()

    store.stop(3)

    assert time.monotonic() - began < 2
    assert processes(store.folder.path) == set()


def test_a_taken_port_is_refused_in_one_sentence_before_anything_starts(store, tmp_path):
    refused = command(tmp_path / "other", "exec", "--", "true", PLUMBLINE_S3_PORT=str(store.port))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"plumbline: port {store.port} on 127.0.0.1 cannot be used: address already in use."
        " Choose another: PLUMBLINE_S3_PORT=8001\n"
    )
    assert not (tmp_path / "other" / "postgres").exists()


@pytest.mark.parametrize("value", ["0", "http", "70000", "-1"])
def test_a_wrong_port_is_named(value):
    with pytest.raises(StackError, match=f"PLUMBLINE_S3_PORT='{value}' is no"):
        read_options({"PLUMBLINE_S3_PORT": value})


@pytest.mark.parametrize(
    ("given", "embedded"),
    [({}, True), ({"S3_ENDPOINT_URL": "http://127.0.0.1:9"}, False), ({"S3_BUCKET": "at-amazon"}, False)],
)
def test_a_given_storage_takes_its_place(tmp_path, given, embedded):
    options = read_options({"PLUMBLINE_DATA": str(tmp_path), **given})

    assert (Servers(options, DataFolder(tmp_path)).objects is not None) is embedded


@pytest.mark.parametrize(
    ("site", "public", "wanted"),
    [
        ("", "", "http://127.0.0.1:{port}"),
        ("http://tracker.lan:8000", "", "http://tracker.lan:{port}"),
        ("https://tracker.example.org", "https://files.example.org", "https://files.example.org"),
    ],
)
def test_browsers_reach_it_by_the_sites_name(store, monkeypatch, site, public, wanted):
    monkeypatch.setenv("SITE_URL", site)
    monkeypatch.setenv("S3_PUBLIC_URL", public)

    assert store.environment["S3_PUBLIC_URL"] == wanted.format(port=store.port)
    assert store.environment["S3_ENDPOINT_URL"] == f"http://127.0.0.1:{store.port}"
