"""Dragging cards: with a mouse, with a finger, and what a refused drop offers."""

import re

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def lead(visit):
    return visit("lead1")


def test_a_card_dropped_in_another_column_keeps_its_place(lead):
    project = lead.found_project()
    first, second, moved = (lead.create(project, title) for title in ("First", "Second", "Moved"))
    for issue in (second, first):
        lead.move(issue, "in-progress")
    lead.open(f"/{project}/")
    lead.sees("in-progress", [first, second])

    lead.drag(moved, lead.card(second))

    lead.hears(f"{moved} moved to In progress, 2 of 3")
    lead.sees("in-progress", [first, moved, second])
    lead.page.reload()
    lead.sees("in-progress", [first, moved, second])
    expect(lead.column("in-progress").locator("header .count")).to_have_text("3")


def test_a_card_dropped_in_its_own_column_keeps_its_place(lead):
    project = lead.found_project()
    one, two, three = (lead.create(project, title) for title in ("One", "Two", "Three"))
    lead.open(f"/{project}/")

    lead.drag(three, lead.card(one))

    lead.hears(f"{three} moved to To do, 1 of 3")
    lead.sees("to-do", [three, one, two])
    lead.page.reload()
    lead.sees("to-do", [three, one, two])


def test_columns_dim_with_their_reason_while_one_drags(lead):
    project = lead.found_project("bug")
    issue = lead.create(project, "Dragged")
    lead.open(f"/{project}/")

    lead.lift(issue)
    lead.carry(lead.column("in-progress"))

    for state, words in (("resolved", "Not straight to Resolved"), ("closed", "Not straight to Closed")):
        expect(lead.column(state)).to_have_class("col is-dim" if state == "resolved" else "col col-closed is-dim")
        expect(lead.column(state).locator(".why")).to_contain_text(words)
        expect(lead.column(state).locator(".why")).to_contain_text("From Open an issue goes to In progress")
    expect(lead.column("in-progress").locator(".why")).to_contain_text("You will be asked who does it.")
    lead.carry(lead.column("open"))
    lead.drop()
    expect(lead.page.locator(".why")).to_have_count(0)
    expect(lead.page.locator(".is-dim")).to_have_count(0)


def test_a_refused_drop_puts_the_card_back_and_says_why(lead):
    project = lead.found_project("bug")
    issue, other = lead.create(project, "Dragged"), lead.create(project, "Other")
    lead.open(f"/{project}/")

    lead.drag(issue, lead.column("closed"))

    expect(lead.toast).to_contain_text(
        f"{issue} stays in Open. From Open an issue goes to In progress, not straight to Closed."
    )
    lead.sees("open", [issue, other])
    lead.sees("closed", [])
    lead.toast.get_by_text("Why can’t I?").click()
    expect(lead.toast).to_contain_text(f"The workflow of {project} has no step from Open to Closed.")
    expect(lead.toast).to_contain_text("Leads can add this step to the workflow: Ana Lima.")
    lead.toast.get_by_role("button", name="Close").click()
    expect(lead.toast).to_have_count(0)


def test_a_missing_assignee_is_asked_for_where_the_card_was_dropped(lead):
    project = lead.found_project("bug", {"dev1": "developer"})
    mine, theirs = lead.create(project, "Mine"), lead.create(project, "Theirs")
    lead.open(f"/{project}/")

    lead.drag(mine, lead.column("in-progress"))
    expect(lead.toast).to_contain_text(f"In progress needs an assignee; {mine} has none.")
    lead.sees("open", [mine, theirs])
    lead.toast.get_by_role("button", name="Assign to me and move").click()

    lead.sees("in-progress", [mine])
    expect(lead.toast).to_have_count(0)
    expect(lead.card(mine).get_by_role("img", name="Ana Lima")).to_be_visible()

    lead.drag(theirs, lead.card(mine))
    lead.toast.get_by_role("button", name="Choose someone…").click()
    lead.page.get_by_role("group", name="Assign and move").get_by_role("button", name="Ben Hartmann").click()

    lead.sees("in-progress", [theirs, mine])
    expect(lead.card(theirs).get_by_role("img", name="Ben Hartmann")).to_be_visible()


def test_a_missing_note_is_asked_for_in_a_dialog(lead):
    project = lead.found_project("bug")
    issue = lead.create(project, "Needs a note")
    lead.move(issue, "in-progress", assignee="me")
    lead.open(f"/{project}/")

    lead.drag(issue, lead.column("resolved"))
    dialog = lead.page.get_by_role("dialog", name=f"{issue} to Resolved")
    expect(dialog.get_by_label("Resolution note")).to_be_focused()
    lead.presses("Escape")
    expect(dialog).to_have_count(0)
    lead.sees("in-progress", [issue])

    lead.drag(issue, lead.column("resolved"))
    dialog.get_by_label("Resolution note").fill("The cable was loose.")
    lead.presses("Control+Enter")

    lead.sees("resolved", [issue])
    expect(dialog).to_have_count(0)
    lead.open(f"/{issue}/")
    expect(lead.page.get_by_role("region", name="Resolution note")).to_contain_text("The cable was loose.")


def test_a_viewer_who_drags_gets_the_reason(lead, visit):
    project = lead.found_project(members={"viewer1": "viewer"})
    issue = lead.create(project, "Not theirs to move")
    viewer = visit("viewer1", f"/{project}/")

    viewer.drag(issue, viewer.column("done"))

    expect(viewer.toast).to_contain_text("Moving issues needs the role developer or lead; you are viewer.")
    viewer.sees("to-do", [issue])


def test_a_finger_drags_after_a_short_hold(visit):
    lead = visit("lead1", **PHONE)
    project = lead.found_project()
    below, above = lead.create(project, "Below"), lead.create(project, "Above")
    lead.open(f"/{project}/")
    hand = lead.context.new_cdp_session(lead.page)
    card, target = lead.card(above).bounding_box(), lead.card(below).bounding_box()

    def touch(kind, x, y):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = card["x"] + 60, card["y"] + 12
    touch("touchStart", x, y)
    lead.page.wait_for_timeout(350)  # A card is lifted after a hold; a finger that moves at once scrolls.
    for step in range(1, 13):
        touch("touchMove", x, y + (target["y"] + 8 - y) * step / 12)
        lead.page.wait_for_timeout(16)
    touch("touchEnd", 0, 0)

    lead.sees("to-do", [above, below])
    lead.hears(f"{above} moved to To do, 1 of 2")


def test_the_menu_of_a_card_moves_it_on_a_phone(visit):
    lead = visit("lead1", **PHONE)
    project = lead.found_project("bug")
    issue = lead.create(project, "Tapped", assignee="lead1")
    lead.open(f"/{project}/")

    lead.card(issue).get_by_role("link", name=f"Move {issue} to…").tap()
    menu = lead.page.locator("#card-menu")
    expect(menu.get_by_role("button", name="Closed")).to_have_attribute("aria-disabled", "true")
    expect(menu).to_contain_text("From Open an issue goes to In progress, not straight to Closed.")
    menu.get_by_role("button", name="In progress", exact=True).tap()

    lead.sees("in-progress", [issue])
    expect(lead.card(issue)).to_be_in_viewport()


def test_a_refusal_fits_on_a_phone(visit):
    lead = visit("lead1", **PHONE)
    project = lead.found_project("bug")
    issue = lead.create(project, "Nobody has it")
    lead.open(f"/{project}/")

    lead.card(issue).get_by_role("link", name=f"Move {issue} to…").tap()
    lead.page.locator("#card-menu").get_by_role("button", name=re.compile("^In progress")).tap()

    for name in ("Assign to me and move", "Choose someone…", "Close"):
        expect(lead.toast.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    lead.toast.get_by_role("button", name="Assign to me and move").tap()
    lead.sees("in-progress", [issue])
