"""Fault tests: `make test` runs each on a small scale, `make faults` on the scale that the figures are promised for."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.load import OPENED
from tests.faults.postbox import Postbox
from tests.faults.site import Site, make_cluster, running_site

FULL = os.environ.get("FAULTS") == "full"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to `make faults` what is marked `full`: it takes minutes, or repeats a smaller test with another fault."""
    if not FULL:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("full")])
        items[:] = [item for item in items if not item.get_closest_marker("full")]


@pytest.fixture
def full() -> bool:
    """Say whether this is the whole of it."""
    return FULL


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """The outside world's SMTP server."""
    box = Postbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The filled database that every site starts from, made once by whichever test process comes first."""
    shared = tmp_path_factory.getbasetemp().parent / f"faults-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    shared.mkdir(exist_ok=True)
    facts = shared / "facts.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not facts.exists():
            made = make_cluster(shared / "postgres")
            facts.write_text(json.dumps(made))
    return shared / "postgres", json.loads(facts.read_text())


@pytest.fixture
def site(cluster: tuple[Path, dict[str, Any]], postbox: Postbox) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site of this test's own with nothing running but its servers; mails gather for a second only."""
    folder, facts = cluster
    with running_site(folder, EMAIL_URL=postbox.url, MAIL_GATHER_SECONDS="1", MAIL_RETRY_SECONDS="1") as found:
        yield found, facts
        while OPENED:
            OPENED.pop().close()
