"""Moving cards over HTTP: who may, where they land, what a refusal says and how it is mended."""

import pytest

from issues.models import Issue
from projects.enums import Role
from projects.services.workflow import change_state
from tests.factories import IssueFactory, ProjectFactory, member
from tests.issues.boards import columns, events, heads, move, swap_equals_fresh, untokened
from tests.issues.records import again, fingerprint
from tests.projects.pages import soup, words

WHO = [
    ("anonymous", 302),
    ("stranger", 404),
    ("removed", 404),
    ("deactivated", 302),
    ("viewer", 403),
    ("developer", 200),
    ("lead", 200),
    ("administrator", 200),
]


@pytest.mark.parametrize(("persona", "status"), WHO)
@pytest.mark.parametrize("htmx", [True, False])
def test_move_is_for_those_who_may(world, client_for, persona, status, htmx):
    browser, before = client_for(persona), fingerprint()

    response = browser.post("/BUG-5/move/", {"to": "in-progress", "view": "board"}, htmx=htmx)

    moved = status == 200
    assert response.status_code == (302 if moved and not htmx else status)
    assert again(world.issue("BUG-5")).state.slug == ("in-progress" if moved else "open")
    assert (fingerprint() == before) != moved


def test_move_is_only_posted(world, client_for):
    assert client_for("lead").get("/BUG-5/move/").status_code == 405


def test_move_answers_with_card_and_heads(world, client_for):
    browser = client_for("developer")

    response = move(browser, "BUG-5", "in-progress", seen="open")

    fresh = browser.get("/BUG/")
    heads_there = ["head-open", "head-in-progress", "head-resolved", "head-closed"]
    assert swap_equals_fresh(response, fresh) == [f"issue-card-{world.issue('BUG-5').pk}", *heads_there]
    assert heads(fresh)["in-progress"] == "In progress 4"
    placed = events(response)["issue-placed"]
    seq = int(soup(fresh).select_one("[data-board]")["data-seq"])
    words_said = "BUG-5 moved to In progress, 1 of 4"
    assert placed == {"key": "BUG-5", "state": "in-progress", "after": None, "seq": seq, "words": words_said}
    assert events(response)["issue-changed"] == {"key": "BUG-5", "placed": True}


@pytest.mark.parametrize(
    ("place", "order", "words_said"),
    [
        ({}, ["BUG-5", "BUG-8", "BUG-6", "BUG-2"], "BUG-5 moved to In progress, 1 of 4"),
        ({"after": "8"}, ["BUG-8", "BUG-5", "BUG-6", "BUG-2"], "BUG-5 moved to In progress, 2 of 4"),
        ({"before": "2"}, ["BUG-8", "BUG-6", "BUG-5", "BUG-2"], "BUG-5 moved to In progress, 3 of 4"),
        ({"after": "2"}, ["BUG-8", "BUG-6", "BUG-2", "BUG-5"], "BUG-5 moved to In progress, 4 of 4"),
        ({"foot": "1"}, ["BUG-8", "BUG-6", "BUG-2", "BUG-5"], "BUG-5 moved to In progress, 4 of 4"),
        ({"after": "1"}, ["BUG-5", "BUG-8", "BUG-6", "BUG-2"], "BUG-5 moved to In progress, 1 of 4"),
    ],
)
def test_move_honours_the_place(world, client_for, place, order, words_said):
    browser = client_for("lead")

    response = move(browser, "BUG-5", "in-progress", **place)

    assert columns(browser.get("/BUG/"))["in-progress"] == order
    assert events(response)["issue-placed"]["words"] == words_said


def test_move_within_the_column_orders(world, client_for):
    browser = client_for("lead")

    response = move(browser, "BUG-2", "in-progress", before="8")

    assert columns(browser.get("/BUG/"))["in-progress"] == ["BUG-2", "BUG-8", "BUG-6"]
    assert events(response)["issue-placed"]["words"] == "BUG-2 moved to In progress, 1 of 3"


def test_place_is_told_within_the_filter(world, client_for):
    response = move(client_for("lead"), "BUG-5", "in-progress", "?assignee=!me", after="8")

    placed = events(response)["issue-placed"]
    assert (placed["after"], placed["words"]) == (8, "BUG-5 moved to In progress, 2 of 3")


def test_move_out_of_the_filter_says_so(world, client_for):
    response = move(client_for("lead"), "BUG-5", "in-progress", "?state=open")

    placed = events(response)["issue-placed"]
    assert (placed["state"], placed["words"]) == (None, "BUG-5 moved; the filter hides it now.")
    assert soup(response).select(".card") == []


def test_move_from_elsewhere_tells_that_it_changed(world, client_for):
    response = client_for("lead").post("/BUG-5/move/", {"to": "in-progress"}, htmx=True)

    assert (response.status_code, events(response)) == (204, {"issue-changed": {"key": "BUG-5"}})


def test_missing_assignee_offers_the_fix(world, client_for):
    browser = client_for("developer")

    response = move(browser, "BUG-1", "in-progress", "?q=a", seen="open", after="8")

    assert response.status_code == 422
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == ("#toasts", "beforeend")
    toast = soup(response).select_one(".toast[data-about=BUG-1]")
    assert toast.b.get_text() == "BUG-1 stays in Open."
    assert toast.select_one("[data-toast-text]").get_text() == "In progress needs an assignee; BUG-1 has none."
    fix, choose = toast.select("form")
    assert fix["hx-post"] == "/BUG-1/move/?q=a"
    sent = {field["name"]: field["value"] for field in fix.select("input:not([name=csrfmiddlewaretoken]), button")}
    assert sent == {"to": "in-progress", "seen": "open", "after": "8", "view": "board", "assignee": "me"}
    people = [button["value"] for button in choose.select("button[name=assignee]")]
    assert people == [
        person.username for person in sorted((world.developer, world.lead, world.viewer), key=lambda p: p.name)
    ]
    assert browser.post(fix["hx-post"], sent, htmx=True).status_code == 200
    assert (again(world.issue("BUG-1")).assignee, again(world.issue("BUG-1")).state.slug) == (
        world.developer,
        "in-progress",
    )


def test_missing_note_is_asked_for(world, client_for):
    browser = client_for("lead")

    response = move(browser, "BUG-2", "resolved", seen="in-progress", assignee=world.lead.username)

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#dialogs")
    dialog = soup(response).select_one("dialog[data-open][data-about=BUG-2]")
    form = dialog.select_one("form[hx-post]")
    sent = {field["name"]: field["value"] for field in form.select("input:not([name=csrfmiddlewaretoken])")}
    assert sent == {"to": "resolved", "seen": "in-progress", "assignee": world.lead.username, "view": "board"}
    assert browser.post(form["hx-post"], sent | {"resolution": "It works now."}, htmx=True).status_code == 200
    moved = again(world.issue("BUG-2"))
    assert (moved.state.slug, moved.assignee, moved.resolution) == ("resolved", world.lead, "It works now.")


ASKS = "Leads can change what this step asks for: {lead}."
WHYS = [
    ("viewer", "BUG-5", "in-progress", "Leads can give you that role: {lead}."),
    (
        "developer",
        "BUG-1",
        "closed",
        "The workflow of BUG has no step from Open to Closed. Leads can add this step to the workflow: {lead}.",
    ),
    ("developer", "BUG-6", "resolved", "This can be done by {lead}."),
    ("developer", "BUG-3", "closed", "This can be done by {lead}."),
    (
        "lead",
        "BUG-1",
        "in-progress",
        "The workflow of BUG asks for an assignee on the step from Open to In progress. " + ASKS,
    ),
    (
        "developer",
        "BUG-2",
        "resolved",
        "The workflow of BUG asks for a resolution note on the step from In progress to Resolved. " + ASKS,
    ),
]


@pytest.mark.parametrize(("persona", "key", "to", "why"), WHYS)
def test_refusal_says_who_can_help(world, client_for, persona, key, to, why):
    response = move(client_for(persona), key, to)

    said = words(response, ".because p").removesuffix(" See the workflow")
    assert said == why.format(lead=world.lead.name)


def test_full_column_says_so(world, client_for):
    change_state(
        actor=world.lead, state=world.state("BUG", "in-progress"), changes={"wip_limit": 3, "wip_is_hard": True}
    )

    response = move(client_for("lead"), "BUG-5", "in-progress")

    assert response.status_code == 422
    assert "In progress is full: 3 of 3." in words(response, "[data-toast-text]")
    assert "Leads can raise the limit" in words(response, ".because p")


def test_stale_move_is_a_conflict(world, client_for):
    browser, before = client_for("lead"), fingerprint()

    response = move(browser, "BUG-2", "resolved", seen="open", resolution="Done.")

    assert (response.status_code, response.headers["HX-Retarget"]) == (409, "#toasts")
    assert "BUG-2 was moved to In progress meanwhile." in words(response, "[data-toast-text]")
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"to": "nowhere"}, "BUG has no state “nowhere” any more. Reload the board."),
        ({"to": ""}, "This field is required."),
        ({"to": "in-progress", "assignee": "nobody-here"}, "nobody-here is not a member of BUG"),
        ({"to": "in-progress", "after": "x"}, "Enter a whole number."),
        ({"to": "in-progress", "resolution": "x" * 4001}, "at most 4000 characters"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_move_that_cannot_be_read_is_refused(world, client_for, fields, said, htmx):
    browser = client_for("lead")
    before = fingerprint()

    response = browser.post("/BUG-5/move/", fields, htmx=htmx)

    assert response.status_code == 422
    assert said in soup(response).get_text()
    assert fingerprint() == before


def test_move_of_what_is_not_there_is_not_found(world, client_for):
    for path in ("/BUG-7/move/", "/BUG-999/move/", "/QZFAR-1/move/", "/GONE-1/move/"):
        assert client_for("lead").post(path, {"to": "open"}).status_code == 404


def test_archived_project_is_not_moved(world, client_for):
    response = move(client_for("lead"), "SHELF-1", "in-progress")

    assert response.status_code == 403
    assert again(world.issue("SHELF-1")).state.slug == "to-do"


def test_plain_form_moves_and_leads_back(world, client_for):
    response = client_for("lead").post("/BUG-5/move/", {"to": "in-progress"})

    assert response.headers["Location"] == f"/BUG/#issue-card-{world.issue('BUG-5').pk}"
    response = client_for("lead").post("/BUG-5/move/", {"to": "in-progress", "before": "8", "next": "/BUG-5/"})
    assert response.headers["Location"] == "/BUG-5/"
    response = client_for("lead").post("/BUG-5/move/", {"to": "in-progress", "next": "https://evil.example/"})
    assert response.headers["Location"].startswith("/BUG/")


def test_plain_refusal_is_a_page_that_mends(world, client_for):
    browser = client_for("developer")

    response = browser.post("/BUG-2/move/", {"to": "resolved", "seen": "in-progress"})

    assert response.status_code == 422
    form = soup(response).select_one("main dialog[open] form[action]")
    sent = {field["name"]: field["value"] for field in form.select("input:not([name=csrfmiddlewaretoken])")}
    done = browser.post(form["action"], sent | {"resolution": "Mended."})
    assert done.status_code == 302
    assert again(world.issue("BUG-2")).resolution == "Mended."


def test_menu_says_where_a_card_may_go(world, client_for):
    page = soup(client_for("developer").get("/BUG-1/moves/", htmx=True))

    ways = [(button["data-to"], button.get("aria-disabled")) for button in page.select("[data-to]")]
    whys = {why["data-why"]: why["data-verdict"] for why in page.select("template")}
    assert ways == [("in-progress", None), ("resolved", "true"), ("closed", "true")]
    assert whys == {"in-progress": "ask", "resolved": "no", "closed": "no"}
    assert "From Open an issue goes to In progress, not straight to Resolved." in str(
        page.select_one("[data-why=resolved]")
    )


def test_menu_of_a_viewer_has_only_reasons(world, client_for):
    page = soup(client_for("viewer").get("/BUG-5/moves/", htmx=True))

    assert {why["data-verdict"] for why in page.select("template")} == {"no"}
    assert page.select("[data-do], [data-to]:not([aria-disabled])") == []


def test_plain_page_orders_within_the_column(world, client_for):
    browser = client_for("lead")

    page = soup(browser.get("/BUG-6/moves/"))

    offered = [
        {field["name"]: field["value"] for field in form.select("input:not([name=csrfmiddlewaretoken])")}
        for form in page.select("section form")
    ]
    assert offered == [
        {"to": "in-progress", "before": "8"},
        {"to": "in-progress", "after": "2"},
        {"to": "in-progress", "foot": "1"},
    ]
    assert untokened(page.select_one("main"))


def test_move_takes_equal_statements(world, client_for, assert_equal_queries):
    project = ProjectFactory(actor=world.lead)
    issue = IssueFactory(project=project)
    other = IssueFactory(project=project)
    member(project, Role.DEVELOPER)
    browser = client_for("lead")
    steps = iter(["in-progress", "to-do"] * 10)

    def step():
        assert move(browser, issue.key, next(steps), after=str(other.number)).status_code == 200

    assert_equal_queries(step, lambda: IssueFactory(project=project))
    assert Issue.objects.get(pk=issue.pk).version == 4
