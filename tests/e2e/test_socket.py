"""The page's socket in a real browser: cut, kept away, refused; the chip says so and nothing is missed."""

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.chromium import log_in

SLOWLY = 20_000
SOCKET = "**/ws/**"


class Way:
    """Stands between a page and the server's sockets."""

    def __init__(self, page, *, is_open=True):
        self.is_open, self.sockets = is_open, []
        page.route_web_socket(SOCKET, self._pass)

    def _pass(self, socket: WebSocketRoute):
        if self.is_open:
            socket.connect_to_server()
            self.sockets.append(socket)
        else:
            socket.close()

    def cut(self):
        self.is_open = False
        for socket in self.sockets:
            socket.close(code=1012)


@pytest.fixture
def two(visit):
    """A lead who looks at a board, and a developer of the same project elsewhere."""
    lead, developer = visit("lead1"), visit("dev1")
    return lead, developer, lead.found_project(members={"dev1": "developer"})


def chip(person):
    return person.page.locator(".live")


def test_a_page_says_that_it_is_live_and_since_when(two):
    lead, _developer, project = two

    lead.open(f"/{project}/")

    expect(chip(lead)).to_have_text("Live")
    chip(lead).hover()
    assert chip(lead).get_attribute("title").startswith("In step with the server at ")


def test_a_page_that_was_cut_off_catches_up(two):
    lead, developer, project = two
    issue = lead.create(project, "Moved meanwhile")
    way = Way(lead.page)
    lead.open(f"/{project}/")
    lead.sees("to-do", [issue])

    way.cut()
    developer.move(issue, "in-progress")
    expect(chip(lead)).to_have_text("Delayed", timeout=SLOWLY)
    way.is_open = True

    expect(chip(lead)).to_have_text("Live", timeout=2 * SLOWLY)
    lead.sees("in-progress", [issue])


def test_where_no_socket_passes_the_page_asks_the_feed(two):
    lead, developer, project = two
    issue = lead.create(project, "Moved by the developer")
    Way(lead.page, is_open=False)
    lead.open(f"/{project}/")
    expect(chip(lead)).to_have_text("Delayed", timeout=SLOWLY)

    developer.move(issue, "in-progress")

    expect(lead.column("in-progress").locator(".card")).to_have_count(1, timeout=SLOWLY)


def test_a_page_without_a_network_says_offline(two):
    lead, _developer, project = two
    lead.open(f"/{project}/")
    expect(chip(lead)).to_have_text("Live")

    lead.context.set_offline(True)
    expect(chip(lead)).to_have_text("Offline")
    lead.context.set_offline(False)

    expect(chip(lead)).to_have_text("Live", timeout=SLOWLY)


def test_who_logs_out_in_one_tab_is_shown_the_door_in_the_others(visit, live):
    person = visit()
    log_in(person.page, live.url, "viewer1")
    person.open("/projects/")
    expect(chip(person)).to_have_text("Live")
    person.page.wait_for_timeout(500)

    person.send("/accounts/logout/")

    person.page.wait_for_url("**/accounts/login/**")


def test_who_is_removed_loses_sight_of_the_board(two):
    lead, developer, project = two
    developer.open(f"/{project}/")
    expect(chip(developer)).to_have_text("Live")
    developer.page.wait_for_timeout(500)

    lead.send(f"/{project}/settings/members/dev1/remove/")

    expect(developer.page.get_by_role("heading", level=1)).to_contain_text("not", ignore_case=True, timeout=SLOWLY)
