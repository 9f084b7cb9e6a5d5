"""The web server of browser tests."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.databases import ROOT, database_url


def start_server(port: int, database: str, **more: str) -> "subprocess.Popen[bytes]":
    """Start granian as `make run` does, with one worker; `more` are variables of its environment."""
    environment = os.environ | {
        "DATABASE_URL": database_url(database),
        "PLUMBLINE_PORT": str(port),
        "PLUMBLINE_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        **more,
        # Browser tests open pages faster than people do.
        "RATE_LIMIT_FACTOR": "100",
    }
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "asginl", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--no-access-log", "--log-level", "warning", "config.asgi:application",
    ]  # fmt: skip
    return subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)


def wait_until_healthy(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers; fail where it ends or takes more than 30 s."""
    for _attempt in range(300):
        assert process.poll() is None, f"the web server ended with {process.returncode}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail("the web server did not become healthy within 30 s")
