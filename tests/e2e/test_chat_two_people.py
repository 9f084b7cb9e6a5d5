"""Two people in two browsers talk to each other: what one does, the other sees."""

import pytest
from playwright.sync_api import expect

from tests.e2e.talking import box, lines, message, post, rail_count, ready, room, say, sees_said


@pytest.fixture
def two(visit):
    """A lead and a developer of one project."""
    lead, developer = visit("lead1"), visit("dev1")
    return lead, developer, lead.found_project(members={"dev1": "developer"})


def test_each_sees_what_the_other_writes_and_says(two):
    lead, developer, project = two
    room(lead, project)
    room(developer, project)
    say(lead, "Are you there?")
    sees_said(developer, "Are you there?")

    box(developer).press_sequentially("Yes")
    expect(lead.page.locator("[data-typing]")).to_have_text("Ben Hartmann is writing…")
    developer.presses("Control+Enter")

    sees_said(lead, "Are you there?", "Yes")
    sees_said(developer, "Are you there?", "Yes")
    expect(lead.page.locator("[data-typing]")).to_have_text("")
    expect(lead.page.locator("[data-heard]")).to_have_text("Ben Hartmann: Yes")
    expect(developer.page.locator("[data-heard]")).to_have_text("Ana Lima: Are you there?")
    expect(lead.page.locator("[data-here-people] li")).to_have_text(["ALAna Lima", "BHBen Hartmann"])
    for person in (lead, developer):
        before = lines(person)
        person.page.reload()
        ready(person)
        assert lines(person) == before


def test_typing_is_forgotten_after_five_seconds(two):
    lead, developer, project = two
    post(lead, project, "So there is a conversation")
    room(lead, project)
    room(developer, project)

    box(developer).press_sequentially("Hm")

    expect(lead.page.locator("[data-typing]")).to_have_text("Ben Hartmann is writing…")
    expect(lead.page.locator("[data-typing]")).to_have_text("", timeout=7_000)


def test_what_came_meanwhile_is_counted_in_the_rail_and_marked_in_the_room(two):
    lead, developer, project = two
    post(lead, project, "Old")
    room(lead, project)
    lead.open(f"/{project}/")
    post(developer, project, "New one")
    post(developer, project, "New two")
    expect(rail_count(lead, project)).to_contain_text("2")

    room(lead, project)

    expect(lead.page.locator("[data-unread-line]")).to_be_visible()
    expect(lead.page.locator("[data-unread-line] + .message .md")).to_have_text("New one")
    expect(rail_count(lead, project)).to_be_hidden()
    expect(lead.page.locator("[data-unread-line]")).to_be_visible()
    lead.page.reload()
    sees_said(lead, "Old", "New one", "New two")
    expect(lead.page.locator("[data-unread-line]")).to_have_count(0)


def test_edits_signs_and_deletions_are_seen_live(two):
    lead, developer, project = two
    room(lead, project)
    room(developer, project)
    say(lead, "Teh meeting is at ten")
    sees_said(developer, "Teh meeting is at ten")
    theirs = developer.page.locator(".message[data-seq]").first
    theirs.focus()

    lead.presses("ArrowUp")
    lead.page.locator("[data-message-edit] textarea").fill("The meeting is at ten")
    lead.presses("Control+Enter")
    sees_said(developer, "The meeting is at ten")
    expect(theirs).to_be_focused()
    developer.presses("+", "Enter")
    sign = message(lead, "The meeting").locator("[data-emoji]")
    expect(sign).to_contain_text("1")
    expect(sign).to_have_attribute("aria-pressed", "false")
    expect(theirs.locator("[data-emoji]")).to_have_attribute("aria-pressed", "true")
    sign.click()
    expect(theirs.locator("[data-emoji]")).to_contain_text("2")
    lead.page.once("dialog", lambda dialog: dialog.accept())
    message(lead, "The meeting").focus()
    lead.presses("Delete")

    expect(developer.page.locator(".message .gone")).to_have_text("Ana Lima deleted this message.")


def test_a_comment_is_seen_on_the_page_of_its_issue(two):
    lead, developer, project = two
    issue = lead.create(project, "Watched by two")
    lead.open(f"/{issue}/")
    ready(lead)

    post(developer, project, "I know why", issue=issue.partition("-")[2])

    sees_said(lead, "I know why")
    expect(lead.page.locator("[data-message-count]")).to_have_text("1")
    expect(lead.page.locator("[data-heard]")).to_have_text("Ben Hartmann: I know why")
    developer.open(f"/{project}/")
    developer.title(issue).click()
    ready(developer)
    say(lead, "Do tell")
    sees_said(developer, "I know why", "Do tell")


def test_who_reads_further_up_stays_there_and_is_told(two):
    lead, developer, project = two
    for number in range(40):
        post(lead, project, f"Message {number}")
    room(lead, project)
    expect(message(lead, "Message 39")).to_be_in_viewport()
    pane = lead.page.locator("[data-page]")
    pane.evaluate("node => { node.scrollTop = 100; }")

    for words in ("One more", "And two", "And three"):
        post(developer, project, words)

    newest = lead.page.get_by_role("button", name="3 new messages")
    expect(newest).to_be_visible()
    assert pane.evaluate("node => node.scrollTop") == 100
    newest.click()
    expect(message(lead, "And three")).to_be_in_viewport()
    expect(newest).to_be_hidden()
    post(developer, project, "At the foot")
    expect(message(lead, "At the foot")).to_be_in_viewport()


def test_a_chip_of_another_project_is_what_each_reader_may_see(two):
    lead, developer, project = two
    secret = lead.create(lead.found_project(), "Only the lead's")
    room(lead, project)
    room(developer, project)

    say(lead, f"See {secret}")

    expect(message(lead, "See").locator(".ref")).to_contain_text("To do")
    sees_said(developer, f"See {secret}")
    expect(message(developer, "See").locator(".ref")).to_have_count(0)


def test_messages_in_a_thousand_orders_end_the_same(two):
    lead, developer, project = two
    room(lead, project)
    room(developer, project)

    for number in range(8):
        say(lead, f"Lead {number}")
        say(developer, f"Developer {number}")

    for person in (lead, developer):
        expect(person.page.locator(".message[data-seq]")).to_have_count(16)
        numbers = person.page.locator(".message").evaluate_all("all => all.map((one) => Number(one.dataset.seq))")
        assert numbers == [*range(1, 17)]


def test_what_was_said_while_one_was_away_is_there_on_return(two):
    lead, developer, project = two
    post(lead, project, "Before")
    room(lead, project)
    lead.context.set_offline(True)
    post(developer, project, "While away")

    lead.context.set_offline(False)

    sees_said(lead, "Before", "While away")
    lead.complaints[:] = [line for line in lead.complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_a_change_of_the_issue_leaves_what_one_is_doing_in_its_discussion(two):
    lead, developer, project = two
    issue = lead.create(project, "Moves on")
    post(lead, project, "To be edited", issue=issue.partition("-")[2])
    lead.open(f"/{issue}/")
    ready(lead)
    message(lead, "To be edited").focus()
    lead.presses("+", "Enter")
    expect(lead.page.locator("[data-emoji]")).to_have_attribute("aria-pressed", "true")
    lead.presses("e")
    field = lead.page.locator("[data-message-edit] textarea")
    expect(field).to_be_focused()
    field.fill("Half of an ed")

    developer.move(issue, "in-progress")
    expect(lead.page.locator("#issue-stream")).to_contain_text("In progress")

    expect(field).to_have_value("Half of an ed")
    expect(field).to_be_focused()
    lead.presses("Control+Enter")
    sees_said(lead, "Half of an ed")
    lead.page.get_by_role("button", name="State: In progress").click()
    lead.page.get_by_role("group", name="State").get_by_role("button", name="Done").click()
    expect(lead.page.locator("#issue-stream")).to_contain_text("Done")
    expect(lead.page.locator("[data-emoji]")).to_have_attribute("aria-pressed", "true")
