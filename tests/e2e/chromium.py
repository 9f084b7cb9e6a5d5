"""The Chromium of the browser tests, and how a demo person logs in with it."""

import os
import shutil

from playwright.sync_api import Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
PASSWORDS = {"lead1": "leadpass", "dev1": "devpass", "viewer1": "viewpass", "chidi": "demopass"}


def chromium_path() -> str | None:
    """Return the Chromium that `make test` found: CHROMIUM, or one on the PATH; None for Playwright's own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def log_in(page: Page, url: str, username: str) -> None:
    """Log in as a demo person through the form."""
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORDS[username])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: "/accounts/login" not in address)
