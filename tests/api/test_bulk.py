"""Changing many issues over the API: all or none, whatever stands in the way."""

import pytest

from projects.services.labels import create_label
from tests.api.calling import data, error, everyone, script_of, statuses
from tests.factories import IssueFactory
from tests.issues.records import again, fingerprint
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db
BULK = "/projects/BUG/issues/bulk"


def rows(world, *numbers):
    return [again(world.issue(f"BUG-{number}")) for number in numbers]


def test_bulk_is_for_developers_and_leads(world):
    sent = {"issues": ["BUG-1", "BUG-2"], "priority": "low"}
    may = {"developer": 200, "lead": 200, "administrator": 200}

    found = statuses(world, lambda script: script.post(BULK, sent))

    assert found == everyone(404, anonymous=401, viewer=403, **may)
    public = statuses(
        world, lambda script: script.post("/projects/OPEN/issues/bulk", {"issues": ["OPEN-1"], "priority": "low"})
    )
    assert public == everyone(403, anonymous=401, **may)


def test_bulk_changes_all_and_tells_which(world):
    create_label(actor=world.lead, project=world.bug, name="late", hue=1)
    sent = {
        "issues": ["BUG-2", "BUG-6", "BUG-2"], "priority": "urgent", "assignee": "me", "add_label": "late",
        "remove_label": world.label("BUG").name, "state": "resolved", "resolution": "Done together.",
    }  # fmt: skip

    told = data(script_of(world, "developer").post(BULK, sent))

    assert told == {"changed": ["BUG-2", "BUG-6"]}
    for row in rows(world, 2, 6):
        assert (row.priority, row.assignee, row.state.slug, len(row.label_ids)) == (4, world.developer, "resolved", 1)
    assert data(script_of(world, "developer").post(BULK, sent)) == {"changed": []}


def test_guard_in_the_way_of_one_changes_none_and_each_is_told(world, client_for):
    sent = {"number": [1, 4, 5], "state": "in-progress"}
    page = client_for("developer").post("/BUG/issues/bulk/", sent, htmx=True)
    before = fingerprint()

    told = error(
        script_of(world, "developer").post(BULK, {"issues": ["BUG-1", "BUG-4", "BUG-5"], "state": "in-progress"}), 422
    )

    assert told["code"] == "bulk"
    assert [(each["key"], each["needs"]) for each in told["details"]["issues"]] == [
        ("BUG-1", "assignee"),
        ("BUG-4", ""),
    ]
    assert all(each["message"] in soup(page).get_text() for each in told["details"]["issues"])
    assert fingerprint() == before


@pytest.mark.parametrize("foreign", ["QZFAR-1", "TEAM-1", "OPEN-1", "BUG-7", "BUG-999", "NOSUCH-1", "GONE-1"])
def test_one_foreign_issue_is_like_none_at_all(world, foreign):
    sent = [f"BUG-{number}" for number in (1, 2, 3, 4, 5, 6, 8)] + [foreign]
    before, script = fingerprint(), script_of(world, "lead")

    response = script.post(BULK, {"issues": sent, "priority": "low"})

    assert response.status_code == 404
    assert response.content == script.post(BULK, {"issues": [*sent[:-1], "BUG-123456"], "priority": "low"}).content
    assert fingerprint() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"issues": []}, {"issues": ["BUG-1"]}, {"issues": ["BUG-1"], "priority": "9"},
        {"issues": [1], "priority": "low"},
        {"issues": ["BUG-1"], "state": "nowhere"}, {"issues": ["BUG-1"], "assignee": "nobody"},
        {"issues": ["BUG-1"], "add_label": "gone"}, {"issues": ["BUG-1"], "title": "x"}, {"issues": ["BUG-1"], "id": 1},
        {"issues": ["BUG-1"], "deleted_at": None}, {"issues": ["bug-1"], "priority": "low"},
        {"issues": [f"BUG-{number}" for number in range(1, 502)], "priority": "low"},
    ],
)  # fmt: skip
def test_wrong_bulk_is_refused(world, wrong):
    before = fingerprint()

    assert error(script_of(world, "lead").post(BULK, wrong), 422)["message"]
    assert fingerprint() == before


def test_bulk_costs_the_same_for_many(world, assert_equal_queries):
    issues = [IssueFactory(project=world.bug, actor=world.lead) for _number in range(2)]
    script, turn = script_of(world, "lead"), iter(range(100))

    def change():
        priority = ("low", "high")[next(turn) % 2]
        data(script.post(BULK, {"issues": [issue.key for issue in issues], "priority": priority}))

    assert_equal_queries(change, lambda: issues.append(IssueFactory(project=world.bug, actor=world.lead)))
