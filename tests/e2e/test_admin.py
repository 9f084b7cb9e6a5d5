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
    expect(page.get_by_text("No priority → Urgent")).to_be_visible()
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


def test_the_calendar_opens_and_fills_in_a_date(lead):
    lead.open("/admin/issues/issue/add/")

    lead.page.get_by_role("link", name="Choose a Date").click()
    lead.page.locator(".calendar").get_by_role("link", name="15", exact=True).click()

    assert lead.page.get_by_label("Due date:").input_value().endswith("-15")


def test_the_way_back_leads_to_the_projects(lead):
    lead.open("/admin/")

    lead.page.get_by_role("link", name="Back to Plumbline").click()

    expect(lead.page).to_have_url(lead.url + "/projects/")


def test_the_theme_chosen_in_the_product_holds_here(lead):
    lead.context.add_cookies([{"name": "theme", "value": "dark", "url": lead.url}])

    lead.open("/admin/")

    assert lead.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert lead.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 22, 26)"
