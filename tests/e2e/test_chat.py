"""One person in a conversation: sending, drafts, history, completion, keys, without scripts, on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.talking import box, lines, message, post, ready, room, say, sees_said
from tests.e2e.test_access import COLOURS, violations

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def lead(visit):
    return visit("lead1")


@pytest.fixture
def project(lead):
    return lead.found_project(members={"dev1": "developer", "viewer1": "viewer"})


def test_a_message_stands_there_once_and_as_after_a_reload(lead, project):
    room(lead, project)

    say(lead, "Hello **there**")
    say(lead, "And again")
    sees_said(lead, "Hello there", "And again")
    expect(lead.page.locator(".is-pending")).to_have_count(0)
    before = lines(lead)
    lead.page.reload()
    ready(lead)

    sees_said(lead, "Hello there", "And again")
    assert lines(lead) == before
    expect(lead.page.locator(".message.is-first")).to_have_count(1)


def test_what_is_written_offline_is_sent_once_after_the_return(lead, project):
    room(lead, project)
    say(lead, "Before")
    sees_said(lead, "Before")

    lead.context.set_offline(True)
    say(lead, "Offline one")
    say(lead, "Offline two")
    expect(lead.page.locator(".is-pending [data-unsent]:visible")).to_have_count(2)
    lead.context.set_offline(False)

    expect(lead.page.locator(".is-pending")).to_have_count(0, timeout=15_000)
    sees_said(lead, "Before", "Offline one", "Offline two")
    lead.page.reload()
    sees_said(lead, "Before", "Offline one", "Offline two")
    lead.complaints[:] = [line for line in lead.complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_a_lost_answer_and_a_reload_double_nothing(lead, project):
    room(lead, project)
    lead.page.route("**/messages/", lambda route: (route.fetch(), route.abort()))

    say(lead, "Sent, but the answer was lost")
    expect(
        lead.page.locator(".is-pending [data-unsent]:visible").or_(message(lead, "Sent").first).first
    ).to_be_visible()
    lead.page.unroute("**/messages/")
    lead.page.reload()
    ready(lead)

    expect(lead.page.locator(".is-pending")).to_have_count(0)
    sees_said(lead, "Sent, but the answer was lost")
    assert lead.page.evaluate("localStorage.getItem('plumbline queue lead1')") is None
    lead.complaints[:] = [line for line in lead.complaints if "ERR_FAILED" not in line]


def test_an_unsent_message_can_be_discarded(lead, project):
    room(lead, project)
    lead.page.route("**/messages/", lambda route: route.abort())

    say(lead, "Never mind")
    lead.page.get_by_role("button", name="Discard").click()

    expect(lead.page.locator(".is-pending")).to_have_count(0)
    expect(box(lead)).to_be_focused()
    lead.page.unroute("**/messages/")
    lead.page.reload()
    sees_said(lead)
    lead.complaints[:] = [line for line in lead.complaints if "ERR_FAILED" not in line]


def test_a_refused_message_comes_back_with_the_reason(lead, project):
    room(lead, project)
    box(lead).fill("x" * 8193)
    expect(lead.page.locator("#composer [data-left]")).to_have_text("Characters too many: 1")

    box(lead).press("Control+Enter")

    expect(lead.page.locator("#composer [role=alert]")).to_contain_text("too long")
    expect(box(lead)).to_have_value("x" * 8193)
    sees_said(lead)


def test_what_the_server_refuses_comes_back_too(visit, lead, project):
    developer = visit("dev1")
    room(developer, project)
    developer.page.route("**/messages/", lambda route: route.continue_(post_data="body="))
    box(developer).fill("May I?")

    box(developer).press("Control+Enter")

    expect(developer.page.locator("#composer [role=alert]")).not_to_be_empty()
    expect(box(developer)).to_have_value("May I?")
    sees_said(developer)


def test_a_draft_survives_a_reload_and_goes_at_log_out(lead, project):
    room(lead, project)
    box(lead).fill("Half a thought")
    lead.page.reload()
    ready(lead)
    expect(box(lead)).to_have_value("Half a thought")
    issue = lead.create(project, "Elsewhere")
    lead.open(f"/{issue}/")
    ready(lead)
    expect(box(lead)).to_have_value("")

    lead.page.locator("button[popovertarget=me]").click()
    lead.page.evaluate(
        "document.querySelector('#me form').addEventListener('submit', (event) => event.preventDefault())"
    )
    lead.page.get_by_role("button", name="Log out").click()

    assert lead.page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('plumbline'))") == []


def test_history_pages_in_and_leaves_the_reader_in_place(lead, project):
    for number in range(1, 121):
        post(lead, project, f"Message {number}")
    room(lead, project)
    page = lead.page
    expect(page.locator(".message[data-seq]")).to_have_count(50)
    expect(message(lead, "Message 120")).to_be_in_viewport()
    place = page.locator('.message[data-seq="75"]')
    place.evaluate("node => node.scrollIntoView({ block: 'start' })")
    before = place.bounding_box()["y"]

    page.locator("[data-older]").evaluate("link => link.click()")
    expect(page.locator(".message[data-seq]")).to_have_count(100)

    assert abs(place.bounding_box()["y"] - before) < 3
    assert page.locator(".message[data-seq]").evaluate_all("all => all.map((one) => Number(one.dataset.seq))") == [
        *range(21, 121)
    ]
    page.locator("[data-page]").evaluate("node => { node.scrollTop = 0; }")
    expect(page.locator(".message[data-seq]")).to_have_count(120)
    expect(page.locator("[data-older]")).to_have_count(0)


def test_an_answer_leads_to_what_it_answers_however_far_away(lead, project):
    room(lead, project)
    say(lead, "The original")
    message(lead, "The original").hover()
    message(lead, "The original").get_by_role("link", name="Answer").click()
    expect(box(lead)).to_be_focused()
    expect(lead.page.locator("[data-replying]")).to_contain_text("The original")
    say(lead, "The answer")
    expect(lead.page.locator("[data-replying]")).to_be_hidden()
    message(lead, "The answer").locator("[data-jump]").click()
    expect(message(lead, "The original").first).to_be_focused()
    for number in range(80):
        post(lead, project, f"Later {number}")
    pk = message(lead, "The answer").get_attribute("data-message")
    post(lead, project, "Late answer", reply_to=message(lead, "The original").first.get_attribute("data-message"))
    lead.page.reload()
    ready(lead)
    assert pk
    expect(lead.page.locator('.message[data-seq="1"]')).to_have_count(0)

    message(lead, "Late answer").locator("[data-jump]").click()

    expect(lead.page.locator('.message[data-seq="1"]')).to_be_focused()
    expect(lead.page.locator('.message[data-seq="1"]')).to_be_in_viewport()
    lead.page.get_by_role("button", name="To the newest").click()
    expect(message(lead, "Late answer")).to_be_in_viewport()


def test_a_permalink_leads_to_its_message(lead, project):
    for number in range(80):
        post(lead, project, f"Message {number}")

    lead.open(f"/{project}/chat/?at=5")

    expect(lead.page.locator('.message[data-seq="5"]')).to_be_focused()
    expect(lead.page.locator('.message[data-seq="5"]')).to_have_class(re.compile("is-marked"))


def test_a_mention_is_completed_by_keyboard_and_by_mouse(lead, project):
    room(lead, project)
    people = lead.page.get_by_role("listbox", name="People")

    box(lead).press_sequentially("Ask @de")
    expect(people.get_by_role("option")).to_have_count(1)
    expect(box(lead)).to_have_attribute("aria-activedescendant", "talk-person-0")
    lead.presses("Enter")
    expect(box(lead)).to_have_value("Ask @dev1 ")
    expect(people).to_be_hidden()
    box(lead).press_sequentially("or @")
    expect(people.get_by_role("option").first).to_be_visible()
    lead.presses("ArrowDown", "ArrowUp", "Escape")
    expect(people).to_be_hidden()
    expect(box(lead)).to_have_value("Ask @dev1 or @")
    box(lead).press_sequentially("view")
    people.get_by_role("option").first.click()
    lead.presses("Control+Enter")

    expect(lead.page.locator(".message .mention")).to_have_count(2)


def test_everything_is_done_by_keyboard(lead, project):
    page = lead.page
    room(lead, project)
    lead.presses("t")
    expect(box(lead)).to_be_focused()
    page.keyboard.type("First")
    lead.presses("Control+Enter")
    page.keyboard.type("Secnd")
    lead.presses("Control+Enter")
    sees_said(lead, "First", "Secnd")

    lead.presses("ArrowUp")
    expect(page.locator("[data-message-edit] textarea")).to_be_focused()
    lead.presses("Control+a")
    page.keyboard.type("Second")
    lead.presses("Control+Enter")
    sees_said(lead, "First", "Second")
    expect(message(lead, "Second").locator(".edited")).to_be_visible()
    expect(message(lead, "Second")).to_be_focused()
    lead.presses("k")
    expect(message(lead, "First")).to_be_focused()
    lead.presses("+")
    expect(page.locator("#talk-react button").first).to_be_focused()
    lead.presses("ArrowRight", "Enter")
    expect(message(lead, "First").locator("[data-emoji]")).to_have_attribute("aria-pressed", "true")
    expect(message(lead, "First")).to_be_focused()
    lead.presses("m")
    expect(page.locator("#talk-menu").get_by_role("link", name="Make an issue of it")).to_be_visible()
    lead.presses("Escape")
    expect(message(lead, "First")).to_be_focused()
    lead.presses("r")
    page.keyboard.type("Third")
    lead.presses("Control+Enter")
    expect(message(lead, "Third").locator(".quote")).to_contain_text("First")
    lead.presses("Escape", "k")
    expect(message(lead, "Third")).to_be_focused()
    page.once("dialog", lambda dialog: dialog.accept())
    lead.presses("Delete")
    expect(page.locator(".message .gone")).to_have_count(1)


def test_a_message_becomes_an_issue_by_one_key(lead, project):
    room(lead, project)
    say(lead, "The printer prints blanks")
    sees_said(lead, "The printer prints blanks")
    lead.presses("Escape", "k", "i")

    dialog = lead.page.get_by_role("dialog", name="New issue in")
    expect(dialog.get_by_label("Title")).to_have_value("The printer prints blanks")
    dialog.get_by_role("button", name="Create the issue").click()

    expect(message(lead, "The printer").locator(".made .ref")).to_contain_text(f"{project}-1")


def test_an_edit_survives_a_refusal(lead, project):
    room(lead, project)
    say(lead, "Short")
    sees_said(lead, "Short")
    lead.presses("ArrowUp")
    field = lead.page.locator("[data-message-edit] textarea")
    expect(field).to_be_focused()

    field.evaluate("node => node.removeAttribute('maxlength')")
    field.fill("y" * 8193)
    lead.presses("Control+Enter")

    expect(lead.page.locator("[data-message-edit] [role=alert]")).to_contain_text("8193")
    expect(lead.page.locator(".message [data-message-edit] textarea")).to_have_value("y" * 8193)
    lead.page.get_by_role("link", name="Cancel").click()
    sees_said(lead, "Short")


def test_the_discussion_of_an_issue_is_the_same_in_page_and_panel(lead, project):
    issue = lead.create(project, "Talked about")
    lead.open(f"/{issue}/")
    ready(lead)
    say(lead, "On the page")
    sees_said(lead, "On the page")

    lead.open(f"/{project}/")
    lead.title(issue).click()
    expect(lead.panel.locator(".message .md")).to_have_text("On the page")
    ready(lead)
    say(lead, "In the panel")
    sees_said(lead, "On the page", "In the panel")
    message(lead, "In the panel").focus()
    lead.presses("k")
    expect(message(lead, "On the page")).to_be_focused()
    lead.presses("Escape")
    expect(lead.panel).to_have_count(0)


def test_marks_are_put_around_what_is_chosen(lead, project):
    room(lead, project)
    box(lead).fill("bold")
    box(lead).select_text()

    lead.page.get_by_role("button", name="Bold").click()

    expect(box(lead)).to_have_value("**bold**")
    lead.page.get_by_role("button", name="Emoji").click()
    lead.page.get_by_role("button", name="🚀").click()
    expect(box(lead)).to_have_value(re.compile("🚀"))


def test_a_viewer_reads_and_is_told_why_they_may_not_write(visit, lead, project):
    post(lead, project, "For all to read")
    viewer = visit("viewer1")

    viewer.open(f"/{project}/chat/")

    sees_said(viewer, "For all to read")
    expect(box(viewer)).to_have_count(0)
    message(viewer, "For all to read").hover()
    message(viewer, "For all to read").get_by_role("link", name="More").click()
    expect(viewer.page.locator("#talk-menu").get_by_role("link", name="Link to this message")).to_be_visible()
    expect(viewer.page.locator("#talk-menu").get_by_role("button", name="Delete")).to_have_count(0)


def test_it_works_without_scripts(visit, lead, project):
    plain = visit("dev1", f"/{project}/chat/", java_script_enabled=False)

    box(plain).fill("Sent as a form")
    plain.page.get_by_role("button", name="Send").click()
    sees_said(plain, "Sent as a form")
    message(plain, "Sent as a form").hover()
    message(plain, "Sent as a form").get_by_role("link", name="Answer").click()
    box(plain).fill("And answered")
    plain.page.get_by_role("button", name="Send").click()
    sees_said(plain, "Sent as a form", "And answered")
    message(plain, "And answered").hover()
    message(plain, "And answered").get_by_role("link", name="More").click()
    plain.page.get_by_role("button", name="thumbs up").click()

    expect(message(plain, "And answered").locator("[data-emoji]")).to_be_visible()


def test_a_phone_shows_all_of_the_first_message_and_of_the_composer(visit, lead, project):
    post(lead, project, "The first message of all")
    phone = visit("dev1", viewport=PHONE, has_touch=True, is_mobile=True)
    room(phone, project)

    expect(message(phone, "The first message")).to_be_in_viewport(ratio=1)
    expect(phone.page.locator("#composer")).to_be_in_viewport(ratio=1)
    issue = lead.create(project, "On a phone")
    post(lead, project, "The first on an issue", issue=issue.partition("-")[2])
    phone.open(f"/{issue}/")
    ready(phone)
    message(phone, "The first on").scroll_into_view_if_needed()
    expect(message(phone, "The first on")).to_be_in_viewport(ratio=1)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_conversations_pass_axe(lead, project):
    post(lead, project, "Hello @dev1, **look** at `this`")
    issue = lead.create(project, "Talked about")
    post(lead, project, "Said here", issue=issue.partition("-")[2])
    found = []
    for path in (f"/{project}/chat/", f"/{issue}/"):
        lead.open(path)
        ready(lead)
        lead.presses("t")
        box(lead).press_sequentially("Ask @d")
        expect(lead.page.get_by_role("listbox", name="People")).to_be_visible()
        found += violations(lead)
        lead.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += violations(lead, COLOURS)
        lead.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        lead.presses("Escape")
        lead.page.locator(".message[data-seq]").last.focus()
        lead.presses("m")
        expect(lead.page.locator("#talk-menu a").first).to_be_visible()
        found += violations(lead)

    assert found == []
