"""Saved filters over the API: one's own only, of words that are understood."""

import pytest

from issues.models import SavedFilter
from issues.services import filters as service
from issues.services.filters import save_filter
from projects.services.members import remove_member
from tests.api.calling import Script, data, error, everyone, script_of, statuses

pytestmark = pytest.mark.django_db


def saved(world, person="viewer", project="bug", name="Mine", query="assignee=me"):
    place = getattr(world, project) if project else None
    return save_filter(actor=world.person(person), project=place, name=name, query=query)


def test_everyone_keeps_their_own(world):
    path = "/filters"

    made = statuses(world, lambda script: script.post(path, {"name": "Urgent", "query": "priority=urgent"}))
    listed = statuses(world, lambda script: script.get(path))

    assert made == everyone(201, anonymous=401)
    assert listed == everyone(200, anonymous=401)
    assert SavedFilter.objects.filter(name="Urgent").values("person").distinct().count() == 6


def test_filter_is_kept_as_the_board_writes_it(world):
    sent = {"name": " My  bugs ", "project": "BUG", "query": "?type=BUG&assignee=me&sort=-updated&q=%20bank%20"}

    told = data(script_of(world, "developer").post("/filters", sent), 201)

    assert told | {"id": 0} == {"id": 0, "name": "My bugs", "project": "BUG", "query": "assignee=me&type=bug&q=bank"}
    assert data(script_of(world, "developer").get("/filters")) == [told]


@pytest.mark.parametrize(
    "query",
    ["", "state=nowhere", "label=gone", "assignee=nobody", "due=ever", "sort=author__password", "page=2", "x=y"],
)
def test_filter_of_words_that_are_not_known_is_refused(world, query):
    sent = {"name": "Wrong", "project": "BUG", "query": query}

    assert error(script_of(world, "developer").post("/filters", sent), 422)["message"]
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("query", ["state=open", "label=x", "assignee=lead"])
def test_filter_for_all_projects_has_words_of_all_projects(world, query):
    assert error(script_of(world, "developer").post("/filters", {"name": "All", "query": query}), 422)["fields"]
    assert (
        data(script_of(world, "developer").post("/filters", {"name": "All", "query": "assignee=me"}), 201)["project"]
        is None
    )


@pytest.mark.parametrize("field", ["person", "id", "created_at", "person_id", "project_id"])
def test_nothing_else_can_be_set(world, field):
    mine = saved(world)
    script = script_of(world, "viewer")

    assert error(script.post("/filters", {"name": "x", "query": "due=week", field: 1}), 422)["fields"]
    assert error(script.patch(f"/filters/{mine.pk}", {"name": "x", field: 1}), 422)["fields"]
    assert SavedFilter.objects.get() == mine
    assert SavedFilter.objects.get().name == "Mine"


def test_filter_for_a_project_that_one_may_not_read_is_not_found(world):
    script = script_of(world, "stranger")

    found = [script.post("/filters", {"name": "x", "project": key, "query": "due=week"}) for key in ("BUG", "NOSUCH")]

    assert [response.status_code for response in found] == [404, 404]
    assert found[0].content == found[1].content


def test_filters_of_others_are_not_there(world):
    theirs = saved(world)
    path = f"/filters/{theirs.pk}"

    changed = statuses(world, lambda script: script.patch(path, {"name": "Stolen"}))

    assert changed == everyone(404, anonymous=401, viewer=200)
    assert error(script_of(world, "lead").delete(path), 404)["code"] == "not_found"
    assert data(script_of(world, "lead").get("/filters")) == []
    assert data(script_of(world, "viewer").delete(path)) == {"done": True}
    assert script_of(world, "viewer").delete(path).status_code == 404


def test_filter_is_renamed_and_changed(world):
    mine = saved(world)
    saved(world, name="Other")
    script = script_of(world, "viewer")

    told = data(script.patch(f"/filters/{mine.pk}", {"query": "state=open"}))

    assert (told["name"], told["query"]) == ("Mine", "state=open")
    assert error(script.patch(f"/filters/{mine.pk}", {"name": "Other"}), 409)["code"] == "conflict"
    assert error(script.post("/filters", {"name": "Other", "project": "BUG", "query": "due=week"}), 409)["message"]
    assert data(script.post("/filters", {"name": "Other", "query": "due=week"}), 201)["project"] is None


def test_filters_serve_in_their_project_or_in_all(world):
    saved(world, name="B")
    saved(world, name="A", project="team")
    saved(world, name="C", project=None)
    script = script_of(world, "viewer")

    assert [each["name"] for each in data(script.get("/filters?project=BUG"))] == ["B", "C"]
    assert [each["name"] for each in data(script.get("/filters"))] == ["A", "B", "C"]
    assert [each["name"] for each in data(Script(world.viewer, projects=[world.bug.pk]).get("/filters"))] == ["B", "C"]
    remove_member(actor=world.lead, project=world.bug, person=world.viewer)
    assert [each["name"] for each in data(script.get("/filters"))] == ["A", "C"]
    assert script.get("/filters?project=BUG").status_code == 404


def test_there_is_a_most(world, monkeypatch):
    monkeypatch.setattr(service, "MOST", 2)
    for name in "AB":
        saved(world, name=name)

    told = error(script_of(world, "viewer").post("/filters", {"name": "C", "query": "due=week"}), 422)

    assert told["code"] == "too_many_filters"


def test_list_costs_the_same_for_many(world, assert_equal_queries):
    names, script = iter("ABCDEF"), script_of(world, "viewer")

    assert_equal_queries(lambda: script.get("/filters"), lambda: saved(world, name=next(names)))
