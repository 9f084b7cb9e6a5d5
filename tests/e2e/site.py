"""A development as people run it: with a mailbox, a provider of log-ins elsewhere, and webhooks to the loopback."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.accounts.provider import Provider, running
from tests.config.stacks import free_port
from tests.databases import ROOT, database_url
from tests.e2e.servers import start_server, wait_until_healthy
from tests.notifications.receiver import Receiver, receiving

PASSWORD = "seven plain ferries"


@dataclass(frozen=True)
class Site:
    """The running site. `provider` is Google to it, `receiver` an address that its webhooks may lead to."""

    url: str
    provider: Provider
    receiver: Receiver
    worker: "subprocess.Popen[str]"

    def work(self) -> None:
        """Tell what is to be told, and let mails and deliveries of webhooks leave; returns when they have."""
        assert self.worker.stdin
        assert self.worker.stdout
        print("turn", file=self.worker.stdin, flush=True)
        assert self.worker.stdout.readline() == "done\n"

    def mail(self, page: Page, address: str, subject: str | re.Pattern[str]) -> None:
        """Send what waits, and open the newest mail to an address in the mailbox."""
        self.work()
        page.goto(f"{self.url}/_mail/?to={address}")
        page.get_by_role("link", name=subject).first.click()

    def open_link(self, page: Page, name: str) -> Page:
        """Open a link of the mail that is shown; it opens a window of its own."""
        with page.context.expect_page() as opened:
            page.frame_locator("iframe.mail").get_by_role("link", name=name, exact=True).click()
        return opened.value


@contextmanager
def running_site(database: str, folder: Path) -> Iterator[Site]:
    """Run it on a database, with its mails in a folder, for as long as the block lasts."""
    with ExitStack() as stack:
        provider, receiver = stack.enter_context(running()), stack.enter_context(receiving())
        port, smtp = free_port(), f"127.0.0.1:{free_port()}"
        more = {
            "PLUMBLINE_ENV": "development",
            "PLUMBLINE_DATA": str(folder),
            "PLUMBLINE_MAILBOX": smtp,
            # By name, because browsers make no passkeys for an address of digits.
            "PLUMBLINE_HOST": "localhost",
            "PLUMBLINE_PORT": str(port),
            "MAIL_GATHER_SECONDS": "0",
            "OIDC_PROVIDERS": "google",
            "OIDC_GOOGLE_URL": provider.url,
            "OIDC_GOOGLE_CLIENT_ID": "plumbline",
            "OIDC_GOOGLE_CLIENT_SECRET": "not secret",
            "WEBHOOK_NETWORKS": "127.0.0.1/32",
            "WEBHOOK_PORTS": f"80,443,{receiver.port}",
        }
        environment = os.environ | more | {"DATABASE_URL": database_url(database), "LOG_LEVEL": "ERROR"}
        mailbox = [sys.executable, "-m", "config.mailbox.server", smtp, str(folder / "mail")]
        stack.enter_context(_ended(subprocess.Popen(mailbox, cwd=ROOT)))
        worker = [sys.executable, "-W", "ignore", "-m", "tests.e2e.turns"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        turns = subprocess.Popen(worker, cwd=ROOT, env=environment, **pipes)
        stack.enter_context(_ended(turns))
        web = start_server(port, database, **more)
        stack.enter_context(_ended(web))
        wait_until_healthy(port, web)
        yield Site(f"http://localhost:{port}", provider, receiver, turns)


@contextmanager
def _ended(process: "subprocess.Popen") -> Iterator[None]:
    with process:
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def new_name(first: str = "ana") -> str:
    """Return a username that nobody has."""
    return f"{first}-{uuid4().hex[:8]}"


def fill_signup(page: Page, name: str, shown: str = "") -> None:
    """Fill in the form of a new account and send it; its address is that of the invitation, where there is one."""
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Your name").fill(shown)
    address = page.get_by_label("E-mail address")
    if not address.input_value():
        address.fill(f"{name}@mail.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()


def register(page: Page, site: Site, shown: str = "") -> str:
    """Register, and confirm the address from the mailbox; returns the username. The page is the person's then."""
    name = new_name()
    page.goto(f"{site.url}/accounts/signup/")
    fill_signup(page, name, shown)
    expect(page.get_by_role("heading")).to_have_text("Look into your mailbox")
    site.mail(page, name, "Confirm your e-mail address")
    confirmation = site.open_link(page, "Confirm the address")
    expect(confirmation.get_by_role("heading")).to_have_text("Is this your address?")
    confirmation.get_by_role("button", name="Confirm").click()
    expect(confirmation.locator("body")).to_have_attribute("data-me", name)
    confirmation.close()
    return name


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form of the log-in, which is open, and send it."""
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page, site: Site) -> None:
    """Forget who one is, and come back to the form of the log-in."""
    page.context.clear_cookies()
    page.goto(f"{site.url}/accounts/login/")
