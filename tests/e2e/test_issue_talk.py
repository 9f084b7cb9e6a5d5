"""An issue's discussion on its page and over the board: one stream, its parts, an issue made of a message, watching."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.talking import box, message, post, ready, room, say

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def lead(visit):
    return visit("lead1")


@pytest.fixture
def project(lead):
    return lead.found_project(members={"dev1": "developer", "viewer1": "viewer"})


@pytest.fixture
def issue(lead, project):
    """An issue that was talked about and changed in turn."""
    key = lead.create(project, "Fog")
    number = key.rpartition("-")[2]
    post(lead, project, "First words", issue=number, client_id=str(uuid4()))
    lead.send(f"/{key}/edit/", priority="4")
    return key


def stream(person):
    """Return the lines of the stream."""
    return person.page.locator("#issue-stream ol > li")


def make_issue(person, words):
    """Make an issue of a message by its button; returns the dialog."""
    message(person, words).hover()
    message(person, words).get_by_label("Make an issue of it").click()
    return person.page.get_by_role("dialog", name="New issue in")


def test_the_stream_shows_all_or_a_part_of_it(lead, issue):
    lead.open(f"/{issue}/")
    ready(lead)
    parts = lead.page.get_by_role("navigation", name="What the stream shows")
    box(lead).fill("Half a thou")

    parts.get_by_role("link", name="Messages").click()
    expect(stream(lead)).to_have_count(1)
    expect(lead.page).to_have_url(re.compile(r"\?show=messages$"))
    expect(parts.get_by_role("link", name="Messages")).to_have_attribute("aria-current", "true")
    parts.get_by_role("link", name="Changes").click()
    expect(stream(lead)).to_have_count(2)
    expect(box(lead)).to_have_value("Half a thou")

    lead.page.reload()
    expect(stream(lead)).to_have_count(2)
    parts.get_by_role("link", name="All").click()
    expect(stream(lead)).to_have_count(3)
    expect(lead.page).to_have_url(re.compile(f"/{issue}/$"))


def test_a_change_brings_its_line_and_leaves_the_words_that_are_being_written(lead, issue):
    lead.open(f"/{issue}/")
    ready(lead)
    box(lead).fill("Half a thou")
    first = stream(lead).nth(1).element_handle()

    lead.page.get_by_role("button", name="Priority: Urgent").click()
    lead.page.get_by_role("group", name="Priority").get_by_role("button", name="Low").click()

    expect(stream(lead)).to_have_count(3)
    expect(stream(lead).last).to_contain_text(re.compile(r"Urgent|Low"))
    expect(box(lead)).to_have_value("Half a thou")
    assert first.evaluate("line => line.isConnected")


def test_what_is_said_stands_in_the_stream_and_on_the_card(lead, project, issue):
    lead.open(f"/{project}/")
    expect(lead.card(issue).locator("[data-talk]")).to_have_attribute("data-count", "1")
    lead.title(issue).click()
    ready(lead)

    say(lead, "Second words")

    expect(message(lead, "Second words")).to_be_visible()
    expect(lead.panel.locator("#discussion-count")).to_have_text("2")
    expect(lead.card(issue).locator("[data-talk]")).to_have_attribute("data-count", "2")
    expect(lead.card(issue).locator("[data-talk] b")).to_have_text("2")


def test_another_person_sees_what_is_new_on_the_card(lead, visit, project, issue):
    developer = visit("dev1", f"/{issue}/")
    ready(developer)
    say(developer, "I have looked")
    developer.open(f"/{project}/")
    count = developer.card(issue).locator("[data-talk]")
    expect(count).to_have_attribute("data-unread", "0")

    lead.open(f"/{issue}/")
    ready(lead)
    say(lead, "Something new")

    expect(count).to_have_attribute("data-unread", "1")
    expect(count.locator("i")).to_be_visible()
    developer.page.reload()
    expect(count).to_have_attribute("data-unread", "1")
    developer.title(issue).click()
    expect(developer.panel.locator("[data-unread-line]")).to_be_visible()
    # It stands below the files, and counts as read once it has been in sight.
    message(developer, "Something new").scroll_into_view_if_needed()
    expect(count).to_have_attribute("data-unread", "0")


def test_a_message_becomes_an_issue_and_shows_its_state(lead, visit, project):
    room(lead, project)
    developer = visit("dev1")
    room(developer, project)
    say(lead, "**Three passengers** got a blank page")

    dialog = make_issue(developer, "Three passengers")
    expect(dialog.get_by_label("Title")).to_have_value("Three passengers got a blank page")
    dialog.get_by_label("Type").select_option("bug")
    dialog.get_by_role("button", name="Create the issue").click()

    expect(dialog).to_have_count(0)
    made = message(developer, "Three passengers").locator(".made .ref")
    expect(made).to_contain_text("To do")
    expect(message(lead, "Three passengers").locator(".made .ref")).to_contain_text("To do")
    key = made.get_attribute("data-ref") or ""
    lead.move(key, "in-progress")
    expect(made).to_contain_text("In progress")

    developer.toast.get_by_role("link", name="Open it").click()
    expect(stream(developer).first).to_contain_text("opened this from a message in")
    stream(developer).first.get_by_role("link", name="chat").click()
    expect(message(developer, "Three passengers")).to_have_class(re.compile("is-marked"))


def test_a_message_becomes_an_issue_without_scripts(lead, visit, project):
    post(lead, project, "Fog on the pier", client_id=str(uuid4()))
    plain = visit("dev1", f"/{project}/chat/", java_script_enabled=False)

    message(plain, "Fog on the pier").hover()
    message(plain, "Fog on the pier").get_by_label("Make an issue of it").click()
    plain.page.get_by_role("button", name="Create the issue").click()

    expect(plain.page.get_by_role("heading", name="Fog on the pier", level=1)).to_be_visible()
    expect(stream(plain).first).to_contain_text("opened this from a message in")


def test_an_issue_is_watched_and_muted_by_keyboard(visit, lead, issue):
    viewer = visit("viewer1", f"/{issue}/")
    button = viewer.page.locator("#issue-watch > button")
    expect(button).to_have_text("Watch")

    viewer.presses("w")
    viewer.page.get_by_role("group", name="Watch ").get_by_role("button", name="Watch hear of everything").click()
    expect(button).to_have_text("Watching")
    expect(viewer.page.locator("#issue-watchers .avatar")).to_have_count(2)
    viewer.presses("w")
    viewer.page.get_by_role("group", name="Watch ").get_by_role("button", name="Mute").click()

    expect(button).to_have_text("Muted")
    expect(viewer.page.locator("#issue-watchers .avatar")).to_have_count(1)


def test_the_discussion_fits_a_phone(visit, issue):
    lead = visit("lead1", f"/{issue}/", viewport=PHONE, has_touch=True, is_mobile=True)
    ready(lead)

    expect(box(lead)).to_be_in_viewport(ratio=1)
    for name in ("Copy the link", "As it was at …", "More", "Who is told of this issue (W)"):
        expect(
            lead.page.locator(f"#issue-bar [title^='{name}'], #issue-bar [aria-label='{name}']").first
        ).to_be_in_viewport()
    assert lead.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box(lead).tap()
    expect(lead.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
