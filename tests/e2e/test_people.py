"""Registering, logging in and out."""

import re
from uuid import uuid4

from playwright.sync_api import expect

PASSWORD = "Lantern-over-grey-water-7"


def log_in(person, login, password):
    """Fill in the log-in form and send it."""
    person.open("/accounts/login/")
    person.page.get_by_label("Username or e-mail").fill(login)
    person.page.get_by_label("Password", exact=True).fill(password)
    person.page.get_by_role("button", name="Log in").click()


def test_who_registers_gets_a_team_and_can_come_back_by_either_name(visit):
    someone, page = visit(), None
    page, name = someone.page, f"nora{uuid4().hex[:8]}"
    someone.open("/accounts/login/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Your name").fill("Nora Quist")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="You are in no project yet")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_contain_text("Nora")

    for login in (name.upper(), f"{name}@example.org"):
        page.get_by_role("button", name="You: Nora Quist").click()
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(re.compile("/accounts/login/"))
        someone.open("/my/")
        expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/my/"))
        log_in(someone, login, PASSWORD)
        expect(page.get_by_role("button", name="You: Nora Quist")).to_be_visible()


def test_a_wrong_password_says_nothing_about_the_account(visit):
    someone = visit()
    words = []
    for login in ("viewer1", f"nobody{uuid4().hex[:8]}"):
        log_in(someone, login, "not the password")
        alert = someone.page.get_by_role("alert")
        expect(alert).to_be_visible()
        words.append(alert.inner_text())

    assert words[0] == words[1]


def test_logging_in_leads_to_the_page_that_was_asked_for(visit):
    someone = visit(path="/BUG-12/")
    expect(someone.page.get_by_role("heading", name="Nothing here that you can see")).to_be_visible()
    someone.page.get_by_role("link", name="Log in").click()

    someone.page.get_by_label("Username or e-mail").fill("chidi")
    someone.page.get_by_label("Password", exact=True).fill("demopass")
    someone.page.get_by_role("button", name="Log in").click()

    expect(someone.page).to_have_url(re.compile("/BUG-12/$"))


def test_a_profile_is_changed(visit):
    someone = visit("chidi", "/me/")

    someone.page.get_by_label("Time zone").select_option("Africa/Abidjan")
    someone.page.get_by_role("button", name="Save").click()

    expect(someone.page.get_by_label("Time zone")).to_have_value("Africa/Abidjan")
    expect(someone.page.get_by_role("status").filter(has_text=re.compile("saved", re.IGNORECASE))).to_be_visible()


def test_colours_are_chosen_in_the_menu_and_stay(visit):
    someone = visit("lead1", "/projects/")
    someone.page.get_by_role("button", name="You: Ana Lima").click()

    someone.page.get_by_role("button", name="Dark").click()

    expect(someone.page.locator("html")).to_have_attribute("data-theme", "dark")
    someone.page.reload()
    expect(someone.page.locator("html")).to_have_attribute("data-theme", "dark")
