"""One issue: page, panel, as it was, for everyone who may read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import clock
from issues.models import Issue
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from projects.services.labels import create_label
from tests.issues.issuepages import BODY, FORM, PANEL, properties, story
from tests.projects.pages import soup, words
from tests.world import BEGAN


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("anonymous", 404),
        ("stranger", 404),
        ("removed", 404),
        ("viewer", 200),
        ("developer", 200),
        ("lead", 200),
        ("administrator", 200),
    ],
)
def test_page_is_for_those_who_may_read(world, client_for, persona, status):
    response = client_for(persona).get("/BUG-2/")

    assert response.status_code == status
    assert (world.issue("BUG-2").title in response.content.decode()) == (status == 200)


def test_page_shows_every_field(world, client_for):
    issue = world.issue("BUG-3")

    response = client_for("lead").get("/BUG-3/")

    shown = properties(response)
    assert words(response, "h1.big") == issue.title
    assert soup(response).select_one(".md em").get_text() == "really"
    assert (shown["State"], shown["Priority"], shown["Type"]) == ("Resolved", "High", "Task")
    assert shown["Assignee"] == world.developer.name
    assert shown["Reporter"] == world.lead.name
    assert shown["Labels"] == world.label("BUG").name
    assert issue.resolution in words(response, ".body")


@pytest.mark.parametrize("key", ["OPEN-1", "INNER-1"])
def test_viewer_and_guest_find_no_control(world, client_for, key):
    personas = ["viewer", "anonymous"] if key == "OPEN-1" else ["viewer", "stranger"]

    pages = [soup(client_for(persona).get(f"/{key}/")) for persona in personas]

    for page in pages:
        assert page.select_one("h1.big").get_text() == world.issue(key).title
        assert page.select(f"main {FORM}, .pick, .editor, [data-opens]:has(+ .editor)") == []


def test_developer_finds_every_picker_but_not_delete(world, client_for):
    page = soup(client_for("developer").get("/BUG-2/"))

    assert {button["popovertarget"] for button in page.select(".pick")} == {
        "issue-state", "issue-assignee", "issue-priority", "issue-labels", "issue-due", "issue-estimate", "issue-kind",
    }  # fmt: skip
    assert page.select("form[action='/BUG-2/delete/']") == []


def test_archived_project_is_read_only(world, client_for):
    page = soup(client_for("lead").get("/SHELF-1/"))

    assert page.select(f"main {FORM}, .pick, .editor") == []


@pytest.mark.parametrize("key", ["BUG-7", "BUG-99", "GONE-1"])
def test_trash_unknown_and_deleted_project_are_not_found(world, client_for, key):
    assert client_for("lead").get(f"/{key}/").status_code == 404


def test_panel_is_the_same_issue_with_its_own_bar(world, client_for):
    browser = client_for("lead")

    panel = browser.get("/BUG-2/", htmx=True, headers=PANEL)
    page = browser.get("/BUG-2/")

    assert panel.content.decode().lstrip().startswith('<section class="panel"')
    assert properties(panel) == properties(page)
    assert story(panel) == story(page)
    assert soup(panel).select_one("[data-panel-close]") is not None
    assert soup(page).select_one("[data-panel], [data-panel-close]") is None


def test_body_alone_brings_the_bar_along(world, client_for):
    part = soup(client_for("lead").get("/BUG-2/", htmx=True, headers=BODY))

    beside = ["issue-bar", "issue-files", "issue-stream", "discussion-count"]
    assert [child["id"] for child in part.find_all(recursive=False)] == ["issue-body", *beside]
    assert [part.find(id=name)["hx-swap-oob"] for name in beside] == ["true"] * 4


def test_history_restore_gets_the_whole_page(world, client_for):
    headers = {**PANEL, "HX-History-Restore-Request": "true"}

    response = client_for("lead").get("/BUG-2/", htmx=True, headers=headers)

    assert "<!doctype html>" in response.content.decode()


def test_neighbours_are_those_of_the_column(world, client_for):
    """In progress holds BUG-8 on top of BUG-6 on top of BUG-2: whoever comes last stands on top."""
    page = soup(client_for("lead").get("/BUG-6/"))

    assert words_of(page, "#issue-bar .num") == "2 of 3"
    assert [link["href"] for link in page.select("#issue-bar [data-peek]")] == ["/BUG-8/", "/BUG-2/"]


def words_of(page, selector):
    return " ".join(page.select_one(selector).get_text(" ").split())


def test_state_picker_gives_each_refusal_its_reason(world, client_for):
    page = soup(client_for("lead").get("/BUG-1/"))

    ways = [" ".join(item.get_text(" ").split()) for item in page.select("#issue-state > ul > li")]
    assert ways[0].startswith("Open")
    assert ways[1].startswith("In progress Needs an assignee In progress needs an assignee; BUG-1 has none.")
    assert ways[2] == "Resolved From Open an issue goes to In progress, not straight to Resolved."
    assert ways[3] == "Closed From Open an issue goes to In progress, not straight to Closed."


def test_state_picker_asks_for_what_is_missing_on_the_spot(world, client_for):
    form = soup(client_for("lead").get("/BUG-1/")).select_one("#issue-state details form")

    assert form["action"] == "/BUG-1/move/"
    assert [field["name"] for field in form.select("input, select")] == [
        "csrfmiddlewaretoken",
        "to",
        "seen",
        "next",
        "assignee",
    ]
    assert {option["value"] for option in form.select("option")} >= {world.developer.username, world.lead.username}


def test_state_picker_without_scripts_moves(world, client_for):
    browser = client_for("lead")
    form = soup(browser.get("/BUG-1/")).select_one("#issue-state details form")
    sent = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}

    browser.post(form["action"], sent | {"assignee": world.developer.username})

    issue = Issue.objects.select_related("state").get(pk=world.issue("BUG-1").pk)
    assert (issue.state.slug, issue.assignee_id) == ("in-progress", world.developer.pk)


@pytest.mark.parametrize(
    ("persona", "key", "note"),
    [
        ("lead", "BUG-1", "Next is In progress; it needs an assignee."),
        ("lead", "BUG-2", "Next is Resolved; it needs a resolution note. Only the role lead moves it on to Closed."),
        ("developer", "BUG-6", "Next is Resolved; it needs a resolution note and its assignee or a lead."),
        ("developer", "BUG-3", "Next is Closed; it needs the role lead."),
        ("viewer", "BUG-1", ""),
        ("lead", "TEAM-1", ""),
        ("lead", "BUG-4", ""),
    ],
)
def test_note_says_what_the_next_step_needs(world, client_for, persona, key, note):
    assert words(client_for(persona).get(f"/{key}/"), ".props .note").startswith(note)
    assert bool(note) == bool(words(client_for(persona).get(f"/{key}/"), ".props .note"))


def test_assignee_picker_shows_workloads_and_who_you_are(world, client_for):
    page = soup(client_for("developer").get("/BUG-1/"))

    options = {
        button.get("value"): " ".join(button.get_text(" ").split())
        for button in page.select("#issue-assignee button[name=assignee]")
    }
    initials = page.select_one(f"#issue-assignee button[value='{world.developer.username}'] .avatar").get_text()
    assert options[world.developer.username] == f"{initials} {world.developer.name} (you) 1 in progress"
    assert world.stranger.username not in options
    assert world.removed.username not in options


def test_as_of_shows_the_issue_as_it_was(world, client_for):
    issue = world.issue("BUG-3")
    first = Issue.history.filter(id=issue.pk).earliest("history_id")

    response = client_for("viewer").get("/BUG-3/", {"at": first.history_date.isoformat().replace("+00:00", "Z")})

    assert words(response, "h1.big") == first.title
    assert properties(response)["State"] == "Open"
    assert properties(response)["Priority"] == "No priority"
    assert story(response) == [f"{world.lead.name} created this issue"]
    assert "Nothing can be changed here" in words(response, ".past")
    assert issue.title not in response.content.decode()


def test_as_of_offers_nothing_to_change(world, client_for):
    page = soup(client_for("lead").get("/BUG-3/", {"at": timezone.now().isoformat()}))

    assert page.select(f"main {FORM}, .pick, .editor") == []
    assert page.select_one(".past a")["href"] == "/BUG-3/"


def test_as_of_reads_a_bare_time_in_the_readers_zone(world, client_for):
    world.lead.time_zone = "Asia/Tokyo"
    world.lead.save()
    begun = Issue.history.filter(id=world.issue("BUG-1").pk).earliest("history_id").history_date
    there = timezone.localtime(begun + timedelta(seconds=1), timezone.get_fixed_timezone(9 * 60))

    response = client_for(world.lead).get("/BUG-1/", {"at": there.strftime("%Y-%m-%dT%H:%M:%S")})

    assert len(story(response)) == 1


def test_as_of_each_line_of_the_story_leads_to_that_moment(world, client_for):
    browser = client_for("lead")
    page = soup(browser.get("/BUG-3/"))

    lines = [browser.get(link["href"]) for link in page.select(".stream > li > div > a[href*='?at=']")]

    assert [properties(line)["State"] for line in lines] == ["Open", "Open", "In progress", "Resolved"]


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01T00:00", "0", "9999-99-99", "9" * 300, "2026-02-30"])
def test_as_of_what_is_no_time_is_refused_in_words(world, client_for, moment):
    response = client_for("lead").get("/BUG-3/", {"at": moment})

    assert response.status_code == 422
    assert "is not a time that this page can show" in words(response)


def test_as_of_before_the_issue_existed_is_refused_in_words(world, client_for):
    response = client_for("lead").get("/BUG-3/", {"at": (BEGAN - timedelta(days=1)).isoformat()})

    assert response.status_code == 422
    assert "BUG-3 did not exist yet" in words(response)


def test_time_in_state_is_counted_from_the_last_move(world, client_for):
    issue = world.issue("BUG-2")
    with clock.at(timezone.now() - timedelta(days=2)):
        issue = edit_issue(actor=world.lead, issue=issue, changes={"resolution": "Done."})
        issue = move_issue(actor=world.lead, issue=issue, to=world.state("BUG", "resolved"))
    edit_issue(actor=world.lead, issue=issue, changes={"priority": 1})

    assert properties(client_for("lead").get("/BUG-2/"))["Resolved"] == "since 2 days ago"


def test_old_key_leads_to_the_present_one(world, client_for):
    from projects.services.projects import (
        change_project,
    )

    change_project(actor=world.lead, project=world.bug, changes={"key": "NEWBUG"})

    response = client_for("viewer").get("/BUG-2/?at=2030-01-01T00:00")

    assert (response.status_code, response.headers["Location"]) == (301, "/NEWBUG-2/?at=2030-01-01T00:00")


def test_query_count_does_not_grow(world, client_for, assert_equal_queries):
    browser = client_for("lead")
    labels = [create_label(actor=world.lead, project=world.team, name=f"l{hue}", hue=hue) for hue in (1, 2)]
    issue = world.issue("TEAM-1")

    def add():
        nonlocal issue
        changes = {"estimate": issue.version, "description": f"Version {issue.version}"}
        issue = edit_issue(actor=world.lead, issue=issue, changes=changes, add_labels=[labels.pop().pk])

    assert_equal_queries(lambda: browser.get("/TEAM-1/"), add)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_page_is_only_read(world, client_for, method):
    assert getattr(client_for("lead"), method)("/BUG-2/").status_code == 405
