"""Administrators at work: somebody who is online is deactivated, settings are changed, and every page can be read."""

import time

import requests
from playwright.sync_api import expect

from tests.e2e.test_access import problems_of

PAGES = [
    "/instance/",
    "/instance/people/",
    "/instance/people/dev1/",
    "/instance/people/dev1/permissions/?project=BUG",
    "/instance/teams/",
    "/instance/projects/",
    "/instance/projects/1/",
    "/instance/log/",
    "/instance/log/chain/",
    "/instance/letters/",
    "/BUG/settings/members/dev1/permissions/",
]
# What a page may take to show the door, from the click that deactivated its person.
AT_ONCE = 2.0


def enter(person, username, password):
    """Log in through the form, in a session of its own."""
    person.open("/accounts/login/")
    person.page.get_by_label("Username or e-mail").fill(username)
    person.page.get_by_label("Password", exact=True).fill(password)
    person.page.get_by_role("button", name="Log in").click()
    person.page.wait_for_url(lambda address: "/accounts/login" not in address)
    return person


def token_of(person, password):
    """Make a token on the page of tokens; returns its secret."""
    person.open("/me/tokens/new/")
    person.page.get_by_label("Password").fill(password)
    person.page.get_by_role("button", name="Continue").click()
    person.page.get_by_label("Name", exact=True).fill("Report")
    person.page.get_by_role("checkbox", name="Read your profile").check()
    person.page.get_by_role("button", name="Make token").click()
    return person.page.get_by_label("Report").input_value()


def status_of(person, token):
    """Return what the API answers to a script with the token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{person.url}/api/v1/me", headers=headers, timeout=10).status_code


def test_who_is_deactivated_over_an_open_board_is_out_within_two_seconds(visit, keeper):
    lead, online, name = visit("lead1"), enter(visit(), "gita", "demopass"), "gita"
    project = lead.found_project(members={name: "developer"})
    token = token_of(online, "demopass")
    online.open(f"/{project}/")
    expect(online.page.locator('[data-live="live"]')).to_be_visible()
    keeper.ready_to_deactivate(name)
    assert status_of(online, token) == 200

    keeper.page.get_by_role("button", name="Deactivate").click(no_wait_after=True)
    began = time.monotonic()
    online.page.wait_for_url("**/accounts/login/**", wait_until="commit")
    took = time.monotonic() - began

    assert took <= AT_ONCE
    assert status_of(online, token) == 401
    expect(online.page.get_by_text("You are logged out")).to_be_visible()
    expect(keeper.page.get_by_text("All their sessions and tokens ended.")).to_be_visible()
    online.page.get_by_label("Username or e-mail").fill(name)
    online.page.get_by_label("Password", exact=True).fill("demopass")
    online.page.get_by_role("button", name="Log in").click()
    expect(online.page.get_by_text("deactivated").first).to_be_visible()
    keeper.page.get_by_role("button", name="Activate").click()
    expect(keeper.page.get_by_text("can log in again.")).to_be_visible()


def test_settings_are_changed_by_who_confirms_that_it_is_them(keeper):
    page = keeper.page
    keeper.open("/instance/")
    days = page.get_by_label("Days after which one logs in again")
    days.fill("30")
    page.get_by_role("button", name="Save").click()

    keeper.confirm()
    expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
    expect(days).to_have_value("30")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("They hold everywhere within a second.")).to_be_visible()
    expect(days).to_have_value("30")
    keeper.open("/instance/log/?group=instance")
    expect(page.get_by_text("changed the settings of this site").first).to_be_visible()
    expect(page.get_by_text("The chain holds:")).to_be_visible()


def test_the_filter_of_people_works_while_one_types(keeper):
    keeper.open("/instance/people/")

    keeper.page.get_by_label("Name, username or address").fill("viewer1")

    expect(keeper.page.locator("#found tbody tr")).to_have_count(1)
    keeper.page.get_by_role("link", name="Vera Novak").click()
    expect(keeper.page.get_by_role("heading", name="Vera Novak").first).to_be_visible()


def test_every_page_of_administrators_passes_axe_and_fits_small_windows(keeper):
    found = {}
    for path in PAGES:
        keeper.open(path)
        if problems := problems_of(keeper):
            found[path] = problems

    assert found == {}


def test_others_find_no_administration(visit):
    lead = visit("lead1", "/projects/")

    expect(lead.page.get_by_role("link", name="Administration", exact=True)).to_have_count(0)
    for path in PAGES[:-1]:
        lead.open(path)
        expect(lead.page.get_by_role("heading", level=1)).to_have_text("Nothing here that you can see")
