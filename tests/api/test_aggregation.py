"""How many issues there are, over the API."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import clock
from issues.services.moving import move_issue
from projects.services.labels import create_label
from tests.api.calling import data, error, everyone, script_of, statuses
from tests.factories import IssueFactory

pytestmark = pytest.mark.django_db
COUNT = "/projects/BUG/aggregate"


def counts(response):
    return {line["value"]: line["count"] for line in data(response)}


def test_counting_is_for_those_who_may_read(world):
    found = [
        statuses(world, lambda script, key=key: script.get(f"/projects/{key}/aggregate?by=state"))
        for key in ("BUG", "OPEN")
    ]

    assert found == [everyone(404, viewer=200, developer=200, lead=200, administrator=200), everyone(200)]


def test_issues_are_counted_by_each_thing(world):
    script, other = script_of(world, "viewer"), create_label(actor=world.lead, project=world.bug, name="other", hue=1)
    label = world.label("BUG")
    IssueFactory(project=world.bug, actor=world.lead, label_ids=[label.pk, other.pk], priority=1)
    IssueFactory(project=world.bug, actor=world.lead)

    found = {by: counts(script.get(f"{COUNT}?by={by}")) for by in ("state", "assignee", "label", "priority")}

    assert found == {
        "state": {"open": 4, "in-progress": 3, "resolved": 1, "closed": 1},
        "assignee": {
            world.developer.username: 4, "none": 3, world.lead.username: 1, world.removed.username: 1
        },
        "label": {label.name: 8, "other": 1, "": 1},
        "priority": {"urgent": 0, "high": 7, "medium": 0, "low": 1, "none": 1},
    }  # fmt: skip


def test_values_are_words_of_the_filter(world):
    script = script_of(world, "viewer")

    for by in ("state", "assignee", "label", "priority"):
        lines = data(script.get(f"{COUNT}?by={by}"))
        for line in lines:
            if line["value"] == world.removed.username:
                continue
            listed = data(script.get(f"/projects/BUG/issues?{by}={line['value']}"))["items"]
            assert len(listed) == line["count"]


def test_weeks_tell_what_came_and_what_was_closed(world):
    with clock.at(datetime(2024, 12, 30, 12, tzinfo=UTC)):
        issue = IssueFactory(project=world.team, actor=world.lead)
    for day, slug in ((8, "done"), (9, "in-progress"), (20, "done")):
        with clock.at(datetime(2025, 1, day, 12, tzinfo=UTC)):
            move_issue(actor=world.lead, issue=issue, to=world.state("TEAM", slug))

    lines = data(script_of(world, "viewer").get("/projects/TEAM/aggregate?by=week"))

    assert [(line["value"], line["count"], line["closed"]) for line in lines] == [
        ("2025-W01", 1, 0),
        ("2025-W04", 0, 1),
        ("2025-W10", 3, 1),
    ]


@pytest.mark.parametrize("by", ["state", "assignee", "label", "priority", "week"])
def test_filters_narrow_the_counts(world, by):
    lines = data(script_of(world, "developer").get(f"{COUNT}?by={by}&assignee=me&state=open&q=Now"))

    assert sum(line["count"] for line in lines) == 1


@pytest.mark.parametrize(
    "query", ["", "by=password", "by=assignee__password", "by=state&x=y", "by=state&state=nowhere", "by="]
)
def test_nothing_but_the_known_words_can_be_asked(world, query):
    assert error(script_of(world, "viewer").get(f"{COUNT}?{query}"), 422)["fields"]


@pytest.mark.parametrize("by", ["state", "assignee", "label", "priority", "week"])
def test_counting_is_one_statement_for_many(world, assert_equal_queries, by):
    script = script_of(world, "viewer")

    assert_equal_queries(
        lambda: script.get(f"{COUNT}?by={by}"), lambda: IssueFactory(project=world.bug, actor=world.lead)
    )
    with CaptureQueriesContext(connection) as seen:
        script.get(f"{COUNT}?by={by}")
    assert len(seen.captured_queries) == 3
