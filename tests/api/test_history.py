"""What was done to an issue, over the API, and watching it."""

import pytest

from issues.services.editing import edit_issue
from notifications.models import Watch
from tests.api.calling import data, error, everyone, script_of, statuses
from tests.chat.talking import say

pytestmark = pytest.mark.django_db
ISSUE = "/projects/BUG/issues/3"


def test_history_tells_each_step_in_pages(world):
    script = script_of(world, "viewer")

    whole = data(script.get(f"{ISSUE}/history"))["items"]
    first = data(script.get(f"{ISSUE}/history?limit=3"))
    rest = data(script.get(f"{ISSUE}/history?limit=3&cursor={first['next']}"))

    assert [step["kind"] for step in whole] == ["issue.moved", "issue.moved", "issue.changed", "issue.created"]
    assert whole[0]["changes"] == {"state": {"from": "In progress", "to": "Resolved"}}
    assert whole[0]["actor"]["username"] == world.lead.username
    assert whole[2]["changes"]["title"]["to"] == world.issue("BUG-3").title
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None


def test_history_has_no_messages(world):
    issue, script = world.issue("BUG-3"), script_of(world, "viewer")
    before = data(script.get(f"{ISSUE}/history"))

    say(world.lead, issue)

    assert data(script.get(f"{ISSUE}/history")) == before


def test_history_costs_the_same_for_many(world, assert_equal_queries):
    issue, script, points = world.issue("BUG-3"), script_of(world, "viewer"), iter(range(1, 9))

    assert_equal_queries(
        lambda: script.get(f"{ISSUE}/history"),
        lambda: edit_issue(actor=world.lead, issue=issue, changes={"estimate": next(points)}),
    )


def test_change_of_the_description_is_told(world):
    script = script_of(world, "viewer")
    seq = data(script.get(f"{ISSUE}/history"))["items"][2]["seq"]

    told = data(script.get(f"{ISSUE}/history/{seq}"))

    new = "".join(piece["text"] for piece in told["pieces"] if piece["kind"] != "gone")
    assert new == world.issue("BUG-3").description
    assert error(script.get(f"{ISSUE}/history/{seq + 1}"), 404)["code"] == "not_found"
    assert script.get(f"/projects/BUG/issues/1/history/{seq}").status_code == 404
    assert script.get(f"{ISSUE}/history/{'9' * 25}").status_code == 404


def test_watching_is_for_everyone_who_may_read(world):
    may = dict.fromkeys(("viewer", "developer", "lead", "administrator"), 200)

    assert statuses(world, lambda script: script.put(f"{ISSUE}/watch", {"watch": "muted"})) == everyone(
        404, anonymous=401, **may
    )
    public = statuses(world, lambda script: script.put("/projects/OPEN/issues/1/watch", {"watch": "watching"}))
    assert public == everyone(200, anonymous=401)


def test_watching_muting_and_leaving(world):
    script, issue = script_of(world, "viewer"), world.issue("BUG-3")

    found = [data(script.put(f"{ISSUE}/watch", {"watch": word}))["mine"] for word in ("watching", "muted", "none")]

    assert found == ["watching", "muted", "none"]
    assert not Watch.objects.filter(person=world.viewer, issue=issue).exists()
    assert error(script.put(f"{ISSUE}/watch", {"watch": "all"}), 422)["fields"]
    assert error(script.put(f"{ISSUE}/watch", {"watch": "muted", "person": 1}), 422)["fields"]


def test_names_of_watchers_are_for_members(world):
    path = "/projects/OPEN/issues/1/watchers"

    assert data(script_of(world, "viewer").get(path))["people"][0]["username"] == world.lead.username
    assert data(script_of(world, None).get(path)) == {"mine": "none", "people": [], "unnamed": 1}
