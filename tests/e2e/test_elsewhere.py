"""Coming in with an account elsewhere: the first time, the next time, and each of the ways in which it is refused."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site, fill_signup, log_out, new_name, register


def without_outside(page: Page) -> None:
    """Answer what the provider's page fetches from elsewhere, for its looks, with nothing."""
    ours = re.compile(r"^http://(localhost|127\.0\.0\.1):")
    page.context.route(lambda url: not ours.match(url), lambda route: route.fulfill(status=200, body=""))


def there(page: Page, site: Site) -> None:
    """Go from the door to the provider."""
    page.goto(f"{site.url}/accounts/login/?next=/me/")
    page.get_by_role("button", name="Continue with Google").click()
    page.wait_for_url(f"{site.provider.url}/**")


def allow(page: Page, site: Site, sub: str) -> None:
    """Come back from the provider as one of its people."""
    there(page, site)
    page.get_by_placeholder("sub").fill(sub)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{site.url}/**")


@pytest.fixture
def page(visit, site) -> Page:
    page = visit(at=site.url).page
    without_outside(page)
    return page


def test_the_first_time_makes_an_account_and_the_next_finds_it(site, page):
    sub = new_name("ben")
    site.provider.knows(sub, email=f"{sub}@mail.example", email_verified=True, name="Ben Ode", preferred_username=sub)
    allow(page, site, sub)
    expect(page).to_have_url(f"{site.url}/me/")
    expect(page.locator("body")).to_have_attribute("data-me", sub)
    page.get_by_label("Your name").fill("Benjamin Ode")
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()
    log_out(page, site)
    # What they are called elsewhere by now changes nothing here.
    site.provider.knows(sub, email=f"new-{sub}@mail.example", email_verified=True, name="B", preferred_username="b")

    allow(page, site, sub)

    expect(page.locator("body")).to_have_attribute("data-me", sub)
    expect(page.get_by_label("Your name")).to_have_value("Benjamin Ode")
    expect(page.get_by_role("main")).to_contain_text(f"{sub}@mail.example")


def test_without_scripts(site, visit):
    page, sub = visit(at=site.url, java_script_enabled=False).page, new_name("eva")
    without_outside(page)
    site.provider.knows(sub, email=f"{sub}@mail.example", email_verified=True)

    allow(page, site, sub)

    expect(page.locator("body")).to_have_attribute("data-me", sub)


def test_an_address_that_was_never_confirmed_there_opens_nobodys_account(site, page):
    name = register(page, site)
    sub = new_name("eve")
    site.provider.knows(sub, email=f"{name}@mail.example", email_verified=False)
    log_out(page, site)

    allow(page, site, sub)

    expect(page.get_by_role("heading")).to_have_text("This account cannot log in here yet")
    expect(page.get_by_role("main")).to_contain_text("Google has not confirmed your e-mail address.")
    page.goto(f"{site.url}/me/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_an_address_that_somebody_registered_and_never_confirmed_is_not_handed_over(site, page):
    name = new_name("ada")
    page.goto(f"{site.url}/accounts/signup/")
    fill_signup(page, name)
    expect(page.get_by_role("heading")).to_have_text("Look into your mailbox")
    page.context.clear_cookies()
    site.provider.knows(name, email=f"{name}@mail.example", email_verified=True)

    allow(page, site, name)

    expect(page.get_by_role("main")).to_contain_text("An account here has this address, but never confirmed it.")
    page.get_by_role("link", name="Choose a new password").click()
    expect(page.get_by_label("E-mail address")).to_be_visible()


def test_an_address_that_both_have_confirmed_is_one_account(site, page):
    name = register(page, site)
    site.provider.knows(name, email=f"{name}@mail.example", email_verified=True)
    log_out(page, site)

    allow(page, site, name)

    expect(page.locator("body")).to_have_attribute("data-me", name)
    page.goto(f"{site.url}/accounts/elsewhere/")
    expect(page.get_by_role("button", name="Disconnect Google")).to_be_visible()


def test_who_turns_back_there_is_told_that_nothing_happened(site, page):
    there(page, site)

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("heading")).to_have_text("You turned back")
    expect(page.get_by_role("main")).to_contain_text("you are not logged in, and nothing was connected")
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("button", name="Continue with Google")).to_be_visible()


def test_an_answer_that_nobody_asked_for_is_of_no_use(site, page):
    page.goto(f"{site.url}/accounts/oidc/google/login/callback/?code=x&state=y")

    expect(page.get_by_role("heading")).to_contain_text("Google could not tell us who you are")


def test_a_deactivated_person_stays_outside(site, page, keeper):
    sub = new_name("ole")
    site.provider.knows(sub, email=f"{sub}@mail.example", email_verified=True, preferred_username=sub)
    allow(page, site, sub)
    log_out(page, site)
    keeper.deactivate(sub)

    allow(page, site, sub)

    expect(page).to_have_url(f"{site.url}/accounts/inactive/")
    expect(page.get_by_role("main")).to_contain_text("deactivated")
    page.goto(f"{site.url}/me/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
