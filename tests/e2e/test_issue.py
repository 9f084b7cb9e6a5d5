"""One issue: over the board and as a page, changed in place, by two people at once, in the past, and in the trash."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect


@pytest.fixture
def lead(visit):
    return visit("lead1")


@pytest.fixture
def project(lead):
    return lead.found_project(members={"dev1": "developer", "viewer1": "viewer"})


def edit(person, field, words):
    """Open a text's editor, fill it, save it with Ctrl+Enter."""
    person.page.locator(f"#issue-{field} summary").click()
    person.page.locator(f"#issue-{field}-text").fill(words)
    person.presses("Control+Enter")
    expect(person.page.locator(f"#issue-{field}-text")).to_be_hidden()


def test_an_issue_opens_over_the_board_with_its_own_address(lead, project):
    one, two = lead.create(project, "First"), lead.create(project, "Second")
    lead.open(f"/{project}/?priority=none")
    page = lead.page

    lead.title(one).click()
    expect(page).to_have_url(re.compile(f"/{one}/$"))
    expect(lead.panel.get_by_role("heading", name="First")).to_be_visible()
    expect(lead.card(one)).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(lead.panel).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"/{project}/\?priority=none$"))
    page.go_forward()
    expect(lead.panel.get_by_role("heading", name="First")).to_be_visible()

    lead.panel.get_by_role("link", name="The one after in its column").click()
    expect(lead.panel.get_by_role("heading", name="Second")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/{two}/$"))
    lead.panel.get_by_role("link", name="Close").click()
    expect(lead.panel).to_have_count(0)
    expect(lead.title(two)).to_be_focused()
    lead.title(two).click()
    expect(lead.panel).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Second", level=1)).to_be_visible()


def test_the_panel_fits_a_phone(visit):
    lead = visit("lead1", "/BUG/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)

    lead.title("BUG-18").tap()

    for name in ("Close", "The one after in its column", "As it was at …", "More"):
        expect(lead.panel.get_by_label(name, exact=True).first).to_be_in_viewport(ratio=1)
    lead.panel.get_by_role("link", name="Close").tap()
    expect(lead.card("BUG-18")).to_be_in_viewport()


def test_a_change_in_the_panel_shows_on_the_card(lead, project):
    issue = lead.create(project, "Old title")
    lead.open(f"/{project}/")
    lead.title(issue).click()

    lead.panel.get_by_role("heading", name="Old title").click()
    lead.panel.get_by_label("Title", exact=True).fill("New title")
    lead.presses("Enter")
    expect(lead.title(issue)).to_have_text("New title")
    lead.panel.get_by_role("button", name="State: To do").click()
    lead.page.get_by_role("group", name="State").get_by_role("button", name="In progress").click()

    lead.sees("in-progress", [issue])
    expect(lead.panel.get_by_role("button", name="State: In progress")).to_be_focused()


def test_texts_are_edited_where_they_stand(lead, project):
    issue = lead.create(project, "Before", description="Old words.")
    lead.open(f"/{issue}/")

    edit(lead, "title", "After")
    expect(lead.page.get_by_role("heading", name="After", level=1)).to_be_visible()
    edit(lead, "description", "New **words**.\n\n- one\n- two")
    expect(lead.page.locator(".md strong")).to_have_text("words")
    expect(lead.page.locator(".md li")).to_have_text(["one", "two"])

    lead.page.reload()
    expect(lead.page.get_by_role("heading", name="After", level=1)).to_be_visible()
    expect(lead.page.locator(".md li")).to_have_count(2)


def test_words_that_were_not_saved_come_back(lead, project):
    issue = lead.create(project, "Draft")
    lead.open(f"/{issue}/")
    text = lead.page.locator("#issue-description-text")
    lead.presses("e")
    expect(text).to_be_focused()
    lead.page.keyboard.type("Half a thought")

    lead.presses("Escape")
    expect(text).to_be_hidden()
    lead.page.reload()
    lead.presses("e")

    expect(text).to_have_value("Half a thought")
    expect(lead.page.locator("#issue-description").get_by_text("Your unsaved words are back.")).to_be_visible()
    lead.page.locator("#issue-description").get_by_role("button", name="Drop them").click()
    expect(text).to_have_value("")


def test_properties_apply_at_once(lead, project):
    issue, page = lead.create(project, "Properties"), lead.page
    lead.send(f"/{project}/settings/labels/", name="engine", hue="1")
    lead.send(f"/{project}/settings/labels/", name="harbour", hue="3")
    lead.open(f"/{issue}/")

    def pick(button, group, choice):
        page.get_by_role("button", name=button).click()
        page.get_by_role("group", name=group).get_by_role("button", name=choice).click()

    pick("Assignee: Nobody", "Assign to", "Ben Hartmann")
    expect(page.get_by_role("button", name="Assignee: Ben Hartmann")).to_be_focused()
    pick("Priority: No priority", "Priority", "Urgent")
    expect(page.get_by_role("button", name="Priority: Urgent")).to_be_visible()
    pick("Due: No date", "Due date", "Tomorrow")
    expect(page.get_by_role("button", name="Tomorrow")).to_be_visible()
    pick("Estimate: No estimate", "Estimate", "5 points")
    expect(page.get_by_role("button", name="Estimate: 5 points")).to_be_visible()
    pick("Type: Task", "Type", "Story")
    expect(page.get_by_role("button", name="Type: Story")).to_be_visible()

    page.get_by_role("button", name="Labels: No labels").click()
    labels = page.get_by_role("group", name="Labels")
    labels.get_by_label("engine").check()
    labels.get_by_label("harbour").check()
    labels.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("button", name="Labels: engine harbour")).to_be_visible()

    history = page.locator(".stream")
    for words in ("Ben Hartmann", "Urgent", "Story", "engine", "harbour"):
        expect(history).to_contain_text(words)


def test_the_history_says_who_changed_what_from_what(lead, project):
    issue = lead.create(project, "Told")
    lead.send(f"/{issue}/edit/", priority="4")
    lead.move(issue, "done")

    lead.open(f"/{issue}/")

    lines = lead.page.locator(".stream > li")
    expect(lines.nth(0)).to_contain_text("Ana Lima created this issue")
    expect(lines.last).to_contain_text(re.compile(r"Ana Lima moved this: To do\s*→\s*Done"))


def test_two_windows_that_change_the_same_lose_nothing(lead, visit, project):
    issue = lead.create(project, "Base words")
    developer = visit("dev1", f"/{issue}/")
    lead.open(f"/{issue}/")
    edit(developer, "title", "Their words")

    lead.page.locator("#issue-title summary").click()
    lead.page.locator("#issue-title-text").fill("My words")
    lead.presses("Enter")

    clash = lead.page.locator("[data-clash]")
    expect(clash.get_by_role("heading", name="Someone was faster")).to_be_focused()
    for words in ("Base words", "Their words", "My words"):
        expect(clash.locator(".clash-text", has_text=words)).to_be_visible()
    clash.get_by_label("Write it anew from both").first.check()
    clash.locator("textarea").fill("Words of both")
    clash.get_by_role("button", name="Save this").click()

    expect(lead.page.get_by_role("heading", name="Words of both", level=1)).to_be_visible()
    expect(lead.page.locator(".stream")).to_contain_text("Their words")


def test_two_windows_that_change_different_things_are_merged(lead, visit, project):
    issue = lead.create(project, "Base words")
    developer = visit("dev1", f"/{issue}/")
    lead.open(f"/{issue}/")
    edit(developer, "title", "Their title")

    edit(lead, "description", "My description")

    expect(lead.page.get_by_role("heading", name="Their title", level=1)).to_be_visible()
    expect(lead.page.locator(".md")).to_have_text("My description")


def test_an_issue_is_shown_as_it_was(lead):
    lead.open("/BUG-12/")
    day = datetime.now() - timedelta(days=8)  # noqa: DTZ005 (as the reader types it)
    lead.page.get_by_role("button", name="As it was at …").click()
    lead.page.get_by_label("Show it as it was at").fill(day.strftime("%Y-%m-%dT%H:%M"))
    lead.page.get_by_role("button", name="Show", exact=True).click()

    expect(lead.page.get_by_text("BUG-12 as it was on")).to_be_visible()
    aside = lead.page.get_by_role("complementary", name="Properties")
    expect(aside).to_contain_text("In progress")
    expect(aside.get_by_role("button")).to_have_count(0)
    expect(lead.page.get_by_role("heading", name="Resolution note")).to_have_count(0)
    lead.page.get_by_role("link", name="Back to now").click()
    expect(lead.page.get_by_role("button", name="State: Resolved")).to_be_visible()


def test_a_deleted_issue_is_restored_by_undo(lead, project):
    issue, other = lead.create(project, "Deleted"), lead.create(project, "Stays")
    lead.open(f"/{project}/")
    lead.title(issue).click()

    lead.panel.get_by_role("button", name="More").click()
    lead.page.get_by_role("button", name="Move to the trash").click()
    expect(lead.panel).to_have_count(0)
    lead.sees("to-do", [other])
    lead.toast.get_by_role("button", name="Undo").click()

    lead.sees("to-do", [other, issue])
    expect(lead.page.get_by_text(f"{issue} is back.")).to_be_visible()


def test_the_trash_gives_issues_back(lead, visit, project):
    issue = lead.create(project, "Deleted")
    lead.open(f"/{issue}/")
    lead.page.get_by_role("button", name="More").click()
    lead.page.get_by_role("button", name="Move to the trash").click()
    expect(lead.page).to_have_url(re.compile(f"/{project}/$"))
    expect(lead.toast).to_contain_text(f"{issue} is in the trash.")

    lead.open(f"/{project}/trash/")
    lead.page.get_by_role("button", name=f"Restore {issue}").click()
    expect(lead.page.get_by_text("The trash is empty")).to_be_visible()
    lead.open(f"/{project}/")
    lead.sees("to-do", [issue])


def test_a_viewer_reads_and_finds_no_dead_controls(lead, visit, project):
    issue = lead.create(project, "Read only", description="Words.", assignee="dev1")
    viewer = visit("viewer1", f"/{issue}/")

    aside = viewer.page.get_by_role("complementary", name="Properties")
    expect(aside).to_contain_text("Ben Hartmann")
    expect(aside.get_by_role("button")).to_have_count(0)
    expect(viewer.page.locator("[data-editor]")).to_have_count(0)
    expect(viewer.page.get_by_role("link", name="New issue")).to_have_count(0)
