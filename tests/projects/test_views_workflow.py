"""The workflow page: states, their order and limits, steps and what they need, and taking a state out of use."""

import pytest

from issues.models import Issue
from projects.models import Project, State, Transition
from projects.services.workflow import create_state
from projects.workflow import workflow_of
from tests.factories import canary
from tests.projects.pages import fresh_equals_swap, soup, words

PAGE = "/BUG/settings/workflow/"
STATE = {"name": "Review", "category": "progress", "wip_limit": "3", "wip_is_hard": "on", "hue": "4"}


def states(world):
    return [
        state.slug for state in State.objects.filter(project=world.bug, removed_at__isnull=True).order_by("position")
    ]


def answers_page(browser, response, *, htmx):
    return fresh_equals_swap(browser, response, PAGE) if htmx else response.headers["Location"] == PAGE


def test_page_draws_the_states_and_steps(client_for):
    page = soup(client_for("viewer").get(PAGE))

    assert [text.get_text() for text in page.select("svg.chart text")] == ["Open", "In progress", "Resolved", "Closed"]
    assert len(page.select("svg.chart path[marker-end]")) == 3


def test_page_says_in_words_what_a_step_needs(client_for):
    said = words(client_for("viewer").get(PAGE), ".matrix")

    assert "Open to In progress: developers and leads, needs an assignee" in said
    assert "Resolved to Closed: leads only, needs an assignee, needs a resolution note" in said


def test_page_says_when_developers_move_only_their_own(world, client_for):
    Project.objects.filter(pk=world.bug.pk).update(developers_move_own=True)

    assert "Developers move only issues that are assigned to them" in words(client_for("viewer").get(PAGE))


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_create_adds_a_state_at_the_end(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(PAGE, STATE, htmx=htmx)

    state = State.objects.get(project=world.bug, slug="review")
    assert states(world)[-1] == "review"
    assert (state.name, state.category, state.wip_limit, state.wip_is_hard, state.hue, state.is_initial) == (
        "Review", "progress", 3, True, 4, False,
    )  # fmt: skip
    assert answers_page(browser, response, htmx=htmx)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "closed"}, "There is a state called closed already."),
        ({"category": "someday"}, "Select a valid choice. someday is not one of the available choices."),
        ({"wip_limit": "0"}, "Ensure this value is greater than or equal to 1."),
    ],
)
def test_create_refused_says_why(world, client_for, changes, problem):
    before = states(world)

    response = client_for("lead").post(PAGE, STATE | changes)

    assert (response.status_code, words(response, ".errors")) == (422, problem)
    assert states(world) == before


def test_change_page_asks_with_what_there_is(client_for):
    page = soup(client_for("lead").get(f"{PAGE}in-progress/", htmx=True))

    assert page.select_one("dialog[open] #state_name")["value"] == "In progress"
    assert page.select_one("dialog[open] #state_category option[selected]")["value"] == "progress"


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_change_keeps_the_slug(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(f"{PAGE}in-progress/", {"name": "Doing", "category": "progress"}, htmx=htmx)

    state = State.objects.get(project=world.bug, slug="in-progress")
    assert (state.name, state.hue, state.wip_limit) == ("Doing", None, None)
    assert answers_page(browser, response, htmx=htmx)


def test_change_refused_leaves_the_workflow_of_others_alone(world, client_for):
    browser = client_for("lead")
    browser.get(PAGE)

    response = browser.post(f"{PAGE}open/", {"name": "Never", "category": "open"})

    assert response.status_code == 422
    assert "Issues must be able to start somewhere." in words(response, "dialog .errors")
    assert workflow_of(Project.objects.get(pk=world.bug.pk)).by_slug("open").name == "Open"


@pytest.mark.parametrize(
    ("slug", "direction", "expected"),
    [
        ("in-progress", "up", ["in-progress", "open", "resolved", "closed"]),
        ("in-progress", "down", ["open", "resolved", "in-progress", "closed"]),
        ("open", "up", ["open", "in-progress", "resolved", "closed"]),
        ("closed", "down", ["open", "in-progress", "resolved", "closed"]),
    ],
)
def test_shift_moves_by_one_place(world, client_for, slug, direction, expected):
    response = client_for("lead").post(f"{PAGE}{slug}/shift/", {"direction": direction})

    assert response.headers["Location"] == PAGE
    assert states(world) == expected


def test_shift_by_htmx_answers_the_page(client_for):
    browser = client_for("lead")

    response = browser.post(f"{PAGE}open/shift/", {"direction": "down"}, htmx=True)

    assert fresh_equals_swap(browser, response, PAGE)


def test_shift_without_direction_is_refused(world, client_for):
    response = client_for("lead").post(f"{PAGE}open/shift/", {"direction": "sideways"})

    assert (response.status_code, words(response, ".refusal")) == (422, "Say whether it goes up or down.")


def step(world, here, there):
    ends = {"from_state": world.state("BUG", here), "to_state": world.state("BUG", there)}
    return Transition.objects.filter(**ends).values("roles", "needs_assignee", "needs_resolution", "own_only").first()


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_step_is_allowed(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(
        f"{PAGE}steps/closed/open/", {"roles": ["developer", "lead"], "needs_assignee": "on"}, htmx=htmx
    )

    expected = {"roles": ["developer", "lead"], "needs_assignee": True, "needs_resolution": False, "own_only": False}
    assert step(world, "closed", "open") == expected
    assert answers_page(browser, response, htmx=htmx)


def test_step_page_shows_what_it_needs(client_for):
    page = soup(client_for("lead").get(f"{PAGE}steps/in-progress/resolved/"))

    checked = {
        (box["name"], box["value"] if box["name"] == "roles" else "on") for box in page.select("dialog [checked]")
    }
    assert checked == {
        ("roles", "developer"),
        ("roles", "lead"),
        ("needs_assignee", "on"),
        ("needs_resolution", "on"),
        ("own_only", "on"),
    }


@pytest.mark.parametrize("roles", [[], ["viewer"], ["owner"]])
def test_step_refused_keeps_the_dialog_with_all_its_buttons(world, client_for, roles):
    before = step(world, "open", "in-progress")

    response = client_for("lead").post(f"{PAGE}steps/open/in-progress/", {"roles": roles}, htmx=True)

    assert response.status_code == 422
    assert words(response, "dialog .errors")
    assert "Forbid the step" in words(response, "dialog .actions")
    assert step(world, "open", "in-progress") == before


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_step_is_forbidden(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(f"{PAGE}steps/open/in-progress/remove/", htmx=htmx)

    assert step(world, "open", "in-progress") is None
    assert answers_page(browser, response, htmx=htmx)


def test_step_forbidden_twice_stays_forbidden(client_for):
    assert client_for("lead").post(f"{PAGE}steps/open/closed/remove/").headers["Location"] == PAGE


@pytest.mark.parametrize(
    "path",
    ["nowhere/", "steps/open/nowhere/", "steps/open/open/", "nowhere/remove/", "to-do/"],
)
def test_what_there_is_not_is_404(client_for, path):
    assert client_for("lead").get(PAGE + path).status_code == 404


def test_remove_asks_where_the_issues_go(client_for):
    page = client_for("lead").get(f"{PAGE}in-progress/remove/")

    assert "3 issues are in it." in words(page, ".zone")
    assert [option["value"] for option in soup(page).select("select[name=to] option")] == ["open", "resolved", "closed"]


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_remove_moves_the_issues(world, client_for, htmx):
    response = client_for("lead").post(f"{PAGE}in-progress/remove/", {"to": "open"}, htmx=htmx)

    assert response.headers["HX-Redirect" if htmx else "Location"] == PAGE
    assert "in-progress" not in states(world)
    moved = Issue.objects.filter(project=world.bug, number__in=[2, 6, 8])
    assert {issue.state_id for issue in moved} == {world.state("BUG", "open").pk}


@pytest.mark.parametrize("to", ["", "nowhere", "in-progress", "to-do"])
def test_remove_refuses_a_target_that_there_is_not(world, client_for, to):
    response = client_for("lead").post(f"{PAGE}in-progress/remove/", {"to": to})

    assert response.status_code == 422
    assert words(response, ".errors")
    assert "in-progress" in states(world)


def test_remove_of_the_only_start_is_refused(world, client_for):
    response = client_for("lead").post(f"{PAGE}open/remove/", {"to": "closed"})

    assert response.status_code == 422
    assert "Issues must be able to start somewhere." in words(response, ".refusal")
    assert "open" in states(world)


def test_remove_of_an_empty_state_asks_nothing(world, client_for):
    create_state(actor=world.lead, project=world.bug, values={"name": "Review", "category": "progress"})
    browser = client_for("lead")

    page = browser.get(f"{PAGE}review/remove/")
    browser.post(f"{PAGE}review/remove/")

    assert "No issue is in it." in words(page, ".zone")
    assert not soup(page).select("select[name=to]")
    assert "review" not in states(world)


def test_page_takes_equal_queries(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    def add():
        create_state(actor=world.lead, project=world.bug, values={"name": canary(), "category": "progress"})
        # The process reads a changed workflow once.
        browser.get(PAGE)

    assert_equal_queries(lambda: browser.get(PAGE), add)
