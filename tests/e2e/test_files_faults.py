"""The connection goes, the storage is silent, the session ends: what was chosen arrives all the same, and once."""

import re
import time

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.e2e.files import cards, forgive, hand, pick, picture, rows, slow_down, text
from tests.e2e.talking import box, ready, room

pytestmark = pytest.mark.usefixtures("worker")
STORAGE = re.compile("^" + re.escape(settings.S3_ORIGIN))


@pytest.fixture
def lead(visit):
    return visit("lead1", viewport={"width": 1280, "height": 800})


@pytest.fixture
def project(lead):
    key = lead.found_project()
    lead.open(f"/{key}/files/")
    return key


def zone(person):
    return person.page.locator("section[data-drop]")


def in_storage(person, project):
    """Return the names that the server has for a project, pending ones and all."""
    person.open(f"/{project}/files/")
    return person.page.locator("#found .file .name").all_inner_texts()


def test_offline_in_the_middle_arrives_once_after_the_connection_is_back(lead, project):
    slow_down(lead, 200_000)
    hand(zone(lead), "drop", [picture(500, 400, "one.png"), picture(500, 400, "two.png")])
    bar = rows(lead).first.locator("progress")
    expect(bar).not_to_have_js_property("value", 0)

    lead.context.set_offline(True)
    expect(rows(lead).first).to_contain_text("No connection. It goes on as soon as that is back.")
    lead.context.set_offline(False)

    expect(cards(lead, "#found")).to_have_count(2, timeout=30_000)
    assert sorted(in_storage(lead, project)) == ["one.png", "two.png"]
    forgive(lead, "ERR_INTERNET_DISCONNECTED", "WebSocket", "Access to")


def test_a_silent_storage_is_said_within_six_seconds_and_tried_again(lead, project):
    lead.page.route(STORAGE, lambda _route: None)
    hand(zone(lead), "drop", [text()])

    began = time.monotonic()
    expect(rows(lead)).to_contain_text("The storage does not answer.", timeout=8_000)
    assert time.monotonic() - began < 7
    lead.page.unroute(STORAGE)
    expect(rows(lead)).to_have_attribute("data-state", "away")
    lead.page.get_by_role("button", name="Send notes.txt again").click()

    expect(cards(lead, "#found")).to_have_text(["notes.txt"])
    assert in_storage(lead, project) == ["notes.txt"]


@pytest.mark.parametrize("status", [500, 503, 403])
def test_a_storage_that_refuses_is_tried_again_by_itself(lead, project, status):
    tried = []

    def refuse_once(route):
        if route.request.method != "PUT" or tried:
            route.continue_()
            return
        tried.append(route.request.url)
        route.fulfill(status=status, body="<Error/>", headers={"Access-Control-Allow-Origin": "*"})

    lead.page.route(STORAGE, refuse_once)

    hand(zone(lead), "drop", [text()])

    expect(cards(lead, "#found")).to_have_text(["notes.txt"], timeout=15_000)
    assert len(tried) == 1
    assert in_storage(lead, project) == ["notes.txt"]
    forgive(lead, "the server responded with a status of 5")


def test_an_answer_that_is_lost_makes_no_double(lead, project):
    lost = []

    def lose(route):
        if route.request.url not in lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    lead.page.route(re.compile(r"/files/(start|[0-9a-f-]{36}/finish)/$"), lose)
    hand(zone(lead), "drop", [text()])

    expect(cards(lead, "#found")).to_have_text(["notes.txt"], timeout=15_000)
    assert len(lost) == 2
    assert in_storage(lead, project) == ["notes.txt"]
    forgive(lead, "ERR_FAILED")


def test_pausing_and_cancelling(lead, project):
    slow_down(lead, 100_000)
    hand(zone(lead), "drop", [picture(name="later.png"), picture(name="never.png")])
    paused, never = rows(lead).filter(has_text="later.png"), rows(lead).filter(has_text="never.png")

    paused.get_by_role("button", name="Pause later.png").click()
    expect(paused).to_contain_text("Paused")
    expect(paused.get_by_role("button", name="Go on with later.png")).to_be_focused()
    with lead.page.expect_response(re.compile("/cancel/$")) as answer:
        never.get_by_role("button", name="Do not send never.png").click()
    assert answer.value.status == 204
    expect(rows(lead)).to_have_count(1)
    slow_down(lead, -1)
    paused.get_by_role("button", name="Go on with later.png").click()

    expect(cards(lead, "#found")).to_have_text(["later.png"], timeout=10_000)
    assert in_storage(lead, project) == ["later.png"]


def test_leaving_asks_while_files_are_on_their_way(lead, project):
    slow_down(lead, 20_000)
    zone(lead).click(position={"x": 600, "y": 5})
    hand(zone(lead), "drop", [picture()])
    expect(rows(lead)).to_have_count(1)
    asked = []
    lead.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    lead.open(f"/{project}/")

    assert asked == ["beforeunload"]


def test_a_message_whose_files_fail_can_go_without_them(lead, project):
    room(lead, project)
    lead.page.route(STORAGE, lambda route: route.abort())
    box(lead).fill("The file does not want to")
    pick(lead.page.locator("[data-composer] input[type=file]"), [text()])
    expect(rows(lead)).to_contain_text("The storage does not answer.")

    lead.page.get_by_role("button", name="Do not send notes.txt").click()
    box(lead).press("Control+Enter")

    expect(lead.page.locator(".message[data-seq] .md")).to_have_text(["The file does not want to"])
    forgive(lead, "ERR_FAILED")


def test_what_was_pasted_and_given_up_leaves_no_words(lead, project):
    room(lead, project)
    lead.page.route(STORAGE, lambda route: route.abort())
    box(lead).fill("Before ")
    hand(box(lead), "paste", [picture()])
    expect(box(lead)).to_have_value("Before ![Uploading shot.png…]()")

    lead.page.get_by_role("button", name="Do not send shot.png").click()

    expect(box(lead)).to_have_value("Before ")
    forgive(lead, "ERR_FAILED")


def test_files_of_the_panel_go_on_when_it_closes(lead, project):
    issue = lead.create(project, "In the panel")
    lead.open(f"/{project}/")
    slow_down(lead, 300_000)
    lead.title(issue).click()
    ready(lead)
    hand(lead.page.locator("#panel #issue-files"), "drop", [picture()])
    expect(rows(lead)).to_have_count(1)

    lead.presses("Escape")
    expect(lead.panel).to_have_count(0)
    slow_down(lead, -1)
    lead.title(issue).click()

    expect(cards(lead, "#panel #issue-files")).to_have_text(["shot.png"])
    expect(rows(lead)).to_have_count(0)
