"""The list of issues, changing many at once, searching, and the palette."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def lead(visit):
    return visit("lead1")


def shows(person, titles):
    """Wait until the list shows exactly these titles."""
    expect(person.page.locator("tr[data-issue] .title")).to_have_text(titles)


def test_a_filter_is_in_the_address_and_shared_with_the_board(lead):
    project = lead.found_project()
    lead.create(project, "Mine", assignee="lead1", priority="4")
    lead.create(project, "Urgent", priority="4")
    lead.create(project, "Other")
    lead.open(f"/{project}/issues/?sort=key")
    shows(lead, ["Mine", "Urgent", "Other"])

    lead.presses("f")
    lead.page.get_by_role("link", name="Priority Urgent").click()
    shows(lead, ["Mine", "Urgent"])
    lead.presses("q")
    shows(lead, ["Mine"])
    expect(lead.page).to_have_url(re.compile(r"/issues/\?.*assignee=me"))
    lead.page.get_by_role("link", name="Board", exact=True).last.click()
    lead.sees("to-do", [f"{project}-1"])
    expect(lead.page).to_have_url(re.compile(rf"/{project}/\?.*priority=urgent"))
    lead.page.go_back()
    shows(lead, ["Mine"])
    lead.page.get_by_role("link", name="Clear").click()
    shows(lead, ["Mine", "Urgent", "Other"])


def test_words_filter_while_one_types(lead):
    project = lead.found_project()
    for title in ("Ferry is late", "Ferry is early", "Harbour"):
        lead.create(project, title)
    lead.open(f"/{project}/issues/?sort=key")

    lead.page.get_by_role("searchbox", name="Filter by words").press_sequentially("ferry ear", delay=15)

    shows(lead, ["Ferry is early"])
    expect(lead.page.get_by_role("searchbox", name="Filter by words")).to_be_focused()
    expect(lead.page.get_by_role("searchbox", name="Filter by words")).to_have_value("ferry ear")


def test_a_heading_sorts_and_says_so(lead):
    project = lead.found_project()
    for title, priority in (("Beta", "1"), ("Alpha", "4"), ("Gamma", "2")):
        lead.create(project, title, priority=priority)
    lead.open(f"/{project}/issues/")

    lead.page.get_by_role("columnheader", name="Title").get_by_role("link").click()
    shows(lead, ["Alpha", "Beta", "Gamma"])
    expect(lead.page.get_by_role("columnheader", name="Title")).to_have_attribute("aria-sort", "ascending")
    lead.page.get_by_role("columnheader", name="Title").get_by_role("link").click()
    shows(lead, ["Gamma", "Beta", "Alpha"])
    lead.page.get_by_role("columnheader", name="Priority").get_by_role("link").click()
    shows(lead, ["Alpha", "Gamma", "Beta"])


def test_rows_are_chosen_and_opened_by_key(lead):
    project = lead.found_project()
    issues = [lead.create(project, title) for title in ("One", "Two", "Three")]
    lead.open(f"/{project}/issues/?sort=key")

    lead.presses("j", "j", "Enter")
    expect(lead.panel).to_have_attribute("data-panel", issues[1])
    lead.presses("Escape")
    expect(lead.panel).to_have_count(0)
    lead.presses("x", "Shift+ArrowDown")
    expect(lead.page.get_by_text("2 issues", exact=True)).to_be_visible()
    expect(lead.page.get_by_label(f"Select {issues[2]}")).to_be_checked()
    lead.presses("Escape")
    expect(lead.page.locator("#bulk")).to_be_hidden()


def test_many_issues_are_changed_at_once(lead):
    project = lead.found_project(members={"dev1": "developer"})
    issues = [lead.create(project, title) for title in ("One", "Two", "Three")]
    lead.open(f"/{project}/issues/?sort=key")
    page = lead.page

    for issue in issues[:2]:
        page.get_by_label(f"Select {issue}").check()
    page.locator("#bulk").get_by_role("button", name="Assignee").click()
    page.get_by_role("group", name="Assignee").get_by_role("button", name="Ben Hartmann").click()

    expect(lead.toast).to_contain_text("2 issues changed.")
    for issue in issues[:2]:
        expect(page.locator(f"tr[data-issue={issue}]").get_by_role("img", name="Ben Hartmann")).to_be_visible()
    expect(page.locator(f"tr[data-issue={issues[2]}]").get_by_role("img", name="Ben Hartmann")).to_have_count(0)


def test_a_refused_bulk_change_changes_nothing_and_lists_why(lead):
    project = lead.found_project("bug")
    ready, lacking = lead.create(project, "Ready", assignee="lead1"), lead.create(project, "Nobody has it")
    lead.open(f"/{project}/issues/?sort=key")
    page = lead.page
    page.get_by_label("Select all on this page").check()
    page.locator("#bulk").get_by_role("button", name="State").click()
    page.get_by_role("group", name="State").get_by_role("button", name="In progress").click()

    dialog = page.get_by_role("dialog", name="Something stands in the way")
    expect(dialog).to_contain_text(f"In progress needs an assignee; {lacking} has none.")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(page.locator(f"tr[data-issue={ready}]")).to_contain_text("Open")
    dialog.get_by_role("button", name="Change the other 1").click()

    expect(lead.toast).to_contain_text("1 issue changed.")
    expect(dialog).to_have_count(0)
    expect(page.locator(f"tr[data-issue={ready}]")).to_contain_text("In progress")
    expect(page.locator(f"tr[data-issue={lacking}]")).to_contain_text("Open")


def test_search_marks_what_was_found(lead):
    project = lead.found_project()
    issue = lead.create(project, "Quokkas in the engine room", description="Seen beside the starboard pump.")
    page = lead.page
    lead.open("/my/")

    lead.presses("/")
    page.keyboard.type("starboard quokka")
    lead.presses("Enter")

    hit = page.locator(f"#results [data-issue={issue}]")
    expect(hit.locator("mark").first).to_have_text(re.compile("Quokkas", re.IGNORECASE))
    expect(page.locator("#results [data-issue]")).to_have_count(1)


def test_a_key_in_the_search_box_leads_to_the_issue(lead):
    lead.open("/my/")

    lead.presses("/")
    lead.page.keyboard.type("bug-12")
    lead.presses("Enter")

    expect(lead.page).to_have_url(re.compile("/BUG-12/$"))


def test_the_palette_goes_everywhere(lead):
    project = lead.found_project(name="Lighthouse keepers")
    issue = lead.create(project, "Polish the lens")
    lead.open(f"/{project}/")
    page, palette = lead.page, lead.page.get_by_role("dialog", name="Commands and search")
    text = palette.get_by_role("combobox")

    lead.presses("Control+k")
    expect(text).to_be_focused()
    text.fill("lens")
    expect(palette.get_by_role("option", name="Polish the lens")).to_have_attribute("aria-selected", "true")
    lead.presses("Enter")
    page.wait_for_url(f"**/{issue}/")

    lead.presses("Control+k")
    text.fill("set the prio")
    expect(palette.get_by_role("option", name="Set the priority")).to_have_attribute("aria-selected", "true")
    lead.presses("Enter")
    expect(page.get_by_role("group", name="Priority")).to_be_visible()
    lead.presses("Escape", "Control+k")
    text.fill("workflow")
    expect(palette.get_by_role("option", name="Workflow")).to_be_visible()
    lead.presses("Escape")
    expect(palette).to_have_count(0)


def test_my_issues_are_the_open_and_running_ones(visit, lead):
    project = lead.found_project(members={"dev1": "developer"})
    open_one = lead.create(project, "To be done", assignee="dev1")
    done = lead.create(project, "Done already", assignee="dev1")
    lead.move(done, "done")

    developer = visit("dev1", "/my/")

    expect(developer.page.locator(f"[data-issue={open_one}]")).to_be_visible()
    expect(developer.page.locator(f"[data-issue={done}]")).to_have_count(0)
