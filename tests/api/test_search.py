"""Search over the API."""

import pytest

from issues.queries import SEARCH_PAGE
from tests.api.calling import PERSONAS, Script, data, error, script_of
from tests.factories import IssueFactory

pytestmark = pytest.mark.django_db


def found(response):
    return {hit["project"] for hit in data(response)["items"]}


def test_each_finds_what_they_may_read(world):
    told = {name: found(script_of(world, name).get("/search?q=now")) for name in PERSONAS if name != "deactivated"}

    public, logged_in = {"OPEN"}, {"OPEN", "INNER"}
    member = {"OPEN", "INNER", "BUG", "TEAM"}
    assert told == {
        "anonymous": public,
        "stranger": logged_in,
        "removed": logged_in,
        "viewer": member,
        "developer": member,
        "lead": member,
        "administrator": member | {"QZFAR"},
    }


def test_token_finds_in_its_projects_only(world):
    assert found(Script(world.lead, projects=[world.team.pk]).get("/search?q=now")) == {"TEAM"}


def test_key_names_an_issue(world):
    script = script_of(world, "viewer")

    assert [data(script.get(f"/search?q={words}"))["named"] for words in ("bug-3", "BUG 3", "qzfar-1", "bug-7")] == [
        "BUG-3",
        "BUG-3",
        None,
        None,
    ]


def test_hit_has_no_markup(world):
    IssueFactory(
        project=world.bug, actor=world.lead, title="<b>zyzzyva</b> & co", description="say zyzzyva <i>once</i>"
    )

    hit = data(script_of(world, "viewer").get("/search?q=zyzzyva"))["items"][0]

    assert (hit["title"], hit["excerpt"]) == ("<b>zyzzyva</b> & co", "say zyzzyva <i>once</i>")
    assert (hit["key"], hit["state"], hit["url"]) == ("BUG-9", "open", "/BUG-9/")


def test_search_goes_on_page_by_page(world):
    for _number in range(SEARCH_PAGE + 3):
        IssueFactory(project=world.bug, actor=world.lead, title="zyzzyva")
    script = script_of(world, "viewer")

    first = data(script.get("/search?q=zyzzyva"))
    second = data(script.get(f"/search?q=zyzzyva&cursor={first['next']}"))

    assert (len(first["items"]), len(second["items"]), second["next"]) == (SEARCH_PAGE, 3, None)
    assert not {hit["key"] for hit in first["items"]} & {hit["key"] for hit in second["items"]}


@pytest.mark.parametrize(
    "query", ["", "q=", "q=x&sort=password", "q=x&cursor=y", "q=x&project__key=BUG", f"q={'x' * 201}"]
)
def test_wrong_search_is_refused(world, query):
    assert error(script_of(world, "viewer").get(f"/search?{query}"), 422)["fields"]


def test_search_costs_the_same_for_many(world, assert_equal_queries):
    script = script_of(world, "viewer")
    IssueFactory(project=world.bug, actor=world.lead)

    assert_equal_queries(
        lambda: script.get("/search?q=Issue"), lambda: IssueFactory(project=world.bug, actor=world.lead)
    )


def test_search_has_a_limit(world):
    script = script_of(world, "viewer")

    statuses = [script.get("/search?q=nothing").status_code for _turn in range(31)]

    assert (statuses.count(200), statuses[-1]) == (30, 429)
