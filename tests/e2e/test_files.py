"""Files are dropped, pasted and picked, go straight to the storage, and are looked at, removed and brought back."""

import re

import pytest
from playwright.sync_api import expect

from config.jinja import filesize
from tests.e2e.files import WATCH, card, cards, hand, pick, picture, rows, slow_down, text
from tests.e2e.talking import box, message, ready, room
from tests.e2e.test_access import problems_of, violations

pytestmark = pytest.mark.usefixtures("worker")
SLOW = 400_000
# For what a worker does first, on a busy machine.
PATIENT = 20_000


@pytest.fixture
def lead(visit):
    return visit("lead1", viewport={"width": 1280, "height": 800})


@pytest.fixture
def project(lead):
    return lead.found_project(members={"dev1": "developer", "viewer1": "viewer"})


@pytest.fixture
def issue(lead, project):
    key = lead.create(project, "With files")
    lead.open(f"/{key}/")
    ready(lead)
    return key


def test_dropped_files_are_sent_with_progress_three_at_a_time(lead, project):
    lead.open(f"/{project}/files/")
    lead.page.evaluate(WATCH)
    slow_down(lead, SLOW)
    given = [picture(name=f"{number}.png") for number in range(4)]

    hand(lead.page.locator("#main"), "dragenter", given)
    expect(lead.page.locator("section[data-drop].is-aimed")).to_be_visible()
    hand(lead.page.locator("#main"), "drop", given)

    expect(rows(lead)).to_have_count(4)
    expect(lead.page.locator('[data-upload][data-state="sending"]')).to_have_count(3)
    expect(lead.page.locator('[data-upload][data-state="waiting"]')).to_have_count(1)
    expect(lead.page.locator("[data-upload-said]")).to_contain_text("percent")
    expect(cards(lead, "#found")).to_have_count(4, timeout=20_000)
    expect(rows(lead)).to_have_count(0)
    partly = lead.page.evaluate("seen.filter(([, state, sent]) => state === 'sending' && sent).map(([name]) => name)")
    assert {name: partly.count(name) > 1 for name in sorted(set(partly))} == {f"{n}.png": True for n in range(4)}
    answer = lead.context.request.get(card(lead, "2.png").locator("a[download]").evaluate("link => link.href"))
    assert answer.body() == given[2][2]
    assert answer.headers["content-disposition"].startswith("attachment")


def test_files_dropped_anywhere_on_an_issue_hang_on_it(lead, issue, visit):
    other = visit("dev1", f"/{issue}/")
    ready(other)

    hand(lead.page.locator("#issue-body .body"), "drop", [picture(), text(), picture(40, 30, "small.png")])

    for person in (lead, other):
        expect(cards(person, "#issue-files")).to_have_count(3)
        expect(card(person, "shot.png").locator("img")).to_have_js_property("naturalWidth", 320)
    expect(rows(lead)).to_have_count(0)
    lead.page.reload()
    expect(cards(lead, "#issue-files")).to_have_count(3)


def test_a_screenshot_pasted_into_a_comment_stands_in_it(lead, issue):
    box(lead).fill("See  here")
    box(lead).evaluate("field => field.setSelectionRange(4, 4)")

    hand(box(lead), "paste", [picture(name="image.png")])

    expect(box(lead)).to_have_value(re.compile(r"^See !\[image-[\dT-]+\.png\]\(/\w+/files/[0-9a-f-]{36}/\) here$"))
    box(lead).press("Control+Enter")
    shown = message(lead, "See").locator("a.picture img")
    expect(shown).to_have_js_property("naturalWidth", 400, timeout=PATIENT)
    expect(lead.page.locator("#composer [data-upload]")).to_have_count(0)


def test_a_picture_that_is_not_there_yet_comes_by_itself(lead, issue):
    refused = []

    def refuse_twice(route):
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=404)
        else:
            route.continue_()

    lead.page.route(re.compile("/screen/$"), refuse_twice)
    hand(box(lead), "paste", [picture()])
    expect(box(lead)).to_have_value(re.compile(r"\]\(/"))
    box(lead).press("Control+Enter")

    shown = lead.page.locator(".message[data-seq] a.picture")
    expect(shown.locator("img")).to_have_js_property("naturalWidth", 400, timeout=15_000)
    assert len(refused) == 2


def test_the_words_that_held_the_place_can_be_undone(lead, issue):
    box(lead).press_sequentially("Typed")

    hand(box(lead), "paste", [picture()])
    expect(box(lead)).to_have_value(re.compile(r"^Typed !\[shot\.png\]\(/"))
    lead.presses("Control+z", "Control+z", "Control+z")

    expect(box(lead)).not_to_have_value(re.compile(r"\("))


def test_a_screenshot_pasted_into_a_description_stands_in_it(lead, issue):
    lead.presses("e")
    field = lead.page.locator("#issue-description-text")
    field.fill("As seen:")

    hand(field, "paste", [picture()])
    hand(field, "drop", [text()])

    expect(field).to_have_value(re.compile(r"^As seen: !\[shot\.png\]\(/\S+\) \[notes\.txt\]\(/\S+\)$"))
    field.press("Control+Enter")
    expect(lead.page.locator("#issue-body .md a.picture img")).to_have_js_property("naturalWidth", 400, timeout=PATIENT)
    expect(cards(lead, "#issue-files")).to_have_count(2)


def test_a_new_issue_keeps_what_was_pasted_into_its_description(lead, project):
    lead.open(f"/{project}/issues/new/")
    lead.page.get_by_label("Title").fill("Begins with a picture")

    hand(lead.page.get_by_label("Description"), "paste", [picture()])

    expect(lead.page.get_by_label("Description")).to_have_value(re.compile(r"^!\[shot\.png\]\(/\S+\)$"))
    lead.page.get_by_role("button", name="Create", exact=True).click()
    lead.page.wait_for_url(lambda address: "new" not in address)
    lead.open(f"/{project}-1/")
    expect(lead.page.locator("#issue-body .md a.picture img")).to_have_js_property("naturalWidth", 400, timeout=PATIENT)


def test_files_alone_are_a_message(lead, project, visit):
    other = visit("dev1")
    room(lead, project)
    room(other, project)

    pick(lead.page.locator("[data-composer] input[type=file]"), [picture(), text()])
    expect(lead.page.locator("[data-tray] > [data-upload]")).to_have_count(2)
    expect(lead.page.locator("[data-tray] [name=files]")).to_have_count(2)
    lead.page.get_by_role("button", name="Send", exact=True).click()

    for person in (lead, other):
        expect(cards(person, ".message")).to_have_count(2)
    expect(lead.page.locator("[data-tray] > li")).to_have_count(0)
    expect(lead.page.locator(".is-pending")).to_have_count(0)


def test_a_message_waits_for_its_files_and_takes_none_that_was_removed(lead, project):
    room(lead, project)
    slow_down(lead, SLOW)
    box(lead).fill("With one of two")

    hand(lead.page.locator("[data-composer]"), "drop", [picture(name="kept.png"), picture(900, 700, "dropped.png")])
    send = lead.page.get_by_role("button", name="Send", exact=True)
    expect(send).to_have_attribute("aria-disabled", "true")
    expect(lead.page.locator("[data-upload-waits]")).to_contain_text("Wait until all files are sent")
    box(lead).press("Control+Enter")
    expect(lead.page.locator(".message[data-seq]")).to_have_count(0)
    lead.page.get_by_role("button", name="Do not send dropped.png").click()
    expect(send).not_to_have_attribute("aria-disabled", "true")
    box(lead).press("Control+Enter")

    expect(cards(lead, ".message")).to_have_text(["kept.png"])


def test_a_draft_keeps_its_files_through_a_reload(lead, project):
    room(lead, project)
    box(lead).fill("To be sent later")
    pick(lead.page.locator("[data-composer] input[type=file]"), [text("kept.txt"), text("gone.txt", "Other words")])
    expect(lead.page.locator('[data-tray] [data-state="ready"]')).to_have_count(2)

    lead.page.reload()
    ready(lead)

    expect(box(lead)).to_have_value("To be sent later")
    expect(lead.page.locator("[data-tray] .name")).to_have_text(["kept.txt", "gone.txt"])
    lead.page.get_by_role("button", name="Do not send gone.txt").click()
    lead.page.reload()
    ready(lead)
    expect(lead.page.locator("[data-tray] .name")).to_have_text(["kept.txt"])
    box(lead).press("Control+Enter")
    expect(cards(lead, ".message")).to_have_text(["kept.txt"])


def test_what_breaks_a_limit_is_refused_in_the_page(lead, project):
    room(lead, project)
    lead.page.locator("[data-composer]").evaluate("form => { form.dataset.limit = 4; form.dataset.most = 2; }")

    pick(lead.page.locator("[data-composer] input[type=file]"), [text(), text("none.txt", "")])

    expect(lead.toast.nth(0)).to_contain_text("notes.txt has 10 bytes; at most 4 bytes are accepted.")
    expect(lead.toast.nth(1)).to_contain_text("none.txt is empty")
    few = [text(f"{number}.txt", "abc") for number in range(3)]
    pick(lead.page.locator("[data-composer] input[type=file]"), few)
    expect(lead.toast.nth(2)).to_contain_text("At most 2 files go with one message.")
    expect(rows(lead)).to_have_count(2)


def test_what_the_server_refuses_is_said_in_its_words(lead, issue):
    hand(lead.page.locator("#issue-files"), "drop", [("run.exe", "", b"MZ"), ("not.png", "image/png", b"no picture")])

    expect(rows(lead).filter(has_text="run.exe")).to_contain_text("Put it into a ZIP archive to send it.")
    expect(lead.page.locator("#issue-files", has_text="not.png")).to_contain_text("but it is none")
    for name in ("run.exe", "not.png"):
        lead.page.get_by_role("button", name=f"Do not send {name}").click()
    expect(rows(lead)).to_have_count(0)


def test_pictures_open_over_the_page(lead, issue):
    hand(lead.page.locator("#issue-files"), "drop", [picture(name="one.png"), picture(name="two.png"), text()])
    expect(cards(lead, "#issue-files")).to_have_count(3)
    name = card(lead, "one.png").locator("a.name")

    name.click()

    over = lead.page.locator("dialog.lightbox")
    shown = over.locator(".picture img")
    expect(shown).to_have_attribute("alt", "one.png")
    expect(shown).to_have_js_property("naturalWidth", 400)
    assert violations(lead) == []
    beside = "ArrowRight" if over.locator("a[rel=next]").count() else "ArrowLeft"
    lead.presses(beside)
    expect(shown).to_have_attribute("alt", "two.png")
    lead.presses("ArrowRight" if beside == "ArrowLeft" else "ArrowLeft")
    expect(shown).to_have_attribute("alt", "one.png")
    expect(over.get_by_role("link", name="Download")).to_be_visible()
    expect(over.get_by_role("link", name="Open as a page")).to_be_visible()
    lead.presses("Escape")
    expect(over).to_have_count(0)
    expect(name).to_be_focused()
    href = name.get_attribute("href")
    lead.open(href)
    expect(lead.page.locator(".viewer .picture img")).to_have_js_property("naturalWidth", 400)


def test_a_file_is_renamed_removed_and_brought_back(lead, issue, visit):
    other = visit("dev1", f"/{issue}/")
    ready(other)
    hand(lead.page.locator("#issue-files"), "drop", [text("draft.txt")])
    expect(cards(other, "#issue-files")).to_have_text(["draft.txt"])

    card(lead, "draft.txt").get_by_role("link", name="More about draft.txt").click()
    lead.page.locator("#file-menu").get_by_role("link", name="Rename").click()
    lead.page.get_by_role("dialog", name="Rename a file").get_by_label("Name").fill("final.txt")
    lead.presses("Enter")
    for person in (lead, other):
        expect(cards(person, "#issue-files")).to_have_text(["final.txt"])
    card(lead, "final.txt").get_by_role("link", name="More about final.txt").click()
    lead.page.locator("#file-menu").get_by_role("button", name="Remove").click()
    for person in (lead, other):
        expect(cards(person, "#issue-files")).to_have_count(0)
    lead.toast.get_by_role("button", name="Undo").click()

    for person in (lead, other):
        expect(cards(person, "#issue-files")).to_have_text(["final.txt"])
    expect(lead.toast).to_contain_text("final.txt is back.")


SIZES = """async (sizes) => {
  const { name } = performance.getEntriesByType("resource").find(({ name }) => /upload-rows/.test(name));
  const { sizeOf } = await import(name);
  return sizes.map(sizeOf);
}"""


def test_the_page_says_sizes_as_the_server_does(lead, project):
    lead.open(f"/{project}/files/")
    sizes = [1, 17, 1023, 1280, 9523, 1024**2 - 1, 25 * 1024**2, 2 * 1024**3, 5000 * 1024**4]
    hand(lead.page.locator("#main"), "drop", [("notes.txt", "text/plain", b"x" * 9523)])
    expect(card(lead, "notes.txt")).to_contain_text("9.3 KB")

    said = lead.page.evaluate(SIZES, sizes)

    assert said == [filesize(size) for size in sizes]


def rename(person, name, to):
    """Rename the file of a page by its menu."""
    card(person, name).locator("[data-file-menu]").click()
    person.page.locator("#file-menu").get_by_role("link", name="Rename").click()
    dialog = person.page.get_by_role("dialog", name="Rename a file")
    dialog.get_by_label("Name").fill(to)
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog).to_be_hidden()


def test_a_file_is_renamed_in_a_room(lead, project, visit):
    other = visit("dev1", f"/{project}/chat/")
    ready(other)
    room(lead, project)
    hand(box(lead), "drop", [text("draft.txt")])
    expect(lead.page.locator("[data-tray] [data-upload][data-state=ready]")).to_be_visible()
    box(lead).press("Control+Enter")
    for person in (lead, other):
        expect(cards(person, ".message")).to_have_text(["draft.txt"])

    rename(lead, "draft.txt", "final.txt")

    for person in (lead, other):
        expect(cards(person, ".message")).to_have_text(["final.txt"])


def test_a_renamed_file_looks_like_that_of_a_fresh_page(lead, issue):
    hand(lead.page.locator("#issue-files"), "drop", [text("draft.txt")])
    expect(cards(lead, "#issue-files")).to_have_text(["draft.txt"])

    rename(lead, "draft.txt", "final.txt")

    line = lead.page.locator("#issue-files .file[data-state] .what > .dim")
    expect(cards(lead, "#issue-files")).to_have_text(["final.txt"])
    swapped = line.inner_text()
    lead.page.reload()
    assert (issue in swapped, line.inner_text().split(" · ")[:2]) == (False, swapped.split(" · ")[:2])


def test_files_are_added_seen_and_removed_by_keyboard_alone(lead, issue):
    field = lead.page.locator("#issue-files input[type=file]")
    field.focus()
    expect(lead.page.locator("#issue-files .adder")).to_have_css("box-shadow", re.compile("rgb"))
    with lead.page.expect_file_chooser() as chooser:
        lead.presses("Enter")
    name, mime, content = picture(name="keys.png")
    chooser.value.set_files([{"name": name, "mimeType": mime, "buffer": content}])
    link = card(lead, "keys.png").locator("a.name")
    expect(link).to_be_visible()

    link.focus()
    lead.presses("Enter")
    expect(lead.page.locator("dialog.lightbox .picture img")).to_be_visible()
    lead.presses("Escape")
    expect(link).to_be_focused()
    lead.presses("Tab", "Tab")
    expect(card(lead, "keys.png").locator("[data-file-menu]")).to_be_focused()
    lead.presses("Enter")
    menu = lead.page.locator("#file-menu")
    expect(menu.locator("a, button").first).to_be_focused()
    lead.presses("Escape")
    expect(card(lead, "keys.png").locator("[data-file-menu]")).to_be_focused()
    lead.presses("Enter")
    expect(menu).to_be_visible()
    menu.get_by_role("button", name="Remove").focus()
    lead.presses("Enter")

    expect(cards(lead, "#issue-files")).to_have_count(0)


def test_pages_with_files_pass_axe_and_fit_a_phone(lead, issue):
    project = issue.partition("-")[0]
    hand(lead.page.locator("#issue-files"), "drop", [picture(name=f"{'long' * 30}.png"), text()])
    expect(cards(lead, "#issue-files")).to_have_count(2)
    view = card(lead, "long").locator("a.name").get_attribute("href")
    pick(lead.page.locator("[data-composer] input[type=file]"), [text("with a message.txt")])
    expect(lead.page.locator('[data-tray] [data-state="ready"]')).to_have_count(1)
    found = {"issue": problems_of(lead)}

    for path in (f"/{project}/files/", view, f"/{project}/issues/new/"):
        lead.open(path)
        found[path.rpartition("/files/")[2] or path] = problems_of(lead)

    assert {name: problems for name, problems in found.items() if problems} == {}


def test_on_a_phone_a_picture_is_picked_sent_and_seen(visit, lead, project):
    phone = visit("lead1", viewport={"width": 390, "height": 844}, has_touch=True)
    room(phone, project)

    pick(phone.page.locator("[data-composer] input[type=file]"), [picture()])
    expect(phone.page.locator('[data-tray] [data-state="ready"]')).to_be_visible()
    phone.page.get_by_role("button", name="Send", exact=True).tap()
    cards(phone, ".message").tap()

    shown = phone.page.locator("dialog.lightbox .picture img")
    expect(shown).to_be_visible()
    assert shown.bounding_box()["width"] <= 390
    phone.page.locator("dialog.lightbox").get_by_role("button", name="Close").tap()
    expect(phone.page.locator("dialog.lightbox")).to_have_count(0)


def test_a_viewer_sees_files_and_can_add_none(lead, issue, visit):
    hand(lead.page.locator("#issue-files"), "drop", [text()])
    expect(cards(lead, "#issue-files")).to_have_count(1)

    viewer = visit("viewer1", f"/{issue}/")

    expect(cards(viewer, "#issue-files")).to_have_text(["notes.txt"])
    expect(viewer.page.locator("#issue-files input[type=file]")).to_have_count(0)
