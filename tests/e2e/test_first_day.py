"""The first day of an organisation, in one piece: from its first account to a log-in that somebody else had."""

import re
import time

from playwright.sync_api import expect

from tests.accounts.factoring import code_of
from tests.e2e.factors import confirm, give_authenticator, turn_on_app
from tests.e2e.site import PASSWORD, fill_signup, log_in, new_name, register
from tests.e2e.test_teams import found_team, invite

# What an open page may take to show the door, from the click that ended its log-in.
AT_ONCE = 2.0


def leave(page, shown):
    """Log out by the menu."""
    page.get_by_role("button", name=f"You: {shown}").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def come_in(page, name, code):
    """Log in by password and a code of the app or for recovery."""
    log_in(page, name)
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Log in").click()


def is_invited(site, founder, guest):
    """Invite somebody, who registers by the link in the mail and joins; returns their username."""
    name = new_name("ines")
    founder.open("/teams/")
    team = found_team(founder.page)
    invite(founder.page, f"{name}@mail.example, nonsense")
    site.mail(guest.page, f"{name}@", re.compile(f"invites you to {team}"))
    page = site.open_link(guest.page, "See the invitation")
    guest.page.close()
    guest.page = page
    page.get_by_role("button", name="Create an account").click()
    fill_signup(page, name, "Ines Roth")
    page.get_by_role("button", name="Join the team").click()
    expect(page.get_by_text(f"You are in {team} as member.")).to_be_visible()
    return name


def has_factors(guest, name):
    """Set up an app and a passkey, and come in by each of them, and once by a recovery code; returns those codes."""
    page = guest.page
    _device = give_authenticator(page)
    guest.open("/me/security/")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page, PASSWORD)
    secret, codes = turn_on_app(page)
    leave(page, "Ines Roth")

    come_in(page, name, codes[0])
    leave(page, "Ines Roth")
    come_in(page, name, codes[0])
    expect(page.locator(".errors")).to_contain_text("was used already")
    page.get_by_label("Code", exact=True).fill(code_of(secret, ahead=1))
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("body")).to_have_attribute("data-me", name)

    guest.open("/me/security/passkeys/add/")
    confirm(page, PASSWORD)
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("main .list")).to_contain_text("This laptop")
    leave(page, "Ines Roth")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("body")).to_have_attribute("data-me", name)
    return codes


def test_an_organisation_begins(site, visit):
    founder, guest, elsewhere = visit(at=site.url), visit(at=site.url), visit(at=site.url)
    register(founder.page, site, "Ada Berg")
    name = is_invited(site, founder, guest)
    codes = has_factors(guest, name)
    elsewhere.open("/accounts/login/")
    come_in(elsewhere.page, name, codes[1])
    expect(elsewhere.page.locator('[data-live="live"]')).to_be_visible()
    guest.open("/me/sessions/")
    expect(guest.page.locator("#sessions li")).to_have_count(2)

    guest.page.get_by_role("button", name="End the session of").click(no_wait_after=True)
    began = time.monotonic()
    elsewhere.page.wait_for_url(re.compile("/accounts/login/"), wait_until="commit")
    took = time.monotonic() - began

    assert took <= AT_ONCE
    expect(elsewhere.page.locator("main")).to_contain_text("this log-in has ended")
    expect(guest.page.locator("#sessions li")).to_have_count(1)
    elsewhere.open("/my/")
    expect(elsewhere.page).to_have_url(re.compile(r"/accounts/login/\?next=/my/"))
    founder.page.goto(founder.page.url.removesuffix("invitations/"))
    expect(founder.page.locator("#members > li")).to_contain_text(["Ada Berg", "Ines Roth"])
