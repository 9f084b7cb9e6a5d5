"""What happened in a project over the API: the feed that a client follows, and the activity."""

import pytest

from issues.services.editing import edit_issue
from notifications.models import Event
from notifications.queries import head_of
from projects.activity import SENTENCES
from projects.api.events import FOR_MEMBERS
from projects.events import project_stream
from projects.services.labels import create_label
from tests.api.calling import data, error, everyone, script_of
from tests.api.judging import page_verdicts, verdicts
from tests.factories import canary

pytestmark = pytest.mark.django_db
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
FEED = "/projects/BUG/events"


def head(project):
    return head_of(project_stream(project.pk))


def edit(world, key="BUG-5"):
    return edit_issue(actor=world.lead, issue=world.issue(key), changes={"title": canary("Edited")})


@pytest.mark.parametrize(("path", "page"), [("events", "live"), ("activity", "activity")])
@pytest.mark.parametrize("key", ["BUG", "INNER", "OPEN", "QZFAR"])
def test_reading_has_the_verdicts_of_the_page(world, client_for, path, page, key):
    said = verdicts(world, lambda script: script.get(f"/projects/{key}/{path}"))
    shown = page_verdicts(client_for, lambda browser: browser.get(f"/{key}/{page}/"))

    assert said | {"deactivated": 0} == shown | {"deactivated": 0}
    known = {"BUG": everyone(404, **MEMBERS), "INNER": everyone(200, anonymous=404), "OPEN": everyone(200)}
    assert said == known.get(key, everyone(404, administrator=200))


def test_feed_tells_everything_once_and_in_order(world):
    script, found, after = script_of(world, "viewer"), [], 0
    more = True
    while more:
        answer = data(script.get(f"{FEED}?after={after}&limit=7"))
        found += answer["items"]
        after, more = answer["seq"], answer["more"]

    assert [event["seq"] for event in found] == list(range(1, head(world.bug) + 1))
    assert after == answer["last"] == head(world.bug)


def test_feed_goes_on_where_a_client_stood(world):
    before, script = head(world.bug), script_of(world, "viewer")
    edit(world)

    answer = data(script.get(f"{FEED}?after={before}"))
    nothing = data(script.get(f"{FEED}?after={answer['seq']}"))

    assert [(event["seq"], event["kind"], event["issue"]) for event in answer["items"]] == [
        (before + 1, "issue.changed", "BUG-5")
    ]
    assert answer["items"][0]["changes"] == {"title": Event.objects.latest("pk").data["changes"]["title"]}
    assert nothing == {"items": [], "seq": before + 1, "last": before + 1, "more": False}


def test_client_that_stands_beyond_the_end_is_told_where_it_is(world):
    assert data(script_of(world, "viewer").get(f"{FEED}?after={2**62}"))["seq"] == head(world.bug)


def test_feed_of_some_kinds_passes_over_the_others(world):
    script = script_of(world, "viewer")
    edit(world)
    create_label(actor=world.lead, project=world.bug, name="new", hue=1)

    labels = data(script.get(f"{FEED}?kinds=label.created,member."))

    assert {event["kind"] for event in labels["items"]} == {
        "label.created",
        *Event.objects.filter(stream__name=project_stream(world.bug.pk), kind__startswith="member.").values_list(
            "kind", flat=True
        ),
    }
    assert labels["seq"] == head(world.bug)


@pytest.mark.parametrize("kinds", ["nothing", "issue", "issue.moved,x", "__all__", "%25", "person."])
def test_kind_that_there_is_not_is_refused(world, kinds):
    assert list(error(script_of(world, "viewer").get(f"{FEED}?kinds={kinds}"), 422)["fields"]) == ["kinds"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=101", f"after={2**63}", "before=1"])
def test_feed_takes_nothing_else(world, query):
    error(script_of(world, "viewer").get(f"{FEED}?{query}"), 422)


@pytest.mark.parametrize("persona", ["anonymous", "stranger"])
def test_who_is_no_member_is_not_told_of_people_and_settings(world, persona):
    script = script_of(world, persona)
    create_label(actor=world.lead, project=world.open, name=canary("hidden"), hue=1)
    edit(world, "OPEN-1")

    feed = script.get("/projects/OPEN/events?limit=100")
    asked = script.get("/projects/OPEN/events?limit=100&kinds=member.,label.,issue.")
    activity = script.get("/projects/OPEN/activity?limit=100")
    members = script.get("/projects/OPEN/activity?group=members")

    families = {event["kind"].partition(".")[0] for event in data(feed)["items"]}
    assert families == {"issue", "message", "file"}
    assert {event["kind"].partition(".")[0] for event in data(asked)["items"]} == {"issue"}
    assert {event["kind"].partition(".")[0] for event in data(activity)["items"]} == {"issue", "file"}
    assert data(members)["items"] == []
    for answer in (feed, asked, activity):
        assert world.viewer.name not in answer.content.decode()


def test_no_event_tells_what_was_said(world):
    answer = script_of(world, "lead").get(f"{FEED}?limit=100&kinds=message.")

    assert {event["message"] for event in data(answer)["items"]} >= {world.message("BUG").pk, world.message("BUG-5").pk}
    assert world.message("BUG").body not in answer.content.decode()


def test_activity_is_the_pages_newest_first(world):
    script, found, cursor = script_of(world, "viewer"), [], ""
    while cursor is not None:
        answer = data(script.get(f"/projects/BUG/activity?limit=9{cursor}"))
        found += answer["items"]
        cursor = f"&cursor={answer['next']}" if answer["next"] else None

    numbers = [event["seq"] for event in found]
    assert numbers == sorted(set(numbers), reverse=True)
    assert "message" not in {event["kind"].partition(".")[0] for event in found}
    assert {event["kind"] for event in data(script.get("/projects/BUG/activity?group=members"))["items"]} == {
        kind for kind in {event["kind"] for event in found} if kind.startswith("member.")
    }


def test_every_kind_that_is_told_in_words_belongs_to_a_family(world):
    project_kinds = {kind for kind in SENTENCES if not kind.startswith(("team.", "person.", "instance.", "webhook."))}

    assert {kind for kind in project_kinds if not kind.startswith(FOR_MEMBERS)} == set()


@pytest.mark.parametrize("path", [f"{FEED}?limit=100", "/projects/BUG/activity?limit=100"])
def test_reading_costs_as_much_for_many(world, assert_equal_queries, path):
    script = script_of(world, "viewer")

    assert_equal_queries(lambda: data(script.get(path)), lambda: edit(world))
