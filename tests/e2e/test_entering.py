"""Coming in with a browser: by a link and a code from the local mailbox, and with an account elsewhere."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.provider import Provider, running
from tests.config.stacks import free_port
from tests.e2e.conftest import ROOT, database_url, start_server, wait_until_healthy
from tests.e2e.test_access import violations

PASSWORD = "seven plain ferries"
NEW = "nine other ferries"
# What a worker does at its next turn.
TURN = "from accounts.services.mails import send_mails; send_mails()"


@dataclass
class Site:
    """A development with a mailbox and a provider, on the database of the other browser tests."""

    url: str
    environment: dict[str, str]
    provider: Provider

    def mail(self, page: Page, address: str, subject: str) -> None:
        """Send what waits, and open the newest mail to an address in the mailbox."""
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", TURN]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True)
        page.goto(f"{self.url}/_mail/?to={address}")
        page.get_by_role("link", name=subject).first.click()

    def open_link(self, page: Page, name: str) -> Page:
        """Open a link of the mail that is shown; it opens a window of its own."""
        with page.context.expect_page() as opened:
            page.frame_locator("iframe.mail").get_by_role("link", name=name, exact=True).click()
        return opened.value


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture
def site(live, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    port, smtp = free_port(), f"127.0.0.1:{free_port()}"
    for name, value in {
        "PLUMBLINE_ENV": "development",
        "PLUMBLINE_DATA": str(tmp_path),
        "PLUMBLINE_MAILBOX": smtp,
        "OIDC_PROVIDERS": "google",
        "OIDC_GOOGLE_URL": provider.url,
        "OIDC_GOOGLE_CLIENT_ID": "plumbline",
        "OIDC_GOOGLE_CLIENT_SECRET": "not secret",
    }.items():
        monkeypatch.setenv(name, value)
    mailbox = subprocess.Popen([sys.executable, "-m", "config.mailbox.server", smtp, str(tmp_path / "mail")], cwd=ROOT)
    web = start_server(port, live.database)
    try:
        wait_until_healthy(port, web)
        more = {"DATABASE_URL": database_url(live.database), "PLUMBLINE_PORT": str(port), "PLUMBLINE_HOST": "127.0.0.1"}
        yield Site(f"http://127.0.0.1:{port}", os.environ | more, provider)
    finally:
        for process in (web, mailbox):
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def register(page: Page, site: Site) -> str:
    """Register, and confirm the address from the mailbox; returns the username. The page is the person's then."""
    name = f"ana-{uuid4().hex[:8]}"
    page.goto(f"{site.url}/accounts/signup/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("E-mail address").fill(f"{name}@mail.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading")).to_have_text("Look into your mailbox")
    site.mail(page, name, "Confirm your e-mail address")
    confirmation = site.open_link(page, "Confirm the address")
    expect(confirmation.get_by_role("heading")).to_have_text("Is this your address?")
    confirmation.get_by_role("button", name="Confirm").click()
    expect(confirmation.locator("body")).to_have_attribute("data-me", name)
    confirmation.close()
    return name


def without_outside(page: Page) -> None:
    """Answer what the provider's page fetches from elsewhere, for its looks, with nothing."""
    page.context.route(lambda url: "//127.0.0.1:" not in url, lambda route: route.fulfill(status=200, body=""))


def log_out(page: Page, site: Site) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.url}/accounts/login/")


def test_register_confirm_and_be_in(site, visit):
    person = visit()

    name = register(person.page, site)

    person.page.goto(f"{site.url}/me/")
    expect(person.page.locator("#main")).to_contain_text(f"@{name}")


def test_forgotten_password(site, visit):
    person = visit()
    page = person.page
    name = register(page, site)
    log_out(page, site)

    page.get_by_role("link", name="Forgot it?").click()
    page.get_by_label("E-mail address").fill(f"{name}@mail.example")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading")).to_have_text("Look into your mailbox")
    site.mail(page, name, "Choose a new password")
    chosen = site.open_link(page, "Choose a new password")
    chosen.get_by_label("New password").fill(NEW)
    chosen.get_by_role("button", name="Save the password").click()
    expect(chosen.get_by_role("heading")).to_have_text("Your password is changed")
    chosen.get_by_role("link", name="Log in").click()
    chosen.get_by_label("Username or e-mail").fill(name)
    chosen.get_by_label("Password", exact=True).fill(NEW)
    chosen.get_by_role("button", name="Log in", exact=True).click()

    expect(chosen.locator("body")).to_have_attribute("data-me", name)


def test_a_code_from_the_mailbox(site, visit):
    person = visit()
    page = person.page
    name = register(page, site)
    log_out(page, site)

    page.get_by_role("link", name="Get a code by mail instead").click()
    page.get_by_label("E-mail address").fill(f"{name}@mail.example")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading")).to_have_text("Type in the code")
    page.get_by_label("Code").fill("WRNG-CODE")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".errors")).to_contain_text("This code is not right")
    with page.context.expect_page() as opened:
        page.evaluate("window.open('/_mail/')")
    box = opened.value
    site.mail(box, name, "Your code to log in")
    code = box.frame_locator("iframe.mail").locator("p").nth(2).inner_text()
    box.close()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Log in").click()

    expect(page.locator("body")).to_have_attribute("data-me", name)


def test_google(site, visit):
    person = visit()
    page = person.page
    without_outside(page)
    sub = f"ben-{uuid4().hex[:8]}"
    site.provider.knows(sub, email=f"{sub}@mail.example", email_verified=True, name="Ben Ode", preferred_username=sub)
    page.goto(f"{site.url}/accounts/login/?next=/me/")

    page.get_by_role("button", name="Continue with Google").click()
    page.wait_for_url(f"{site.provider.url}/**")
    page.get_by_placeholder("sub").fill(sub)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{site.url}/me/")
    expect(page.locator("body")).to_have_attribute("data-me", sub)

    log_out(page, site)
    page.get_by_role("button", name="Continue with Google").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading")).to_contain_text("Google could not tell us who you are")


def test_google_without_scripts(site, visit):
    page = visit(java_script_enabled=False).page
    without_outside(page)
    sub = f"eva-{uuid4().hex[:8]}"
    site.provider.knows(sub, email=f"{sub}@mail.example", email_verified=True)
    page.goto(f"{site.url}/accounts/login/")

    page.get_by_role("button", name="Continue with Google").click()
    page.wait_for_url(f"{site.provider.url}/**")
    page.get_by_placeholder("sub").fill(sub)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{site.url}/**")

    expect(page.locator("body")).to_have_attribute("data-me", sub)


PAGES = [
    "login/", "signup/", "login/code/", "password/reset/", "password/reset/sent/", "password/reset/done/", "inactive/",
    "password/reset/7-nothing/", "confirm-email/", "confirm-email/nothing/", "elsewhere/cancelled/",
    "oidc/google/login/callback/?error=x",
]  # fmt: skip
OWN = ["password/change/", "elsewhere/"]


def problems(person, site: Site, paths: list[str]) -> dict[str, list[str]]:
    """Return what axe and a small window find on each page."""
    found = {}
    for path in paths:
        person.page.set_viewport_size({"width": 390, "height": 844})
        person.page.goto(f"{site.url}/accounts/{path}")
        over = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        person.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        dark = violations(person)
        person.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if all_of_it := [*violations(person), *dark, *[f"{over} px too wide"] * (over > 0)]:
            found[path] = all_of_it
    return found


def test_every_page_of_coming_in_passes_axe(site, visit):
    person = visit()

    found = problems(person, site, PAGES)
    register(person.page, site)
    found |= problems(person, site, OWN)

    assert found == {}, json.dumps(found, indent=2)
