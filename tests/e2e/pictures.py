"""Draws the picture of the README: `python -m tests.e2e.pictures URL`, for a running stack with the demo data."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.chromium import FLAGS, chromium_path, log_in

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "board.png"


def draw(url: str, target: Path) -> None:
    """Log in as the demo lead and save the board of the bug project, 1440 by 900, in light colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce")
        log_in(page, url, "lead1")
        page.goto(f"{url}/BUG/")
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    draw(sys.argv[1].rstrip("/"), PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} KB")
