"""Moving issues over the API: the guards' verdicts, word for word those of the board."""

import pytest

from issues.models import Issue
from projects.services.workflow import change_state
from tests.api.calling import data, error, everyone, script_of, statuses
from tests.factories import IssueFactory
from tests.issues.records import again, fingerprint
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db
BUG = "/projects/BUG/issues"


def test_moving_is_for_those_whom_the_workflow_lets(world):
    def move(script):
        return script.post(f"{BUG}/5/move", {"to": "open", "foot": True})

    movers = {"developer": 200, "lead": 200, "administrator": 200}
    assert statuses(world, move) == everyone(404, anonymous=401, viewer=403, **movers)
    far = statuses(world, lambda script: script.post("/projects/QZFAR/issues/1/move", {"to": "open"}))
    assert far == everyone(404, anonymous=401, administrator=200)
    public = statuses(world, lambda script: script.post("/projects/OPEN/issues/1/move", {"to": "done"}))
    assert public == everyone(403, anonymous=401, **movers)


@pytest.mark.parametrize(
    ("persona", "number", "to", "status", "code", "needs"),
    [
        ("developer", 1, "in-progress", 422, "needs_assignee", "assignee"),
        ("developer", 1, "closed", 422, "no_transition", ""),
        ("developer", 2, "resolved", 422, "needs_resolution", "resolution"),
        ("developer", 3, "closed", 422, "role", ""),
        ("viewer", 5, "in-progress", 403, "permission", ""),
    ],
)
def test_refusal_is_the_guards_and_says_what_the_board_says(
    world, client_for, persona, number, to, status, code, needs
):
    Issue.objects.filter(pk=world.issue("BUG-2").pk).update(resolution="")
    browser = client_for(persona)
    board = browser.post(f"/BUG-{number}/move/", {"to": to, "view": "board"}, htmx=True)
    menu = soup(browser.get(f"/BUG-{number}/moves/")).get_text()
    before = fingerprint()

    told = error(script_of(world, persona).post(f"{BUG}/{number}/move", {"to": to}), status)

    assert (board.status_code, told["code"], told["details"]) == (status, code, {"needs": needs, "to": to})
    assert told["message"] in menu
    assert fingerprint() == before


def test_full_column_is_refused_with_its_sentence(world, client_for):
    state = world.state("BUG", "in-progress")
    change_state(actor=world.lead, state=state, changes={"wip_limit": 3, "wip_is_hard": True})
    board = client_for("lead").post("/BUG-5/move/", {"to": "in-progress"}, htmx=True)

    told = error(script_of(world, "lead").post(f"{BUG}/5/move", {"to": "in-progress"}), 422)

    assert told["code"] == "wip_limit"
    assert told["message"] in soup(board).get_text()
    assert world.lead.name in told["hint"]


def test_what_the_step_needs_may_come_with_the_move(world):
    script = script_of(world, "developer")

    started = data(script.post(f"{BUG}/1/move", {"to": "in-progress", "assignee": "me"}))
    done = data(script.post(f"{BUG}/1/move", {"to": "resolved", "resolution": "Tightened the screw."}))

    assert (started["state"], started["assignee"]["username"]) == ("in-progress", world.developer.username)
    assert (done["state"], done["resolution"], done["version"]) == (
        "resolved", "Tightened the screw.", started["version"] + 1
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ({}, [5, 2, 6, 8]),
        ({"foot": True}, [2, 6, 8, 5]),
        ({"after": 2}, [2, 5, 6, 8]),
        ({"before": 8}, [2, 6, 5, 8]),
        ({"after": 4}, [5, 2, 6, 8]),
    ],
)
def test_issue_comes_to_its_place(world, place, order):
    for number in (8, 6, 2):
        data(script_of(world, "lead").post(f"{BUG}/{number}/move", {"to": "in-progress", "before": 1}))
        data(script_of(world, "lead").post(f"{BUG}/{number}/move", {"to": "in-progress", "foot": number != 8}))
    for number in (2, 6, 8):
        data(script_of(world, "lead").post(f"{BUG}/{number}/move", {"to": "in-progress", "foot": True}))

    data(script_of(world, "developer").post(f"{BUG}/5/move", {"to": "in-progress", **place}))

    listed = data(script_of(world, "viewer").get(f"{BUG}?state=in-progress&sort=state"))["items"]
    assert [issue["number"] for issue in listed] == order


def test_issue_that_went_elsewhere_meanwhile_is_a_conflict(world):
    before = fingerprint()

    told = error(script_of(world, "developer").post(f"{BUG}/2/move", {"to": "resolved", "seen": "open"}), 409)

    assert told["code"] == "moved_meanwhile"
    assert fingerprint() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"to": "nowhere"}, {"to": "open", "after": 0}, {"to": "open", "after": "x"}, {"to": "open", "seen": "gone"},
        {"to": "in-progress", "assignee": "nobody"}, {"to": "open", "state": "open"}, {"to": "open", "rank": "a"},
        {"to": "resolved", "resolution": "x" * 4001},
    ],
)  # fmt: skip
def test_wrong_move_is_refused(world, wrong):
    before = fingerprint()

    assert error(script_of(world, "lead").post(f"{BUG}/2/move", wrong), 422)["fields"]
    assert fingerprint() == before


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_moves_are_told_as_the_board_explains_them(world, client_for, persona, number):
    page = soup(client_for(persona).get(f"/BUG-{number}/moves/")).get_text()

    moves = data(script_of(world, persona).get(f"{BUG}/{number}/moves"))

    assert [move["state"] for move in moves] == ["open", "in-progress", "resolved", "closed"]
    for move in moves:
        assert move["is_allowed"] == (move["code"] == "") == (move["message"] == "")
        assert move["is_current"] or move["message"] in page


def test_moves_and_moving_agree(world):
    for number in range(1, 7):
        for move in data(script_of(world, "developer").get(f"{BUG}/{number}/moves")):
            IssueFactory(project=world.bug)
            if move["is_allowed"]:
                continue
            told = script_of(world, "developer").post(f"{BUG}/{number}/move", {"to": move["state"]}).json()["error"]
            assert (told["code"], told["message"]) == (move["code"], move["message"])


def test_moves_cost_the_same_for_many(world, assert_equal_queries):
    script = script_of(world, "developer")

    assert_equal_queries(lambda: script.get(f"{BUG}/1/moves"), lambda: IssueFactory(project=world.bug))
    assert again(world.issue("BUG-1")).state.slug == "open"
