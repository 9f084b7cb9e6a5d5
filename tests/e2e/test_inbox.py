"""An inbox in a browser: news arrive by themselves, keys and buttons do what they say, and people choose what comes."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import manage
from tests.e2e.test_access import COLOURS, violations

PHONE = {"width": 390, "height": 844}
# The process ends after it, so it waits until open pages are told.
TELL = (
    "from notifications.dispatch import dispatch_due\nfrom notifications.live.publisher import flush\n"
    "while dispatch_due(): pass\nflush(20)"
)
EMPTY = (
    "from notifications.models import Entry, Outbox\nfrom django.utils.timezone import now\n"
    "Outbox.objects.all().delete()\n"
    "Entry.objects.filter(done_at=None, person__username='dev1').update(done_at=now(), read_at=now())"
)


@pytest.fixture
def two(visit, live):
    """A lead who does things, and a developer of the same project with an empty inbox."""
    manage(live.database, "shell", "-c", EMPTY)
    lead, developer = visit("lead1"), visit("dev1")
    project = lead.found_project(members={"dev1": "developer"})
    return lead, developer, project


def say(person, issue, body):
    """Write a message on an issue, without its page."""
    project, number = issue.split("-")
    answer = person.send(f"/{project}/messages/", issue=number, body=body, client_id=str(uuid.uuid4()))
    assert answer.ok or answer.status == 302, answer.text()


def tell(live):
    """Let the worker's part happen: entries are written, and open pages told."""
    manage(live.database, "shell", "-c", TELL)


def lines(person):
    return person.page.locator("#things li")


def line(person, issue):
    return lines(person).filter(has_text=re.compile(rf"{issue}(?!\d)"))


def link(person, issue):
    return line(person, issue).locator("a")


@pytest.fixture
def three(two, live):
    """The developer before three things that are unread, the last one on top; returns their keys from the top."""
    lead, developer, project = two
    issues = [lead.create(project, f"Thing {name}") for name in ("one", "two", "three")]
    for issue in issues:
        say(lead, issue, f"Look at {issue}, @dev1")
    tell(live)
    developer.open("/inbox/?tab=mentions")
    expect(lines(developer)).to_have_count(3)
    return developer, issues[::-1]


def test_a_mention_arrives_in_the_count_the_title_and_the_list_by_itself(two, live):
    lead, developer, project = two
    issue, other = lead.create(project, "Needs an answer"), lead.create(project, "Is read meanwhile")
    say(lead, other, "First this, @dev1")
    tell(live)
    developer.open("/inbox/")
    link(developer, other).click()
    expect(line(developer, other).locator(".dot")).to_have_count(0)
    count = developer.page.locator(".rail [data-inbox-count]")

    say(lead, issue, "What do **you** think, @dev1?")
    tell(live)

    expect(line(developer, issue)).to_contain_text("What do you think, @dev1?")
    expect(line(developer, issue)).to_contain_text("You were mentioned")
    expect(developer.page).to_have_title(re.compile(r"^\(\d+\) Inbox"))
    expect(count).to_be_visible()
    expect(developer.page.locator("#opened h2")).to_have_text("Is read meanwhile")
    expect(link(developer, other)).to_be_focused()


def test_the_count_grows_on_every_page(two, live):
    lead, developer, project = two
    issue = lead.create(project, "Elsewhere")
    tell(live)
    developer.open(f"/{project}/")
    count = developer.page.locator(".rail [data-inbox-count]")
    before = int(count.text_content())

    say(lead, issue, "Hello @dev1")
    tell(live)

    expect(count).to_have_text(str(before + 1))


def test_keys_walk_open_close_and_mark(three):
    developer, (top, middle, last) = three
    page = developer.page

    developer.presses("j")
    expect(link(developer, top)).to_be_focused()
    developer.presses("j", "j", "j", "k")
    expect(link(developer, middle)).to_be_focused()
    developer.presses("Enter")
    expect(page.locator("#opened")).to_contain_text(f"Look at {middle}")
    expect(line(developer, middle).locator(".dot")).to_have_count(0)
    developer.presses("j")
    expect(page.locator("#opened")).to_contain_text(f"Look at {last}")
    developer.presses("u")
    expect(line(developer, last).locator(".dot")).to_have_count(1)
    expect(page.locator("#opened h2")).to_have_count(0)
    developer.presses("k", "Enter")
    expect(page.locator("#opened h2")).to_be_visible()
    developer.presses("Escape")
    expect(page.locator("#opened h2")).to_have_count(0)
    expect(link(developer, middle)).to_be_focused()


def test_done_goes_on_to_the_next_and_can_be_taken_back(three):
    developer, (top, middle, _last) = three
    link(developer, top).click()
    expect(developer.page.locator("#opened")).to_contain_text(f"Look at {top}")

    developer.presses("e")

    expect(line(developer, top)).to_have_count(0)
    expect(developer.page.locator("#opened")).to_contain_text(f"Look at {middle}")
    expect(link(developer, middle)).to_be_focused()
    developer.toast.get_by_role("button", name="Undo").click()
    expect(line(developer, top)).to_have_count(1)
    expect(developer.toast).to_have_count(0)


def test_later_by_keys_waits_under_its_tab_and_comes_back(three):
    developer, (top, _middle, _last) = three
    developer.presses("j", "h")
    expect(developer.page.locator("#later")).to_be_visible()

    developer.page.locator("#later button").first.press("Enter")

    expect(line(developer, top)).to_have_count(0)
    developer.page.get_by_role("link", name="Later", exact=True).click()
    link(developer, top).click()
    developer.page.get_by_role("button", name="Back now").click()
    expect(lines(developer)).to_have_count(0)
    developer.page.get_by_role("link", name="Mentions").click()
    expect(line(developer, top).locator(".dot")).to_have_count(1)


def test_all_read(three):
    developer, _issues = three

    developer.page.get_by_role("button", name="Mark all read").click()

    expect(developer.page.locator("#things .dot")).to_have_count(0)


def test_back_returns_to_the_list(three):
    developer, (top, _middle, _last) = three
    link(developer, top).click()
    expect(developer.page).to_have_url(re.compile("open=issue"))

    developer.page.go_back()

    expect(developer.page).to_have_url(re.compile(r"tab=mentions$"))
    expect(developer.page.locator("#opened h2")).to_have_count(0)


def test_a_phone_shows_the_list_or_the_thing(three):
    developer, (top, _middle, _last) = three
    page = developer.page
    page.set_viewport_size(PHONE)
    expect(page.locator(".top [data-inbox-count]")).to_be_visible()

    link(developer, top).click()
    expect(page.locator("#opened h2")).to_be_visible()
    expect(page.locator("#things")).to_be_hidden()
    page.locator("#opened").get_by_role("link", name="Inbox").click()

    expect(page.locator("#things")).to_be_visible()
    expect(page.locator("#opened")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_an_opened_thing_and_its_menu_pass_axe(three):
    developer, (top, _middle, _last) = three
    page = developer.page
    link(developer, top).click()
    expect(page.locator("#opened h2")).to_be_visible()

    found = violations(developer)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += violations(developer, COLOURS)
    developer.presses("h")
    expect(page.locator("#later")).to_be_visible()
    found += violations(developer)

    assert found == []


def test_without_scripts_links_and_buttons_do_the_same(three, visit):
    _developer, (top, _middle, _last) = three
    plain = visit("dev1", "/inbox/?tab=mentions", java_script_enabled=False)
    page = plain.page

    link(plain, top).click()
    expect(page.locator("#opened")).to_contain_text(f"Look at {top}")
    page.get_by_role("button", name="Done").click()
    expect(line(plain, top)).to_have_count(0)
    plain.toast.get_by_role("button", name="Undo").click()
    expect(line(plain, top)).to_have_count(1)
    link(plain, top).click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Mark as read").click()
    expect(line(plain, top).locator(".dot")).to_have_count(0)


# --- What reaches them ------------------------------------------------------------------------------------------------


def test_preferences_say_what_they_would_have_meant_before_they_are_saved(three):
    developer, _issues = three
    page = developer.page
    page.get_by_role("link", name="Choose what reaches you").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("the last 7 days would have sent you")

    page.get_by_role("checkbox", name="Someone mentions me: E-mail now").uncheck()
    expect(preview).to_contain_text("instead of")
    page.get_by_role("button", name="Save").click()

    expect(developer.toast).to_contain_text("Saved")
    expect(page.get_by_role("checkbox", name="Someone mentions me: E-mail now")).not_to_be_checked()
    page.get_by_role("button", name="Reset to the standard").click()
    expect(page.get_by_role("checkbox", name="Someone mentions me: E-mail now")).to_be_checked()


def test_a_project_is_chosen_for_by_keys_alone(two):
    _lead, developer, project = two
    page = developer.page
    developer.open(f"/me/notifications/?project={project}&kind=commented")
    whole = page.get_by_role("checkbox", name="A message on an issue I watch: As everywhere")
    mail = page.get_by_role("checkbox", name="A message on an issue I watch: E-mail now")
    expect(page.get_by_role("checkbox", name="A message on an issue I watch: Inbox")).to_be_focused()

    developer.presses("Tab", "Space")
    expect(mail).not_to_be_checked()
    expect(whole).not_to_be_checked()
    developer.presses("Tab", "Tab", "Space")
    expect(mail).to_be_checked()
    developer.presses("Shift+Tab", "Shift+Tab", "Space", "Enter")

    expect(developer.toast).to_contain_text("Saved")
    expect(mail).not_to_be_checked()
    expect(whole).not_to_be_checked()


def test_preferences_without_scripts(two, visit):
    _lead, _developer, project = two
    plain = visit("dev1", f"/me/notifications/?project={project}", java_script_enabled=False)
    page = plain.page
    mail = page.get_by_role("checkbox", name="Someone mentions me: E-mail now")

    mail.uncheck()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("the last 7 days would have sent you")
    expect(mail).not_to_be_checked()
    page.get_by_role("radio", name=re.compile("Nothing")).check()
    page.get_by_role("button", name="Save").click()

    expect(plain.toast).to_contain_text("Saved")
    expect(mail).not_to_be_checked()
    expect(page.get_by_role("radio", name=re.compile("Nothing"))).to_be_checked()
