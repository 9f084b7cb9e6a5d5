"""A Chromium for the browser tests: the one named, one of the machine, Playwright's own, or Debian's package."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from config.stack.errors import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 60
INSTALL_SECONDS = 600


def starts(path: Path) -> bool:
    """Say whether a browser really renders a page here; one whose libraries are missing does not."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command = [str(path), *flags, "--dump-dom", "data:text/html,plumb"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"plumb" in done.stdout


def of_machine() -> Path | None:
    """Return a browser on the PATH."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def of_playwright() -> Path | None:
    """Return the browser that Playwright keeps for its version, where it is there."""
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)  # noqa: S603
    path = Path(done.stdout.strip())
    return path if done.returncode == 0 and path.is_file() else None


def install(*command: str) -> bool:
    """Run an installer; say whether it ended well in time."""
    print(f"  chromium     {Path(command[0]).name} {' '.join(command[1:])} …", flush=True)
    try:
        done = subprocess.run(  # noqa: S603 (our own commands)
            command, capture_output=True, timeout=INSTALL_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def by_playwright() -> Path | None:
    """Download Playwright's own build, with the libraries it needs where we may install them."""
    extra = ["--with-deps"] if os.geteuid() == 0 and shutil.which("apt-get") else []
    command = [sys.executable, "-m", "playwright", "install", *extra, "chromium"]
    return of_playwright() if install(*command) else None


def by_debian() -> Path | None:
    """Install Debian's package, as root on a machine that has apt-get."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        return None
    install(apt, "-q", "update")
    return of_machine() if install(apt, "-qy", "install", "--no-install-recommends", "chromium") else None


def find_chromium() -> Path:
    """Return a browser that renders a page, installing one where there is none; raise StackError if none can be had."""
    if named := os.environ.get("CHROMIUM"):
        if starts(Path(named)):
            return Path(named)
        raise StackError(f"CHROMIUM={named} is not a browser that starts.")
    ways: list[Callable[[], Path | None]] = [of_machine, of_playwright, by_playwright, by_debian]
    for way in ways:
        path = way()
        if path and starts(path):
            return path
    raise StackError(
        "the browser tests need Chromium, none was found and none could be installed;"
        " install it, or name one: CHROMIUM=/path/to/chromium make test"
    )
