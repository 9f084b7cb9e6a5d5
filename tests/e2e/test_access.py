"""Every page passes axe, fits a small window, and keeps still where that is asked for."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PAGES = {
    "lead1": [
        "/BUG/", "/TEAM/?assignee=me&priority=high", "/BUG/issues/", "/BUG-12/", "/BUG-12/edit/", "/BUG-12/moves/",
        "/BUG/issues/new/", "/BUG/activity/", "/BUG/trash/", "/BUG/settings/", "/BUG/settings/members/",
        "/BUG/settings/labels/", "/BUG/settings/workflow/", "/BUG/settings/workflow/in-progress/",
        "/BUG/settings/workflow/resolved/remove/", "/search/?q=ticket", "/my/", "/people/", "/me/", "/projects/",
        "/projects/new/", "/projects/trash/", "/admin/",
    ],
    "viewer1": ["/TEAM/", "/TEAM/issues/", "/TEAM-3/", "/TEAM/settings/", "/TEAM/settings/workflow/", "/my/"],
    None: [
        "/OPEN/", "/OPEN/issues/", "/OPEN-1/", "/OPEN/activity/", "/projects/", "/search/?q=map", "/accounts/login/",
        "/accounts/signup/", "/NOWHERE/",
    ],
}  # fmt: skip
CASES = [(username, colours) for username in PAGES for colours in ("light", "dark")]
WINDOWS = {"zoomed to 200 %": {"width": 720, "height": 450}, "phone": {"width": 390, "height": 844}}
OPTIONS = {"resultTypes": ["violations"]}


def violations(page):
    """Return what axe finds, one line each with the first elements in question."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:4]]}" for one in found]


def sideways(page):
    """Return by how many pixels the page as a whole could be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize(("username", "colours"), CASES, ids=[f"{name or 'anonymous'}-{tone}" for name, tone in CASES])
def test_axe_finds_no_violation_on_any_page(visit, username, colours):
    person = visit(username, color_scheme=colours)
    found = {}
    for path in PAGES[username]:
        person.open(path)
        if problems := violations(person.page):
            found[path] = problems

    assert found == {}


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_no_violation_in_what_opens_over_a_page(visit, colours):
    lead = visit("lead1", "/BUG/", color_scheme=colours)
    page, found = lead.page, {}

    def check(name):
        if problems := violations(page):
            found[name] = problems

    lead.presses("j", "m")
    expect(page.locator("#card-menu")).to_be_visible()
    check("menu of a card")
    lead.presses("Escape", "a")
    expect(page.get_by_role("group", name="Assign to")).to_be_visible()
    check("picker")
    lead.presses("Escape", "Enter")
    expect(lead.panel).to_be_visible()
    check("panel")
    lead.presses("Escape", "f")
    expect(page.get_by_role("group", name="Add a filter")).to_be_visible()
    check("filter")
    lead.presses("Escape", "Control+k")
    expect(page.get_by_role("dialog", name="Commands and search")).to_be_visible()
    check("palette")
    lead.presses("Escape", "?")
    expect(page.get_by_role("dialog", name="Keys and help")).to_be_visible()
    check("keys")

    assert found == {}


@pytest.mark.parametrize("window", WINDOWS)
def test_no_page_scrolls_sideways_in_a_small_window(visit, window):
    wide = {}
    for username, paths in PAGES.items():
        person = visit(username, viewport=WINDOWS[window])
        for path in paths:
            person.open(path)
            if over := sideways(person.page):
                wide[path] = over

    assert wide == {}


def test_nothing_moves_where_that_is_asked_for(visit):
    lead = visit("lead1", "/BUG/")
    lead.presses("j", "Enter")
    expect(lead.panel).to_be_visible()

    longest = lead.page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("*")].flatMap((element) => {
          const { transitionDuration, animationDuration } = getComputedStyle(element);
          return `${transitionDuration},${animationDuration}`.split(",").map(parseFloat);
        }))"""
    )

    assert longest <= 0.001
