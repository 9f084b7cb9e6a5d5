"""The admin in a real browser: it looks whole under its Content-Security-Policy, and a lead gets through a change."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PAGES = [
    "/admin/",
    "/admin/issues/issue/",
    "/admin/issues/issue/add/",
    "/admin/projects/transition/add/",
    "/admin/projects/membership/",
    "/admin/notifications/event/",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_break_no_policy(visit, path, scheme):
    lead = visit("lead1", path, color_scheme=scheme)

    complaints = list(lead.complaints)
    found = Axe().run(lead.page)
    # Axe measures with styles of its own, of which the policy complains as well.
    lead.complaints.clear()

    assert complaints == []
    assert found.response["violations"] == []


def test_a_lead_changes_an_issue_and_meets_the_guard(visit):
    lead = visit("lead1", "/admin/issues/issue/?q=Changing+the+language")
    page = lead.page
    page.get_by_role("link", name="Changing the language").click()

    page.get_by_label("State:").select_option("In progress")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("In progress needs an assignee")).to_be_visible()
    page.get_by_label("Assignee:").select_option("Dana Weiss")
    page.get_by_label("Due date:").fill("2030-01-02")
    page.get_by_role("button", name="Save and continue editing").click()

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    expect(page.get_by_label("State:").locator("option:checked")).to_have_text("In progress")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Open → In progress")).to_be_visible()


def test_the_calendar_opens_and_fills_in_a_date(visit):
    lead = visit("lead1", "/admin/issues/issue/add/")

    lead.page.get_by_role("link", name="Choose a Date").click()
    lead.page.locator(".calendar").get_by_role("link", name="15", exact=True).click()

    assert lead.page.get_by_label("Due date:").input_value().endswith("-15")


def test_the_way_back_and_out(visit):
    lead = visit("lead1", "/admin/")

    lead.page.get_by_role("link", name="Back to Plumbline").click()
    expect(lead.page).to_have_url(lead.url + "/projects/")


def test_the_theme_chosen_in_the_product_holds_here(visit):
    lead = visit("lead1", "/projects/")
    lead.context.add_cookies([{"name": "theme", "value": "dark", "url": lead.url}])

    lead.open("/admin/")

    assert lead.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert lead.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 22, 26)"
