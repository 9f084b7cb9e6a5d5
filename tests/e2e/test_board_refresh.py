"""What another person did appears when one comes back to the board, and takes nothing away from the reader."""

import re

import pytest
from playwright.sync_api import expect

COME_BACK = "dispatchEvent(new Event('focus'))"


@pytest.fixture
def two(visit):
    """A lead who looks at a board, and a developer of the same project elsewhere."""
    lead, developer = visit("lead1"), visit("dev1")
    project = lead.found_project(members={"dev1": "developer"})
    return lead, developer, project


def test_a_move_by_someone_else_appears_without_taking_focus_or_scroll(two):
    lead, developer, project = two
    issues = [lead.create(project, f"Card number {number}") for number in range(14)]
    lead.open(f"/{project}/")
    cards = lead.column("to-do").locator("ol")
    lead.title(issues[10]).focus()
    cards.evaluate("list => { list.scrollTop = 300; }")

    developer.move(issues[13], "in-progress")
    lead.page.evaluate(COME_BACK)

    lead.sees("in-progress", [issues[13]])
    expect(lead.column("to-do").locator("header .count")).to_have_text("13")
    expect(lead.title(issues[10])).to_be_focused()
    assert cards.evaluate("list => list.scrollTop") == 300


def test_an_open_panel_and_a_half_typed_title_survive(two):
    lead, developer, project = two
    issue, other = lead.create(project, "Read by the lead"), lead.create(project, "Moved by the developer")
    lead.open(f"/{project}/")
    lead.title(issue).click()
    lead.panel.get_by_role("heading", name="Read by the lead").click()
    lead.panel.get_by_label("Title", exact=True).fill("Half of a ti")

    developer.move(other, "done")
    lead.page.evaluate(COME_BACK)

    lead.sees("done", [other])
    expect(lead.panel.get_by_label("Title", exact=True)).to_have_value("Half of a ti")
    expect(lead.panel.get_by_label("Title", exact=True)).to_be_focused()


def test_a_new_and_a_deleted_card_appear_and_go(two):
    lead, developer, project = two
    old = lead.create(project, "Goes")
    lead.open(f"/{project}/")
    lead.sees("to-do", [old])

    new = developer.create(project, "Comes")
    lead.send(f"/{old}/delete/")
    lead.page.evaluate(COME_BACK)

    lead.sees("to-do", [new])


def test_a_card_that_someone_moved_meanwhile_is_not_moved_blindly(two):
    lead, developer, project = two
    issue = lead.create(project, "Wanted by two")
    lead.open(f"/{project}/")
    lead.lift(issue)
    developer.move(issue, "in-progress")

    lead.carry(lead.column("done"))
    lead.drop()

    expect(lead.toast).to_contain_text(issue)
    expect(lead.toast).to_contain_text(re.compile("In progress"))
    lead.sees("in-progress", [issue])
    lead.sees("done", [])


def test_two_windows_agree_after_crossing_moves(two):
    lead, developer, project = two
    one, other = lead.create(project, "One"), lead.create(project, "Other")
    lead.open(f"/{project}/")
    developer.open(f"/{project}/")

    lead.drag(one, lead.column("in-progress"))
    lead.hears(f"{one} moved to In progress, 1 of 1")
    developer.drag(other, developer.column("done"))
    developer.hears(f"{other} moved to Done, 1 of 1")
    for person in (lead, developer):
        person.page.evaluate(COME_BACK)

    for person in (lead, developer):
        person.sees("to-do", [])
        person.sees("in-progress", [one])
        person.sees("done", [other])
