"""The admin of a lead in a browser, under the site's strict Content-Security-Policy."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def lead(visit):
    return visit("lead1")


def change(person, issue):
    """Open an issue's form in the admin by its key."""
    person.open(f"/admin/issues/issue/?q={issue}")
    person.page.locator("#result_list").get_by_role("link", name=issue, exact=True).click()
    expect(person.page.get_by_role("heading", name="Change issue")).to_be_visible()


def test_a_lead_comes_in_through_our_own_log_in_page(visit):
    someone = visit(path="/admin/")
    expect(someone.page).to_have_url(re.compile(r"/accounts/login/\?next=/admin/"))

    someone.page.get_by_label("Username or e-mail").fill("lead1")
    someone.page.get_by_label("Password", exact=True).fill("leadpass")
    someone.page.get_by_role("button", name="Log in").click()

    expect(someone.page).to_have_url(re.compile("/admin/$"))
    expect(someone.page.get_by_role("link", name="Issues", exact=True).first).to_be_visible()
    expect(someone.page.get_by_role("link", name="People", exact=True)).to_have_count(0)


def test_a_developer_finds_no_admin(visit):
    developer = visit("dev1", "/admin/")

    expect(developer.page.get_by_role("link", name="Issues", exact=True)).to_have_count(0)
    developer.open("/BUG/")
    developer.page.get_by_role("button", name="You: Ben Hartmann").click()
    expect(developer.page.get_by_role("link", name="Administration")).to_have_count(0)


def test_an_issue_is_edited_and_its_history_tells(lead):
    project = lead.found_project()
    issue, page = lead.create(project, "Edited in the admin"), lead.page
    change(lead, issue)

    page.get_by_label("Priority").select_option("Urgent")
    page.get_by_label("Assignee").select_option("Ana Lima")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile("was changed successfully"))).to_be_visible()

    change(lead, issue)
    page.get_by_role("link", name="History").click()
    expect(page.locator("#content")).to_contain_text("Ana Lima")
    lead.open(f"/{issue}/")
    expect(page.get_by_role("button", name="Priority: Urgent")).to_be_visible()
    expect(page.locator(".stream")).to_contain_text("Urgent")


def test_a_guard_refuses_in_the_admin_as_everywhere(lead):
    project = lead.found_project("bug")
    issue, page = lead.create(project, "Nobody has it"), lead.page
    change(lead, issue)

    page.get_by_label("State").select_option("In progress")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text(f"In progress needs an assignee; {issue} has none.")).to_be_visible()
    lead.open(f"/{project}/")
    lead.sees("open", [issue])


def test_the_pages_of_the_admin_load_all_that_they_ask_for(lead):
    for path in ("issues/issue/", "issues/issue/add/", "projects/label/", "projects/state/", "projects/membership/"):
        lead.open(f"/admin/{path}")
        expect(lead.page.locator("#content")).to_be_visible()
        fonts = lead.page.evaluate("getComputedStyle(document.querySelector('#header')).display")
        assert fonts == "flex", path
