"""The workflow of a project over the API."""

import pytest

from issues.models import Issue
from projects.models import State, Transition
from tests.api.calling import data, error, everyone, script_of
from tests.api.judging import done, page_verdicts, verdicts

pytestmark = pytest.mark.django_db
BASE = "/projects/BUG/workflow"
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
LEADS = everyone(404, lead=200, administrator=200, developer=403, viewer=403, anonymous=401)
# Each write, and the form of the page that does the same.
WRITES = [
    ("POST", f"{BASE}/states", {"name": "New", "category": "open"}, "workflow/", {"name": "New", "category": "open"}),
    (
        "PATCH", f"{BASE}/states/closed", {"name": "Over"},
        "workflow/closed/", {"name": "Over", "category": "closed"},
    ),
    (
        "PUT", f"{BASE}/order", {"states": ["in-progress", "open", "resolved", "closed"]},
        "workflow/open/shift/", {"direction": "down"},
    ),
    (
        "PUT", f"{BASE}/transitions/open/closed", {"roles": ["lead"]},
        "workflow/steps/open/closed/", {"roles": ["lead"]},
    ),
    ("DELETE", f"{BASE}/transitions/open/in-progress", None, "workflow/steps/open/in-progress/remove/", {}),
    ("DELETE", f"{BASE}/states/closed?to=resolved", None, "workflow/closed/remove/", {"to": "resolved"}),
]  # fmt: skip


@pytest.mark.parametrize("key", ["BUG", "INNER", "QZFAR"])
def test_reading_has_the_verdicts_of_the_page(world, client_for, key):
    said = verdicts(world, lambda script: script.get(f"/projects/{key}/workflow"))
    shown = page_verdicts(client_for, lambda browser: browser.get(f"/{key}/settings/workflow/"))

    others = {"BUG": everyone(404, **MEMBERS), "INNER": everyone(200), "QZFAR": everyone(404, administrator=200)}[key]
    assert said == shown == others | {"anonymous": 401}


@pytest.mark.parametrize(("method", "path", "body", "page", "form"), WRITES)
def test_writing_has_the_verdicts_of_the_page(world, client_for, method, path, body, page, form):
    said = verdicts(world, lambda script: script.send(method, path, body))
    shown = page_verdicts(client_for, lambda browser: browser.post(f"/BUG/settings/{page}", form))

    assert done(said) == shown == LEADS


def test_workflow_tells_states_steps_and_guards(world):
    found = data(script_of(world, "viewer").get(BASE))

    assert [state["slug"] for state in found["states"]] == ["open", "in-progress", "resolved", "closed"]
    assert [state["category"] for state in found["states"]] == ["open", "progress", "resolved", "closed"]
    assert found["transitions"] == [
        {
            "from_state": here,
            "to_state": there,
            "roles": roles,
            "needs_assignee": True,
            "needs_resolution": note,
            "own_only": own,
        }
        for here, there, roles, note, own in (
            ("open", "in-progress", ["developer", "lead"], False, False),
            ("in-progress", "resolved", ["developer", "lead"], True, True),
            ("resolved", "closed", ["lead"], True, False),
        )
    ]
    assert found["developers_move_own"] is False


def test_state_is_made_changed_and_put_into_order(world):
    script = script_of(world, "lead")

    made = data(script.post(f"{BASE}/states", {"name": "In review", "category": "progress", "wip_limit": 3}), 201)
    changed = data(script.patch(f"{BASE}/states/in-review", {"wip_is_hard": True, "hue": 2}))
    order = ["open", "in-progress", "in-review", "resolved", "closed"]
    found = data(script.put(f"{BASE}/order", {"states": order}))

    assert (made["slug"], made["hue"], made["wip_is_hard"]) == ("in-review", None, False)
    assert changed == made | {"wip_is_hard": True, "hue": 2}
    assert [state["slug"] for state in found["states"]] == order


@pytest.mark.parametrize("states", [[], ["open"], ["open", "open", "resolved", "closed"], ["to-do"] * 4])
def test_order_names_each_state_once(world, states):
    assert error(script_of(world, "lead").put(f"{BASE}/order", {"states": states}), 422)["code"] == "order"


def test_limit_is_taken_away_by_null(world):
    script = script_of(world, "lead")
    data(script.patch(f"{BASE}/states/open", {"wip_limit": 4}))

    assert data(script.patch(f"{BASE}/states/open", {"wip_limit": None}))["wip_limit"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "Closed"}, "state_exists"),
        ({"is_initial": False}, "start"),
        ({"category": "done"}, "invalid"),
        ({"wip_limit": 0}, "invalid"),
        ({"wip_limit": 1000}, "invalid"),
        ({"name": None}, "invalid"),
        ({"slug": "begun"}, "invalid"),
        ({"position": 1}, "invalid"),
    ],
)
def test_state_is_refused_as_by_the_form(world, body, code):
    before = State.objects.filter(pk=world.state("BUG", "open").pk).values().get()

    assert error(script_of(world, "lead").patch(f"{BASE}/states/open", body), 422)["code"] == code
    assert State.objects.filter(pk=world.state("BUG", "open").pk).values().get() == before


def test_step_is_allowed_changed_and_forbidden(world):
    script, path = script_of(world, "lead"), f"{BASE}/transitions/open/closed"

    made = data(script.put(path, {"roles": ["lead", "lead"], "needs_resolution": True}))
    again = data(script.put(path, {"roles": ["developer"]}))
    data(script.delete(path))

    assert (made["roles"], made["needs_resolution"], made["needs_assignee"]) == (["lead"], True, False)
    assert (again["roles"], again["needs_resolution"]) == (["developer"], False)
    assert not Transition.objects.filter(from_state__slug="open", to_state__slug="closed", project=world.bug).exists()
    data(script.delete(path))


@pytest.mark.parametrize("roles", [[], ["viewer"], ["owner"], None])
def test_step_names_who_may_take_it(world, roles):
    error(script_of(world, "lead").put(f"{BASE}/transitions/open/closed", {"roles": roles}), 422)


def test_issues_of_a_removed_state_go_where_they_are_sent(world):
    script = script_of(world, "lead")
    count = Issue.objects.filter(project=world.bug, state__slug="in-progress").count()

    load = data(script.get(f"{BASE}/states/in-progress/issues"))
    refused = error(script.delete(f"{BASE}/states/in-progress"), 422)
    moved = data(script.delete(f"{BASE}/states/in-progress?to=open"))

    assert refused["code"] == "target"
    assert (sum(load.values()), moved) == (count, {"issues": count})
    assert not Issue.objects.filter(project=world.bug, state__slug="in-progress").exists()


@pytest.mark.parametrize("to", ["in-progress", "to-do", "no-such-state"])
def test_issues_go_to_another_state_of_the_same_project(world, to):
    error(script_of(world, "lead").delete(f"{BASE}/states/in-progress?to={to}"), 422)

    assert State.objects.get(pk=world.state("BUG", "in-progress").pk).removed_at is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "states/{}", {"name": "New"}),
        ("DELETE", "states/{}?to=open", None),
        ("GET", "states/{}/issues", None),
        ("PUT", "transitions/open/{}", {"roles": ["lead"]}),
        ("PUT", "transitions/{}/open", {"roles": ["lead"]}),
        ("DELETE", "transitions/open/{}", None),
    ],
)
def test_state_of_another_project_is_not_there(world, method, path, body):
    script = script_of(world, "lead")

    for slug in ("to-do", "done", "no-such-state"):
        error(script.send(method, f"{BASE}/{path.format(slug)}", body), 404)
