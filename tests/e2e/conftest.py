"""A real Chromium, and a real web server on a database of its own for each test process."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.databases import BASE, ROOT, RUN, alone, database_url, manage, run_sql
from tests.e2e.chromium import FLAGS, chromium_path, log_in
from tests.e2e.keeper import NAME, PASSWORD, Keeper
from tests.e2e.keeper import environment as of_keeper
from tests.e2e.person import Person
from tests.e2e.servers import start_server, wait_until_healthy
from tests.e2e.site import Site, running_site

# Beside the database that the run was given, so that runs on different ones do not meet.
TEMPLATE = f"{BASE}_e2e_template"


@pytest.fixture(scope="session")
def demo_template(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the demo data, made once by whichever test process comes first."""
    shared = tmp_path_factory.getbasetemp().parent
    with alone(shared / "e2e.lock"):
        done = shared / f"e2e-{RUN}.done"
        if not done.exists():
            run_sql(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}")
            manage(TEMPLATE, "seed", "--size", "demo")
            done.touch()
    return TEMPLATE


@dataclass(frozen=True)
class Live:
    """A running site."""

    url: str
    database: str


@pytest.fixture(scope="session")
def live(demo_template: str, worker_id: str) -> Iterator[Live]:
    """A web server of this test process, on a copy of the demo data."""
    name = f"{BASE}_e2e_{worker_id}"
    run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {demo_template}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # What wakes the workers of other test processes, or of a stack that runs beside, is not for this site's.
    os.environ["CELERY_BROKER_URL"] = broker_url(worker_id)
    process = start_server(port, name)
    try:
        wait_until_healthy(port, process)
        yield Live(f"http://127.0.0.1:{port}", name)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def broker_url(worker_id: str) -> str:
    """Return the address of one of Redis's databases, for the queue of one test process."""
    number = 1 + int(worker_id.removeprefix("gw") if worker_id != "master" else 0) % 15
    parts = urlsplit(os.environ["REDIS_URL"])
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


@pytest.fixture(scope="session")
def site(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A development with a mailbox, on the same database; who is logged in at one of both is at the other."""
    with running_site(live.database, tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="module")
def worker(live: Live) -> Iterator[None]:
    """A Celery worker of the site, which begins with an empty queue."""
    environment = os.environ | {"DATABASE_URL": database_url(live.database), "LOG_LEVEL": "WARNING"}
    celery = [sys.executable, "-W", "ignore", "-m", "celery", "--app", "config", "--quiet"]
    # Before it starts: purging while it does would take away what the first test has already sent.
    subprocess.run([*celery, "purge", "--force"], env=environment, cwd=ROOT, capture_output=True, check=True)
    command = [*celery, "worker", "--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)
    yield
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process.

    Playwright keeps an event loop in this thread, so Django would refuse the database to the tests that follow here.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


Visit = Callable[..., Person]
_states: dict[tuple[str, str], dict] = {}


@pytest.fixture
def visit(browser: Browser, live: Live) -> Iterator[Visit]:
    """Open a browser window as a demo person (or nobody); at the end no page may have complained."""
    people: list[Person] = []

    def arrive(
        username: str | None = None, path: str | None = None, *, at: str | None = None, **options: object
    ) -> Person:
        state = _logged_in(browser, live, username, at or live.url) if username else None
        context = browser.new_context(storage_state=state, reduced_motion="reduce", **options)
        context.set_default_timeout(10_000)
        page = context.new_page()
        person = Person(page, context, at or live.url)
        page.on("console", lambda message: _note(person, message.type, message.text))
        page.on("pageerror", lambda error: person.complaints.append(str(error)))
        people.append(person)
        if path:
            person.open(path)
        return person

    yield arrive
    for person in people:
        person.context.close()
    assert [person.complaints for person in people] == [[] for _person in people]


@pytest.fixture(scope="session")
def administrator(live: Live) -> None:
    """A site administrator, who has an account and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in of_keeper().items():
            patch.setenv(name, value)
        manage(live.database, "ensure_admin", "-v0")


@pytest.fixture
def keeper(visit: Visit, administrator: None) -> Keeper:
    """The browser of a site administrator who has just logged in."""
    person = visit(viewport={"width": 1280, "height": 720}, color_scheme="light")
    person.open("/accounts/login/")
    person.page.get_by_label("Username or e-mail").fill(NAME)
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.page.get_by_role("button", name="Log in").click()
    person.page.wait_for_url(lambda address: "/accounts/login" not in address)
    return Keeper(person.page, person.context, person.url, person.complaints)


def _note(person: Person, kind: str, text: str) -> None:
    """Keep errors, but not the browser's own line about an answer of 4xx, which is often what a test asks for."""
    if kind == "error" and "the server responded with a status of 4" not in text:
        person.complaints.append(text)


def _logged_in(browser: Browser, live: Live, username: str, at: str) -> dict:
    """Log in through the form once for each person and server; return the cookies for an address of the site."""
    key = (live.url, username)
    if key not in _states:
        context = browser.new_context()
        page = context.new_page()
        log_in(page, live.url, username)
        _states[key] = context.storage_state()
        context.close()
    host = urlsplit(at).hostname
    return {"cookies": [cookie | {"domain": host} for cookie in _states[key]["cookies"]], "origins": []}
