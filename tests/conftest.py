"""Fixtures and guards of every test. Servers come from DATABASE_URL and REDIS_URL (`make test` starts its own)."""

import os
import pickle
import secrets
import time
from collections.abc import Callable, Generator, Iterator
from difflib import unified_diff
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from tests import guards
from tests.browsing import CheckedClient
from tests.databases import migrated_database

# More than any test has parallel writers, and one for its own thread; each is opened only when a thread asks for it.
CONNECTIONS = 64
PATIENCE = 60
PROCESS = f"{os.getpid()}_{secrets.token_hex(2)}"


class _Built:
    """The world of this process, as it was built, pickled: reading it is how each test gets a copy of its own."""

    world: bytes


def pytest_configure(config: pytest.Config) -> None:
    """Adapt the settings: own database and cache names for each process, a password hasher that costs nothing."""
    database = settings.DATABASES["default"]
    database["OPTIONS"]["pool"] |= {"max_size": CONNECTIONS, "timeout": PATIENCE}
    # The limits of a web server would make a busy machine fail tests; a deadlock is still found within a second.
    database["OPTIONS"]["options"] += f" -c statement_timeout={PATIENCE * 1000} -c lock_timeout={PATIENCE * 1000}"
    if not config.getoption("reuse_db", default=False):
        database.setdefault("TEST", {})["NAME"] = f"test_{database['NAME']}_{PROCESS}"
    # Servers that a test starts hear what this process publishes, and nothing of the other test processes.
    os.environ["CHANNEL_PREFIX"] = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"test.{PROCESS}."
    # Their objects lie apart, too.
    os.environ["S3_PREFIX"] = settings.S3_PREFIX = f"test-{PROCESS}/"
    # How long one example takes says how busy the machine is, not whether it holds.
    hypothesis.settings.register_profile("plumbline", deadline=None)
    hypothesis.settings.load_profile("plumbline")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with all migrations, to make others of."""
    with migrated_database(tmp_path_factory.getbasetemp().parent) as name:
        yield name


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, request: pytest.FixtureRequest) -> None:
    """Where several processes test, let one migrate and all take copies."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = request.getfixturevalue("migrated")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Generator[None]:
    """After the migrations: build the world once for this process, and put it back after each real transaction.

    Only from now on may it be built: before, the connection leads to the developer's own database. It still does where
    no chosen test has the mark django_db, because then pytest-django makes none of its own.
    """
    if not connection.settings_dict["NAME"].startswith("test_"):
        pytest.exit("No chosen test has the mark django_db, so there is no test database. Choose the whole file.", 4)
    from tests.restoring import Kept
    from tests.world import build_world

    with django_db_blocker.unblock():
        _Built.world = pickle.dumps(build_world())
        kept = Kept.now()
    with pytest.MonkeyPatch.context() as patch:
        # Django would empty every table instead, which takes longer than the world to come back.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: kept.put_back())
        yield
    # A connection that a test's thread has left idle must not keep the database from being dropped.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def _guards() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        guards.refuse_vague_locks(patch)
        guards.refuse_outside(patch)
        yield


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Give each test its own names in Redis: rate limits and cached values of another test are never met."""
    prefix = f"test:{secrets.token_hex(6)}"
    settings.CACHES["default"]["KEY_PREFIX"] = prefix
    caches["default"].key_prefix = prefix


@pytest.fixture(autouse=True)
def _default_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test begin with the settings of a new installation in memory, and read them anew only where they change.

    Otherwise a page would now and then make one statement more: the one that is made once a second.
    """
    from accounts import former, instance

    monkeypatch.setattr(instance, "FRESH_SECONDS", 3600.0)
    monkeypatch.setattr(instance._Memory, "known", instance.Instance())
    monkeypatch.setattr(instance._Memory, "until", time.monotonic() + 3600)
    # Nobody has left; a test in which somebody does forgets this.
    monkeypatch.setattr(former._Memory, "names", frozenset())
    monkeypatch.setattr(former._Memory, "until", time.monotonic() + 3600)


@pytest.fixture
def world(db: None) -> Any:
    """Return this test's own copy of the world (tests/world.py says who and what is in it)."""
    return pickle.loads(_Built.world)


@pytest.fixture
def client() -> CheckedClient:
    """Return the browser of someone who is not logged in."""
    return CheckedClient()


@pytest.fixture
def client_for(world: Any) -> Callable[[Any], CheckedClient]:
    """Return a function that gives the browser of a persona (by name, or a person): anonymous, lead, removed, …

    The session of a deactivated person is one from before, as it is in life.
    """

    def log_in(persona: Any) -> CheckedClient:
        browser = CheckedClient()
        person = world.person(persona) if isinstance(persona, str) else persona
        if person is not None:
            browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        return browser

    return log_in


@pytest.fixture
def assert_equal_queries(db: None) -> Callable[[Callable[[], Any], Callable[[], Any]], None]:
    """Return `check(read, add)`: reading costs as many statements before as after `add` made more rows.

    `add` is called twice, so that one row becomes three. A first, uncounted read fills what a process reads only once.
    """

    def statements(read: Callable[[], Any]) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            read()
        return [query["sql"] for query in seen.captured_queries]

    def check(read: Callable[[], Any], add: Callable[[], Any]) -> None:
        read()
        few = statements(read)
        add()
        add()
        many = statements(read)
        if len(few) != len(many):
            difference = "\n".join(unified_diff(few, many, "one row", "three rows", lineterm="", n=0))
            raise AssertionError(f"{len(few)} statements for one row, {len(many)} for three:\n{difference}")

    return check
