"""Every page passes axe in light and dark, fits a small window, and keeps still where that is asked for."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PAGES = {
    "lead1": [
        "/BUG/", "/TEAM/?assignee=me&priority=high", "/BUG/issues/", "/BUG-12/", "/BUG-12/edit/", "/BUG-12/moves/",
        "/BUG/issues/new/", "/BUG/activity/", "/BUG/trash/", "/BUG/settings/", "/BUG/settings/members/",
        "/BUG/settings/labels/", "/BUG/settings/workflow/", "/BUG/settings/workflow/in-progress/",
        "/BUG/settings/workflow/resolved/remove/", "/search/?q=ticket", "/my/", "/inbox/",
        "/inbox/?tab=done", "/people/", "/me/",
        "/me/security/", "/me/sessions/", "/me/security/app/",
        "/me/notifications/", "/me/notifications/?project=BUG&kind=commented", "/projects/",
        "/projects/new/", "/projects/trash/", "/admin/",
    ],
    "viewer1": ["/TEAM/", "/TEAM/issues/", "/TEAM-3/", "/TEAM/settings/", "/TEAM/settings/workflow/", "/my/"],
    None: [
        "/OPEN/", "/OPEN/issues/", "/OPEN-1/", "/OPEN/activity/", "/projects/", "/search/?q=map", "/accounts/login/",
        "/accounts/signup/", "/NOWHERE/",
    ],
}  # fmt: skip
WINDOWS = {"zoomed to 200 %": {"width": 720, "height": 450}, "phone": {"width": 390, "height": 844}}
DESK = {"width": 1280, "height": 720}
ALL = {"resultTypes": ["violations"]}
COLOURS = ALL | {"runOnly": ["color-contrast"]}


def violations(person, options=ALL):
    """Return what axe finds, one line each with the first elements in question."""
    complaints = list(person.complaints)
    found = Axe().run(person.page, options=options).response["violations"]
    # Axe measures with styles of its own, of which the Content-Security-Policy complains.
    person.complaints[:] = complaints
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:4]]}" for one in found]


def problems_of(person):
    """Return what is wrong with a page in light and dark, and in windows in which it must not scroll sideways."""
    page = person.page
    found = violations(person)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"dark {problem}" for problem in violations(person, COLOURS)]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for name, size in WINDOWS.items():
        page.set_viewport_size(size)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{name}: {over} px too wide"] * (over > 0)
    page.set_viewport_size(DESK)
    return found


@pytest.mark.parametrize("username", PAGES, ids=str)
def test_every_page_passes_axe_and_fits_small_windows(visit, username):
    person, found = visit(username, viewport=DESK, color_scheme="light"), {}
    for path in PAGES[username]:
        person.open(path)
        if problems := problems_of(person):
            found[path] = problems

    assert found == {}


def test_what_opens_over_a_page_passes_axe(visit):
    lead = visit("lead1", "/BUG/", color_scheme="light")
    page, found = lead.page, {}

    def check(name):
        problems = violations(lead)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        problems += violations(lead, COLOURS)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if problems:
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
