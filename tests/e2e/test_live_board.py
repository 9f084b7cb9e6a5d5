"""Two people at two browsers: what one does on board, list and issue appears at the other's, and takes nothing away."""

import re
import statistics
import time
import uuid

import pytest
from playwright.sync_api import expect

# A part of the page as a fresh load shows it: without tokens, marks of caches, and what keys and drags put in.
SHOWN = """html => {
  const part = html ? new DOMParser().parseFromString(html, "text/html") : document;
  const parts = [part.querySelector("#view-tools > .num"), part.querySelector("[data-view]")];
  return parts.map(one => {
    const copy = one.cloneNode(true);
    for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
    for (const item of copy.querySelectorAll("*")) {
      for (const name of ["tabindex", "draggable", "data-etag", "open", "aria-expanded"]) item.removeAttribute(name);
      const given = [...item.attributes].map(({ name, value }) => [name, value]).sort();
      for (const [name] of given) item.removeAttribute(name);
      for (const [name, value] of given) item.setAttribute(name, value);
    }
    return copy.outerHTML.replace(/\\s+/g, " ").replace(/> | </g, match => match.trim());
  }).join("\\n");
}"""


@pytest.fixture
def two(visit):
    """A lead who looks at a page, and a developer of the same project elsewhere."""
    lead, developer = visit("lead1"), visit("dev1")
    return lead, developer, lead.found_project(members={"dev1": "developer"})


def open_live(person, path):
    """Open a page and wait until it hears of changes."""
    heard = []
    person.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.extend([frame])))
    person.open(path)
    for _attempt in range(500):
        if heard:
            return
        person.page.wait_for_timeout(20)
    pytest.fail("the page hears nothing")


def equals_a_fresh_load(person):
    """Compare what stands there with what the server sends now."""
    page = person.page
    fresh = person.context.request.get(page.url).text()
    assert page.evaluate(SHOWN, "") == page.evaluate(SHOWN, fresh)


def test_new_moved_edited_and_deleted_cards_appear_in_place(two):
    lead, developer, project = two
    first, second, third = (lead.create(project, title) for title in ("First", "Second", "Third"))
    open_live(lead, f"/{project}/")
    lead.page.evaluate("window.sameDocument = true; document.querySelector('.card').isTheSame = true")

    new = developer.create(project, "Fourth")
    lead.sees("to-do", [first, second, third, new])
    developer.move(second, "in-progress")
    lead.sees("in-progress", [second])
    developer.send(f"/{first}/edit/", title="First, renamed", version="1")
    expect(lead.title(first)).to_have_text("First, renamed")
    lead.send(f"/{third}/delete/")

    lead.sees("to-do", [first, new])
    expect(lead.column("to-do").locator("header .count")).to_have_text("2")
    expect(lead.page.locator("#view-tools .num")).to_have_text("3 issues")
    equals_a_fresh_load(lead)
    assert lead.page.evaluate("window.sameDocument && document.querySelector('.card').isTheSame")


def test_a_move_is_seen_within_a_second(two):
    lead, developer, project = two
    issue = lead.create(project, "To and fro")
    open_live(lead, f"/{project}/")
    open_live(developer, f"/{project}/")
    seconds = []

    for state in ("in-progress", "done", "in-progress", "to-do", "done"):
        began = time.monotonic()
        developer.move(issue, state)
        lead.column(state).locator(f'[data-issue="{issue}"]').wait_for(timeout=5000)
        seconds.append(time.monotonic() - began)

    print(f"a move is seen after {', '.join(f'{one:.3f}' for one in seconds)} s, its request included")
    assert statistics.median(seconds) <= 1


def test_first_and_last_issue_bring_and_take_the_welcome(two):
    lead, developer, project = two
    open_live(lead, f"/{project}/")
    expect(lead.page.locator(".welcome")).to_be_visible()

    issue = developer.create(project, "The first")
    lead.sees("to-do", [issue])
    expect(lead.page.locator(".welcome")).to_have_count(0)
    lead.send(f"/{issue}/delete/")

    expect(lead.page.locator(".welcome")).to_be_visible()
    equals_a_fresh_load(lead)


def test_focus_and_scroll_stay_while_cards_come_and_go(two):
    lead, developer, project = two
    issues = [lead.create(project, f"Card number {number}") for number in range(14)]
    open_live(lead, f"/{project}/")
    cards = lead.column("to-do").locator("ol")
    lead.title(issues[10]).focus()
    before = lead.card(issues[10]).bounding_box()["y"]

    developer.move(issues[0], "in-progress")
    developer.send(f"/{issues[10]}/edit/", title="Changed under the focus", version="1")

    lead.sees("in-progress", [issues[0]])
    expect(lead.title(issues[10])).to_have_text("Changed under the focus")
    expect(lead.title(issues[10])).to_be_focused()
    assert cards.evaluate("list => list.scrollTop") > 0
    assert abs(lead.card(issues[10]).bounding_box()["y"] - before) < 2
    developer.move(issues[10], "done")
    lead.sees("done", [issues[10]])
    expect(lead.title(issues[10])).to_be_focused()
    lead.send(f"/{issues[10]}/delete/")
    lead.sees("done", [])
    equals_a_fresh_load(lead)


def test_a_half_typed_new_issue_and_an_open_editor_survive(two):
    lead, developer, project = two
    issue = lead.create(project, "Read by the lead")
    open_live(lead, f"/{project}/")
    lead.title(issue).click()
    lead.panel.get_by_role("heading", name="Read by the lead").click()
    lead.panel.get_by_label("Title", exact=True).fill("Half of a ti")
    lead.column("to-do").get_by_text("Add issue").click()
    typed = lead.page.get_by_label("Title of the new issue in To do")
    typed.fill("Half of a new one")

    other = developer.create(project, "Comes meanwhile")

    lead.sees("to-do", [issue, other])
    expect(typed).to_be_focused()
    expect(typed).to_have_value("Half of a new one")
    expect(lead.panel.get_by_label("Title", exact=True)).to_have_value("Half of a ti")


def test_a_bulk_change_arrives_whole(two):
    lead, developer, project = two
    issues = [lead.create(project, f"Number {number}") for number in range(6)]
    open_live(lead, f"/{project}/")

    developer.open(f"/{project}/issues/")
    for issue in issues[1:5]:
        developer.page.locator(f'tr[data-issue="{issue}"]').get_by_role("checkbox").check()
    developer.page.locator("#bulk").get_by_role("button", name="State").click()
    developer.page.locator("#bulk-state").get_by_role("button", name="Done").click()

    lead.sees("done", issues[1:5])
    equals_a_fresh_load(lead)


def test_what_happens_during_a_drag_waits_for_the_drop(two):
    lead, developer, project = two
    dragged, other, third = (lead.create(project, title) for title in ("Dragged", "Other", "Third"))
    open_live(lead, f"/{project}/")

    lead.lift(dragged)
    developer.move(other, "done")
    new = developer.create(project, "New")
    lead.page.wait_for_timeout(700)
    assert lead.page.locator("[data-board].is-dragging").count() == 1
    expect(lead.column("done").locator(".card")).to_have_count(0)
    lead.carry(lead.column("in-progress"))
    lead.drop()

    lead.sees("in-progress", [dragged])
    lead.sees("done", [other])
    lead.sees("to-do", [third, new])
    equals_a_fresh_load(lead)


def test_a_card_that_was_deleted_in_the_hand_goes_at_the_drop(two):
    lead, developer, project = two
    issue, other = lead.create(project, "Deleted meanwhile"), lead.create(project, "Stays")
    open_live(developer, f"/{project}/")

    developer.lift(issue)
    lead.send(f"/{issue}/delete/")
    developer.page.wait_for_timeout(300)
    developer.carry(developer.column("done"))
    developer.drop()

    expect(developer.toast).to_contain_text("This is no longer here.")
    developer.sees("to-do", [other])
    developer.sees("done", [])
    # htmx notes the refused move in the console as well.
    developer.complaints.clear()


def test_a_stale_drag_is_put_right_and_says_why(two):
    lead, developer, project = two
    issue, other = lead.create(project, "Wanted by two"), lead.create(project, "Other")
    open_live(lead, f"/{project}/")

    lead.lift(issue)
    developer.move(issue, "in-progress")
    lead.page.wait_for_timeout(300)
    lead.carry(lead.column("done"))
    lead.drop()

    expect(lead.toast).to_contain_text(f"{issue} was moved to In progress meanwhile.")
    lead.sees("in-progress", [issue])
    lead.sees("done", [])
    lead.sees("to-do", [other])
    equals_a_fresh_load(lead)


def test_the_pill_of_a_limit_fills_and_runs_over(two):
    lead, developer, project = two
    issues = [lead.create(project, f"Number {number}") for number in range(3)]
    lead.send(f"/{project}/settings/workflow/in-progress/", name="In progress", category="progress", wip_limit="2")
    open_live(lead, f"/{project}/")
    pill = lead.column("in-progress").locator("header .pill")
    expect(pill).to_contain_text("0/2")

    for number, (issue, look) in enumerate(zip(issues, ("pill", "pill full", "pill over"), strict=True), 1):
        developer.move(issue, "in-progress")
        expect(pill).to_contain_text(f"{number}/2")
        expect(pill).to_have_class(look)
    equals_a_fresh_load(lead)


def test_a_filtered_board_is_read_anew(two):
    lead, developer, project = two
    issue = lead.create(project, "Soon urgent")
    open_live(lead, f"/{project}/?priority=urgent")
    expect(lead.page.locator(".card")).to_have_count(0)

    developer.send(f"/{issue}/edit/", priority="4", version="1")

    lead.sees("to-do", [issue])
    equals_a_fresh_load(lead)


def test_a_changed_workflow_keeps_what_is_being_typed(two):
    lead, _developer, project = two
    open_live(lead, f"/{project}/")
    lead.column("to-do").get_by_text("Add issue").click()
    typed = lead.page.get_by_label("Title of the new issue in To do")
    typed.fill("Half of a new one")

    lead.send(f"/{project}/settings/workflow/", name="In review", category="progress")

    expect(lead.column("in-review")).to_be_visible()
    expect(typed).to_have_value("Half of a new one")
    expect(typed).to_be_focused()


def test_a_column_of_many_pages_stays_whole(two):
    lead, developer, project = two
    issues = [lead.create(project, f"Number {number}") for number in range(102)]
    open_live(lead, f"/{project}/")
    cards = lead.column("to-do").locator(".card")
    expect(cards).to_have_count(100)
    expect(lead.column("to-do").locator(".more-cards")).to_have_text("2 more")

    developer.move(issues[5], "done")
    lead.sees("done", [issues[5]])
    expect(lead.column("to-do").locator(".more-cards")).to_have_text("1 more")
    expect(cards).to_have_count(100)
    developer.create(project, "At the foot, which is not shown")
    expect(lead.column("to-do").locator(".more-cards")).to_have_text("2 more")
    equals_a_fresh_load(lead)


def test_rows_of_a_list_change_and_ticks_stay(two):
    lead, developer, project = two
    first, second = lead.create(project, "First"), lead.create(project, "Second")
    open_live(lead, f"/{project}/issues/")
    row = lead.page.locator(f'tr[data-issue="{first}"]')
    row.get_by_role("checkbox").check()
    lead.page.locator(f'tr[data-issue="{second}"] .title').focus()

    developer.send(f"/{second}/edit/", title="Second, renamed", version="1")
    third = developer.create(project, "Third")
    developer.move(first, "done")

    expect(row.locator(".state")).to_have_text("Done")
    expect(lead.page.locator("tr[data-issue] .key")).to_have_text([first, third, second])
    expect(lead.page.locator(f'tr[data-issue="{second}"] .title')).to_be_focused()
    expect(lead.page.locator(f'tr[data-issue="{second}"] .title')).to_have_text("Second, renamed")
    expect(row.get_by_role("checkbox")).to_be_checked()
    expect(lead.page.locator("[data-ticked]")).to_have_text("1 issue")
    expect(lead.page.locator("#view-tools .num")).to_have_text("3 issues")


def readings_of(person):
    """Count how often the page reads its list again from now on."""
    found = []
    person.page.on("request", lambda request: found.append(request.url) if "/issues/" in request.url else None)
    return found


@pytest.mark.parametrize(
    ("query", "order"),
    [("", [1, 2, 0]), ("?sort=key", [0, 1, 2]), ("?priority=none&sort=key", [0, 1, 2])],
)
def test_a_list_is_not_read_again_for_rows_that_stand_right(two, query, order):
    lead, developer, project = two
    keys = [lead.create(project, title) for title in ("First", "Second", "Third")]
    open_live(lead, f"/{project}/issues/{query}")
    readings = readings_of(lead)

    developer.send(f"/{keys[1]}/edit/", title="Second, renamed", version="1")
    expect(lead.page.locator(f'tr[data-issue="{keys[1]}"] .title')).to_have_text("Second, renamed")
    lead.page.wait_for_timeout(3600)

    expect(lead.page.locator("tr[data-issue] .key")).to_have_text([keys[place] for place in order])
    assert readings == []


@pytest.mark.parametrize("query", ["?sort=title", "?q=Second", "?sort=updated"])
def test_a_list_is_read_again_at_leisure_where_rows_may_come_go_or_change_places(two, query):
    lead, developer, project = two
    keys = [lead.create(project, title) for title in ("First", "Second", "Third")]
    open_live(lead, f"/{project}/issues/{query}")
    readings = readings_of(lead)

    for number, title in enumerate(("Secret", "Zebra"), 1):
        developer.send(f"/{keys[1]}/edit/", title=title, version=str(number))

    left = [] if "q=" in query else [keys[0], keys[2], keys[1]]
    expect(lead.page.locator("tr[data-issue] .key")).to_have_text(left)
    assert len(readings) == 1


def test_fields_of_an_issue_change_where_they_stand(two):
    lead, developer, project = two
    issue = lead.create(project, "On screen")
    open_live(lead, f"/{issue}/")

    developer.send(f"/{issue}/edit/", title="Renamed", priority="4", version="1")
    expect(lead.page.get_by_role("heading", name="Renamed")).to_be_visible()
    expect(lead.page.locator("#issue-priority-pick")).to_contain_text("Urgent")
    developer.move(issue, "done")

    expect(lead.page.locator("#issue-state-pick")).to_contain_text("Done")
    expect(lead.page.locator("#issue-body")).to_have_attribute("data-version", "3")


def test_an_issue_that_changes_often_is_read_again_at_most_every_two_seconds(two):
    lead, developer, project = two
    issue = lead.create(project, "Title 0")
    open_live(lead, f"/{issue}/")
    readings = []
    lead.page.on("request", lambda request: readings.append(request.url) if f"/{issue}/" in request.url else None)

    for number in range(1, 5):
        developer.send(f"/{issue}/edit/", title=f"Title {number}", version=str(number))
        lead.page.wait_for_timeout(350)

    expect(lead.page.get_by_role("heading", name="Title 4")).to_be_visible()
    assert len(readings) == 2


def test_a_field_that_is_being_edited_stays_and_says_who_changed_it(two):
    lead, developer, project = two
    issue = lead.create(project, "Wanted by two")
    open_live(lead, f"/{issue}/")
    lead.page.get_by_role("heading", name="Wanted by two").click()
    text = lead.page.get_by_label("Title", exact=True)
    text.fill("What the lead wants")

    developer.send(f"/{issue}/edit/", title="What the developer wants", priority="3", version="1")

    expect(lead.page.locator("#issue-priority-pick")).to_contain_text("High")
    expect(lead.page.locator("#issue-title [data-meanwhile]")).to_contain_text(
        re.compile("^Ben Hartmann changed the title meanwhile. When you save")
    )
    expect(text).to_be_focused()
    expect(text).to_have_value("What the lead wants")
    lead.presses("Enter")
    expect(lead.page.get_by_role("heading", name="Someone was faster")).to_be_visible()
    expect(lead.page.locator("[data-clash]")).to_contain_text("What the developer wants")
    lead.page.get_by_role("button", name="Save this").click()
    expect(lead.page.get_by_role("heading", name="What the lead wants")).to_be_visible()


def test_an_editor_that_is_closed_shows_the_others_words_the_next_time(two):
    lead, developer, project = two
    issue = lead.create(project, "Before")
    open_live(lead, f"/{issue}/")
    lead.page.get_by_role("heading", name="Before").click()

    developer.send(f"/{issue}/edit/", title="After", version="1")
    expect(lead.page.locator("#issue-title [data-meanwhile]")).to_be_visible()
    lead.presses("Escape")

    expect(lead.page.locator("#issue-title-text")).to_have_value("After")
    lead.page.get_by_role("heading", name="After").click()
    expect(lead.page.get_by_label("Title", exact=True)).to_have_value("After")
    expect(lead.page.locator("#issue-title [data-meanwhile]")).to_be_hidden()


def test_an_open_picker_stays_open(two):
    lead, developer, project = two
    issue = lead.create(project, "Picked at")
    open_live(lead, f"/{issue}/")
    lead.page.locator("#issue-priority-pick").click()
    expect(lead.page.locator("#issue-priority")).to_be_visible()

    developer.send(f"/{issue}/edit/", title="Renamed meanwhile", version="1")

    expect(lead.page.get_by_role("heading", name="Renamed meanwhile")).to_be_visible()
    expect(lead.page.locator("#issue-priority")).to_be_visible()
    lead.page.locator("#issue-priority").get_by_role("button", name="Urgent").click()
    expect(lead.page.locator("#issue-priority-pick")).to_contain_text("Urgent")


def test_an_issue_that_is_deleted_closes_its_panel_and_says_so(two):
    lead, developer, project = two
    issue = lead.create(project, "Goes away")
    open_live(developer, f"/{project}/")
    developer.title(issue).click()
    expect(developer.panel).to_be_visible()

    lead.send(f"/{issue}/delete/")

    expect(developer.toast).to_contain_text(f"Ana Lima moved {issue} to the trash.")
    expect(developer.panel).to_have_count(0)
    developer.sees("to-do", [])


def test_own_moves_are_not_made_twice(two):
    lead, _developer, project = two
    one, two_, three = (lead.create(project, title) for title in ("One", "Two", "Three"))
    open_live(lead, f"/{project}/")

    for issue in (three, one, two_):
        with lead.page.expect_response(re.compile("/move/$")):
            lead.drag(issue, lead.column("in-progress"))
        lead.hears(f"{issue} moved to In progress, 1 of {lead.column('in-progress').locator('.card').count()}")
        lead.page.wait_for_timeout(200)

    lead.sees("to-do", [])
    lead.sees("in-progress", [two_, one, three])
    equals_a_fresh_load(lead)


def test_messages_count_up_on_the_card_and_are_new_to_who_looked_before(two):
    lead, developer, project = two
    issue = lead.create(project, "Talked about")
    number = issue.split("-")[1]
    open_live(lead, f"/{project}/")
    count = lead.card(issue).locator("[data-talk]")

    developer.send(f"/{project}/messages/", issue=number, body="First", client_id=str(uuid.uuid4()))
    expect(count).to_have_attribute("data-count", "1")
    assert count.get_attribute("data-unread") is None
    lead.send(f"/{project}/messages/", issue=number, body="Second", client_id=str(uuid.uuid4()))
    expect(count).to_have_attribute("data-unread", "0")
    developer.send(f"/{project}/messages/", issue=number, body="Third", client_id=str(uuid.uuid4()))
    expect(count).to_have_attribute("data-unread", "1")
    developer.move(issue, "in-progress")

    lead.sees("in-progress", [issue])
    expect(count).to_have_attribute("data-unread", "1")
    expect(count.locator("b")).to_have_text("3")
    equals_a_fresh_load(lead)
