"""The board and an issue as plain pages and forms, for a browser without JavaScript."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def plain(visit):
    return visit("lead1", java_script_enabled=False)


def test_a_card_is_moved_from_its_menu(plain):
    project = plain.found_project()
    one, two = plain.create(project, "One"), plain.create(project, "Two")
    plain.open(f"/{project}/")

    plain.card(one).hover()
    plain.card(one).get_by_role("link", name=f"Move {one} to…").click()
    expect(plain.page.get_by_role("heading", name=f"{one} One")).to_be_visible()
    plain.page.get_by_role("button", name="Move to Done").click()

    expect(plain.page).to_have_url(re.compile(f"/{project}/#issue-card-"))
    plain.sees("done", [one])
    plain.sees("to-do", [two])


def test_a_card_is_moved_within_its_column(plain):
    project = plain.found_project()
    one, two = plain.create(project, "One"), plain.create(project, "Two")

    plain.open(f"/{two}/moves/")
    plain.page.get_by_role("button", name="Up").click()

    plain.sees("to-do", [two, one])


def test_a_refused_move_says_why_and_what_would_help(plain):
    project = plain.found_project("bug")
    issue = plain.create(project, "Nobody has it")
    plain.open(f"/{issue}/moves/")
    expect(plain.page.get_by_text("From Open an issue goes to In progress, not straight to Closed.")).to_be_visible()
    expect(plain.page.get_by_role("button", name="Move to Closed")).to_have_count(0)

    plain.page.get_by_role("button", name="Move to In progress…").click()
    expect(plain.page.get_by_text(f"In progress needs an assignee; {issue} has none.").first).to_be_visible()
    plain.page.get_by_role("button", name="Assign to me and move").click()
    plain.sees("in-progress", [issue])

    plain.open(f"/{issue}/moves/")
    plain.page.get_by_role("button", name="Move to Resolved…").click()
    plain.page.get_by_label("Resolution note").fill("Mended by hand.")
    plain.page.get_by_role("dialog").get_by_role("button", name="Move to Resolved").click()
    plain.sees("resolved", [issue])


def test_quick_add_is_a_plain_form(plain):
    project = plain.found_project()
    plain.open(f"/{project}/")

    plain.column("to-do").locator("summary.quick").click()
    plain.page.get_by_role("textbox", name="Title of the new issue in To do").fill("Without a script")
    plain.column("to-do").get_by_role("button", name="Add", exact=True).click()

    plain.sees("to-do", [f"{project}-1"])
    expect(plain.card(f"{project}-1")).to_contain_text("Without a script")


def test_filters_are_links_and_forms(plain):
    project = plain.found_project()
    mine, other = plain.create(project, "Mine", assignee="lead1", priority="4"), plain.create(project, "Other thing")
    plain.open(f"/{project}/")

    plain.page.get_by_role("link", name="Only mine").click()
    plain.sees("to-do", [mine])
    plain.page.get_by_role("link", name="Only mine").click()
    plain.page.get_by_role("button", name="Filter").click()
    plain.page.get_by_role("link", name="Priority Urgent").click()
    plain.sees("to-do", [mine])
    plain.page.get_by_role("link", name="is", exact=True).click()
    plain.sees("to-do", [other])
    plain.page.get_by_role("link", name="Clear").click()
    plain.page.get_by_role("searchbox", name="Filter by words").fill("thing")
    plain.presses("Enter")
    plain.sees("to-do", [other])
    expect(plain.page).to_have_url(re.compile(r"\?q=thing$"))


def test_an_issue_is_read_and_edited(plain):
    project = plain.found_project()
    issue = plain.create(project, "Plain", description="Some **bold** words.")
    plain.open(f"/{project}/")

    plain.title(issue).click()
    expect(plain.page.get_by_role("heading", name="Plain", level=1)).to_be_visible()
    plain.page.locator("#issue-title summary").click()
    plain.page.get_by_label("Title", exact=True).fill("Plain, and renamed")
    plain.page.locator("#issue-title").get_by_role("button", name="Save").click()
    expect(plain.page.get_by_role("heading", name="Plain, and renamed", level=1)).to_be_visible()

    plain.page.get_by_role("button", name="Priority: No priority").click()
    plain.page.get_by_role("group", name="Priority").get_by_role("button", name="High").click()
    expect(plain.page.get_by_role("button", name="Priority: High")).to_be_visible()


def test_all_fields_are_edited_in_one_form(plain):
    project = plain.found_project()
    issue = plain.create(project, "Plain")
    plain.open(f"/{issue}/")

    plain.page.get_by_role("button", name="More").click()
    plain.page.get_by_role("link", name="Edit all fields").click()
    plain.page.get_by_label("Title").fill("In one form")
    plain.page.get_by_label("Assignee").select_option("Ana Lima")
    plain.page.get_by_label("Due date").fill("2031-05-04")
    plain.page.get_by_role("button", name="Save").click()

    expect(plain.page.get_by_role("heading", name="In one form", level=1)).to_be_visible()
    expect(plain.page.get_by_role("button", name="Assignee: Ana Lima")).to_be_visible()
    expect(plain.page.get_by_role("button", name="4 May 2031")).to_be_visible()
