"""A person's own picture and a project's icon are chosen in the page and seen by others."""

import pytest
from playwright.sync_api import expect

from tests.e2e.files import pick, picture, text
from tests.e2e.test_access import violations

pytestmark = pytest.mark.usefixtures("worker")
# Whether an image has been drawn, not only asked for.
DRAWN = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture
def lead(visit):
    return visit("lead1", viewport={"width": 1280, "height": 800})


@pytest.fixture
def project(lead):
    return lead.found_project(members={"dev1": "developer"})


def field(person):
    return person.page.locator("[data-portrait-file]")


def is_drawn(image):
    expect(image).to_have_count(1, timeout=20_000)
    image.scroll_into_view_if_needed()
    image.page.wait_for_function(DRAWN, arg=image.element_handle())
    return image


def test_a_chosen_picture_is_seen_on_anothers_board_until_it_is_removed(lead, project, visit):
    lead.create(project, "Mine", assignee="lead1")
    lead.open("/me/")
    lead.page.get_by_label("Your name").fill("Half filled in")

    pick(field(lead), [picture(600, 400, "ana.png")])

    is_drawn(lead.page.locator("[data-portrait] img"))
    is_drawn(lead.page.locator(".btn-face img"))
    expect(lead.page.get_by_label("Your name")).to_have_value("Half filled in")
    assert violations(lead) == []
    other = visit("dev1", f"/{project}/")
    seen = is_drawn(other.page.locator("[data-issue] .avatar img"))
    assert seen.get_attribute("src") == lead.page.locator(".btn-face img").get_attribute("src")
    assert seen.bounding_box()["width"] == other.page.locator("[data-issue] .avatar").bounding_box()["width"]
    assert violations(other) == []

    lead.page.locator("[data-portrait]").get_by_role("button", name="Remove").click()
    expect(lead.page.get_by_text("Your picture is gone.")).to_be_visible()
    expect(lead.page.locator(".avatar img")).to_have_count(0)
    other.page.reload()
    expect(other.page.locator("[data-issue] .avatar img")).to_have_count(0)
    expect(other.page.locator("[data-issue] .avatar")).to_have_text("AL")


def test_an_icon_stands_in_the_rail_of_everyone(lead, project, visit):
    lead.open(f"/{project}/settings/")

    pick(field(lead), [picture(300, 300, "icon.png")])

    is_drawn(lead.page.locator("[data-portrait] .tile img"))
    own = is_drawn(lead.page.locator(f'.rail a[href="/{project}/"] .tile img').first)
    assert violations(lead) == []
    other = visit("dev1", f"/{project}/issues/")
    seen = is_drawn(other.page.locator(f'.rail a[href="/{project}/"] .tile img').first)
    assert seen.get_attribute("src") == own.get_attribute("src")


def test_what_is_no_picture_is_refused_in_words_and_dismissed(lead):
    lead.open("/me/")
    said = lead.page.locator("[data-portrait-said]")

    pick(field(lead), [text("notes.txt")])
    expect(said).to_have_text("Choose a picture: PNG, JPEG, GIF or WebP.")

    pick(field(lead), [("face.png", "image/png", b"words that only call themselves a picture")])
    expect(lead.page.locator("[data-portrait] .errors")).to_contain_text("it is none", timeout=20_000)
    assert violations(lead) == []
    lead.page.get_by_role("button", name="Dismiss").click()
    expect(lead.page.locator("[data-portrait] .errors")).to_have_count(0)


def test_the_initials_stand_where_an_image_cannot_be_had(lead, project, visit):
    lead.create(project, "Mine", assignee="lead1")
    lead.open("/me/")
    pick(field(lead), [picture(200, 200)])
    is_drawn(lead.page.locator("[data-portrait] img"))
    other = visit("dev1")
    other.page.route("**/avatars/**", lambda route: route.fulfill(status=404))

    other.open(f"/{project}/")

    face = other.page.locator("[data-issue] .avatar").first
    expect(face.locator("img")).to_have_count(1)
    other.page.wait_for_function("image => image.complete", arg=face.locator("img").element_handle())
    # Nothing lies over the letters: what is failed has no box of its own to paint.
    with_image = face.screenshot()
    face.locator("img").evaluate("image => image.remove()")
    assert face.screenshot() == with_image


def test_a_picture_is_chosen_with_the_keyboard(lead):
    lead.open("/me/")
    field(lead).focus()

    with lead.page.expect_file_chooser():
        lead.page.keyboard.press("Space")
