"""Second factors, log-ins on two devices, and colours, as a person meets them."""

import re
import time
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.accounts.factoring import code_of
from tests.e2e.factors import confirm, give_authenticator, turn_on_app

PASSWORD = "Lantern-over-grey-water-7"


def log_in(person, name):
    person.open("/accounts/login/")
    person.page.get_by_label("Username or e-mail").fill(name)
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.page.get_by_role("button", name="Log in").click()


def log_out(person):
    person.page.goto("about:blank")
    person.send("/accounts/logout/")
    person.context.clear_cookies()


@pytest.fixture
def newcomer(visit):
    """Return a function that opens a browser of somebody who has just registered; their name stands in `name`."""

    def arrive(at=None):
        someone = visit()
        if at:
            someone.url = someone.url.replace("127.0.0.1", at)
        someone.name = f"nora{uuid4().hex[:8]}"
        someone.open("/accounts/signup/")
        page = someone.page
        page.get_by_label("Username", exact=True).fill(someone.name)
        page.get_by_label("E-mail address").fill(f"{someone.name}@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        expect(page.get_by_role("heading", name="You are in no project yet")).to_be_visible()
        return someone

    return arrive


def set_up_app(someone):
    """Set up an authenticator app through the pages; returns its secret and the recovery codes."""
    page = someone.page
    someone.open("/me/security/")
    page.get_by_role("link", name="Set up an app").click()
    confirm(someone.page, PASSWORD)
    return turn_on_app(page)


def test_app_is_set_up_and_asked_for_at_the_next_log_in(newcomer):
    someone = newcomer()
    secret, codes = set_up_app(someone)
    page = someone.page
    assert len(set(codes)) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes
    log_out(someone)

    log_in(someone, someone.name)
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".errors")).to_contain_text("This code is not right")
    page.get_by_label("Code", exact=True).fill(code_of(secret, ahead=1))
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("button", name=f"You: {someone.name}")).to_be_visible()


def test_a_recovery_code_opens_the_door_once(newcomer):
    someone = newcomer()
    _secret, codes = set_up_app(someone)
    page = someone.page
    for allowed in (True, False):
        log_out(someone)
        log_in(someone, someone.name)
        page.get_by_label("Code", exact=True).fill(codes[4])
        page.get_by_role("button", name="Log in").click()
        if allowed:
            expect(page.get_by_role("button", name=f"You: {someone.name}")).to_be_visible()

    expect(page.locator(".errors")).to_contain_text("was used already")


def test_a_passkey_logs_in_alone_and_confirms_who_one_is(newcomer):
    someone = newcomer(at="localhost")
    page = someone.page
    _device = give_authenticator(page)
    someone.open("/me/security/passkeys/add/")
    confirm(someone.page, PASSWORD)
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main .list")).to_contain_text("This laptop")
    log_out(someone)

    someone.open("/accounts/login/?next=/me/security/codes/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/accounts/again/"))
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("button", name="Make new codes")).to_be_visible()


def test_a_passkey_is_the_second_factor_after_a_password(newcomer):
    someone = newcomer(at="localhost")
    page = someone.page
    _device = give_authenticator(page)
    someone.open("/me/security/passkeys/add/")
    confirm(someone.page, PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    log_out(someone)
    log_in(someone, someone.name)

    page.get_by_role("button", name="Use a passkey instead").click()

    expect(page.get_by_role("button", name=f"You: {someone.name}")).to_be_visible()


def test_a_browser_without_passkeys_says_so(newcomer):
    someone = newcomer()
    page = someone.page
    someone.open("/me/security/passkeys/add/")
    confirm(someone.page, PASSWORD)

    page.get_by_role("button", name="Add a passkey").click()

    expect(page.get_by_role("alert")).to_be_visible()


def test_a_session_that_is_ended_closes_its_page_within_two_seconds(newcomer, visit):
    here, there = newcomer(), visit()
    log_in(there, here.name)
    expect(there.page.locator('[data-live="live"]')).to_be_visible()
    here.open("/me/sessions/")
    expect(here.page.locator("#sessions li")).to_have_count(2)

    here.page.get_by_role("button", name="End all others").click()
    began = time.monotonic()
    there.page.wait_for_url(re.compile("/accounts/login/"), timeout=2000)

    assert time.monotonic() - began < 2
    expect(there.page.locator("main")).to_contain_text("this log-in has ended")
    expect(here.page.locator("#sessions li")).to_have_count(1)


def test_colours_follow_the_person_to_another_browser(newcomer, visit):
    here, there = newcomer(), visit()
    here.page.get_by_role("button", name=f"You: {here.name}").click()
    here.page.get_by_role("button", name="Dark").click()
    expect(here.page.locator("html")).to_have_attribute("data-theme", "dark")
    here.page.reload()
    expect(here.page.locator("html")).to_have_attribute("data-theme", "dark")

    log_in(there, here.name)

    expect(there.page.locator("html")).to_have_attribute("data-theme", "dark")
    there.open("/me/")
    expect(there.page.locator("#id_theme")).to_have_value("dark")


def test_colours_are_kept_without_scripts(visit):
    someone = visit("viewer1", "/me/", java_script_enabled=False)

    someone.page.locator("#id_theme").select_option("dark")
    someone.page.get_by_role("button", name="Save").click()

    expect(someone.page.locator("html")).to_have_attribute("data-theme", "dark")
    someone.send("/me/theme/", theme="")


def test_data_is_taken_along_and_the_account_deleted(newcomer):
    someone = newcomer()
    page = someone.page
    someone.open("/me/data/")
    confirm(someone.page, PASSWORD)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download your data").click()
    assert download.value.path().read_bytes().startswith(b"PK")

    page.get_by_role("link", name="Delete your account…").click()
    page.get_by_label("Your username").fill(someone.name)
    page.get_by_role("button", name="Delete my account").click()

    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    log_in(someone, someone.name)
    expect(page.get_by_role("alert")).to_be_visible()
