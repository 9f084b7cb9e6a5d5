"""The pages about the API: nothing comes from elsewhere, and who is logged in tries everything here, by keyboard."""

import json
import re
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.test_access import DESK, problems_of

DOCS = "/api/v1/docs/"


def section(person, name):
    """Return the part of the page that tells of an operation."""
    return person.page.locator("section", has=person.page.get_by_role("heading", name=name, exact=True))


def begin(person, name):
    """Open the form of an operation; returns the part of the page with it."""
    found = section(person, name)
    found.locator("summary", has_text="Try it").click()
    return found


def answer(found):
    """Return what came back, as it is shown."""
    expect(found.locator("[data-text]")).to_be_visible()
    return json.loads(found.locator("[data-text]").inner_text())


@pytest.mark.parametrize("username", [None, "lead1"])
def test_every_page_is_quiet_and_fetches_nothing_from_elsewhere(visit, username):
    person, hosts = visit(username), set()
    person.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    person.open(DOCS)
    pages = person.page.get_by_role("navigation", name="API").get_by_role("link")
    paths = [link.get_attribute("href") for link in pages.all()]

    for path in paths:
        person.open(path)
        expect(pages.and_(person.page.locator("[aria-current=page]"))).to_have_attribute("href", path)

    assert len(paths) > 20
    assert hosts == {urlsplit(person.url).netloc}
    assert person.complaints == []


def test_the_overview_leads_to_each_operation(visit):
    person = visit(path=DOCS)

    person.page.get_by_role("link", name="Create a label", exact=True).click()

    expect(person.page).to_have_url(re.compile(f"{DOCS}labels/#create_a_label$"))
    heading = person.page.get_by_role("heading", name="Create a label")
    expect(heading).to_be_in_viewport()
    person.page.get_by_role("navigation", name="On this page").get_by_role("link").last.click()
    expect(person.page.get_by_role("heading", name="Count the issues that carry a label")).to_be_in_viewport()
    expect(heading).not_to_be_in_viewport()


def test_a_guest_is_told_to_log_in(visit):
    person = visit(path=f"{DOCS}people/")
    expect(person.page.get_by_text("Try it", exact=False)).to_have_count(0)

    person.page.get_by_text("Log in, and you can try all of this here.").get_by_role("link", name="Log in").click()
    person.page.get_by_label("Username or e-mail").fill("viewer1")
    person.page.get_by_label("Password", exact=True).fill("viewpass")
    person.page.get_by_role("button", name="Log in", exact=True).click()

    expect(person.page).to_have_url(f"{person.url}{DOCS}people/")
    expect(person.page.get_by_text("Try it", exact=False)).not_to_have_count(0)


def test_something_is_read(visit):
    person = visit("lead1", f"{DOCS}people/")
    form = begin(person, "List the people whom you know")
    form.get_by_label("q", exact=True).fill("viewer1")

    form.get_by_role("button", name="Send").click()

    told = answer(form)
    assert form.get_by_role("status").inner_text() == "200 OK"
    assert [one["username"] for one in told["data"]["items"]] == ["viewer1"]


def test_something_is_written_with_the_token_of_the_form_and_not_without(visit):
    person = visit("lead1")
    project, name = person.found_project(), f"Label {uuid4().hex[:8]}"
    labels = f"{person.url}/api/v1/projects/{project}/labels"
    person.open(f"{DOCS}labels/")
    form = begin(person, "Create a label")
    expect(form.get_by_text("This really does it, as you, on this site.")).to_be_visible()
    form.get_by_label("key", exact=True).fill(project)
    form.get_by_label("Body", exact=True).fill(json.dumps({"name": name}))

    form.get_by_role("button", name="Send").click()
    told = answer(form)
    without = person.context.request.post(labels, data={"name": "Forged"}, headers={"Referer": labels})

    assert (form.get_by_role("status").inner_text(), told["data"]["name"]) == ("201 Created", name)
    assert (without.status, without.json()["error"]["code"]) == (401, "unauthenticated")
    person.open(f"/{project}/settings/labels/")
    expect(person.page.get_by_role("main")).to_contain_text(name)
    expect(person.page.get_by_role("main")).not_to_contain_text("Forged")


def test_a_refusal_shows_what_is_wrong_with_which_field(visit):
    person = visit("lead1", f"{DOCS}labels/")
    form = begin(person, "Create a label")
    form.get_by_label("key", exact=True).fill("BUG")
    form.get_by_label("Body", exact=True).fill('{"name": ""}')

    form.get_by_role("button", name="Send").click()

    told = answer(form)
    assert form.get_by_role("status").inner_text() == "422 Unprocessable Entity"
    assert (told["error"]["code"], list(told["error"]["fields"])) == ("invalid", ["name"])
    assert problems_of(person) == []


def test_what_is_missing_is_asked_for_before_anything_is_sent(visit):
    person, sent = visit("lead1", f"{DOCS}labels/"), []
    form = begin(person, "List the labels of a project")
    person.page.on("request", lambda request: sent.append(request.url))

    form.get_by_role("button", name="Send").click()

    expect(form.get_by_label("key", exact=True)).to_be_focused()
    assert sent == []


def test_no_answer_is_said_to_be_none(visit):
    person = visit("lead1", f"{DOCS}me/")
    person.page.route("**/api/v1/me", lambda route: route.abort())
    form = begin(person, "Read who you are")

    form.get_by_role("button", name="Send").click()

    expect(form.get_by_role("status")).to_have_text("No answer")
    person.complaints.clear()  # The browser's own line about it.


def test_all_of_it_works_by_keyboard(visit):
    person = visit("lead1", f"{DOCS}people/")
    form = section(person, "List the people whom you know")
    form.locator("summary", has_text="Try it").focus()

    person.presses("Enter", "Tab", "Tab", "Tab")
    person.page.keyboard.type("viewer1")
    person.presses("Tab", "Tab", "Enter")

    expect(form.get_by_role("status")).to_have_text("200 OK")
    expect(form.get_by_role("button", name="Send")).to_be_focused()
    person.presses("Tab")
    expect(form.locator("pre:visible")).to_be_focused()


def test_the_pages_pass_axe_and_fit_small_windows(visit):
    options = {"viewport": DESK, "color_scheme": "light"}
    lead, nobody, found = visit("lead1", **options), visit(**options), {}
    for person, path in ((lead, DOCS), (lead, f"{DOCS}events/"), (nobody, f"{DOCS}labels/"), (nobody, DOCS)):
        person.open(path)
        found[path, person is nobody] = problems_of(person)
    lead.open("/api/v1/problems/conflict")
    found["problem"] = problems_of(lead)
    lead.open(f"{DOCS}labels/")
    begin(lead, "Create a label")
    found["form"] = problems_of(lead)
    lead.page.set_viewport_size({"width": 390, "height": 844})
    lead.page.reload()

    here = lead.page.get_by_role("navigation", name="API").get_by_role("link", name="Labels")
    expect(here).to_be_in_viewport(ratio=1)
    heights = lead.page.locator("main nav .list > li").evaluate_all("rows => rows.map((row) => row.clientHeight)")
    assert max(heights) < 120
    assert {path: problems for path, problems in found.items() if problems} == {}
