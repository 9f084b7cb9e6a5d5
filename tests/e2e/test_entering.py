"""Coming in with a browser: by a link and a code from the local mailbox."""

import json

from playwright.sync_api import expect

from tests.e2e.site import Site, log_in, log_out, register
from tests.e2e.test_access import violations

NEW = "nine other ferries"


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
    log_in(chosen, name, NEW)

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
    expect(person.toast).to_have_count(0)


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
