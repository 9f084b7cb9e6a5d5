"""What a Celery worker does as it starts."""

import subprocess
import sys

import pytest

from config.stack.options import ROOT

# PR_GET_DUMPABLE is 3.
ASKED = """
import ctypes
from celery import signals
import config.celery

before = ctypes.CDLL(None).prctl(3)
signals.{signal}.send(None)
print(before, ctypes.CDLL(None).prctl(3))
"""


@pytest.mark.parametrize("signal", ["worker_init", "worker_process_init"])
def test_worker_hides_its_memory_from_processes_of_the_same_account(signal):
    done = subprocess.run(
        [sys.executable, "-c", ASKED.format(signal=signal)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["1", "0"]
