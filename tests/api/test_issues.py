"""Issues over the API: lists, one, new ones, changes and the trash, for everyone and under the rules of the pages."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Scope
from config.api.pages import encode_cursor
from issues.api.shapes import FIELDS, IssueOut
from issues.filters import SORTS
from issues.models import Issue
from issues.services.editing import edit_issue
from issues.services.trash import delete_issue
from notifications.models import Event
from projects.services.labels import create_label
from tests.api.calling import Script, data, error, everyone, script_of, statuses
from tests.factories import IssueFactory
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db
BUG, OPEN, INNER, FAR = (f"/projects/{key}/issues" for key in ("BUG", "OPEN", "INNER", "QZFAR"))
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
WRITERS = {"developer": 201, "lead": 201, "administrator": 201}
# What no request may set, whatever it is called: the columns of the model that have rules of their own.
FORBIDDEN = (
    "id", "pk", "number", "project", "project_id", "reporter", "reporter_id", "state_id", "assignee_id", "rank", "role",
    "created_at", "updated_at", "deleted_at", "search", "label_ids", "kind", "is_staff", "version_", "history",
)  # fmt: skip


def keys(response):
    return [issue["key"] for issue in data(response)["items"]]


def body_of(issue):
    return {"version": issue.version, "title": "Called otherwise"}


@pytest.mark.parametrize("path", ["{}", "{}/1", "{}/1/moves", "{}/1/history", "{}/1/watchers", "{}/1/messages"])
def test_reading_is_for_those_who_may_read_the_project(world, path):
    found = {
        base: statuses(world, lambda script, base=base: script.get(path.format(base)))
        for base in (BUG, OPEN, INNER, FAR)
    }

    assert found == {
        BUG: everyone(404, **MEMBERS),
        OPEN: everyone(200),
        INNER: everyone(200, anonymous=404),
        FAR: everyone(404, administrator=200),
    }


def test_creating_is_for_developers_and_leads(world):
    found = {
        base: statuses(world, lambda script, base=base: script.post(base, {"title": "New"}))
        for base in (BUG, OPEN, FAR)
    }

    assert found == {
        BUG: everyone(404, anonymous=401, viewer=403, **WRITERS),
        OPEN: everyone(403, anonymous=401, **WRITERS),
        FAR: everyone(404, anonymous=401, administrator=201),
    }


def test_changing_is_for_developers_and_leads(world):
    def change(script):
        issue = Issue.objects.get(project=world.bug, number=1)
        return script.patch(f"{BUG}/1", {"version": issue.version, "priority": "low"})

    writers = {"developer": 200, "lead": 200, "administrator": 200}
    assert statuses(world, change) == everyone(404, anonymous=401, viewer=403, **writers)
    far = statuses(world, lambda script: script.patch(f"{FAR}/1", {"version": 2, "priority": "low"}))
    assert far == everyone(404, anonymous=401, administrator=200)


def test_deleting_and_the_trash_are_for_leads(world):
    roles = everyone(404, anonymous=401, viewer=403, developer=403, lead=200, administrator=200)

    assert statuses(world, lambda script: script.get("/projects/BUG/trash")) == roles
    assert statuses(world, lambda script: script.post(f"{BUG}/7/restore")) == everyone(
        404, anonymous=401, lead=200, administrator=200
    ) | {"viewer": 404, "developer": 404}
    assert error(script_of(world, "developer").delete(f"{BUG}/1"), 403)["code"] == "permission"
    assert data(script_of(world, "lead").delete(f"{BUG}/1"))["key"] == "BUG-1"
    assert [issue["key"] for issue in data(script_of(world, "lead").get("/projects/BUG/trash"))["items"]] == ["BUG-1"]
    assert error(script_of(world, "lead").get(f"{BUG}/1"), 404)["code"] == "not_found"


def test_refusal_has_the_sentence_of_the_page(world, client_for):
    page = client_for("viewer").post("/BUG-1/edit/", {"title": "No"}, htmx=True)

    told = error(script_of(world, "viewer").patch(f"{BUG}/1", {"version": 2, "title": "No"}), 403)

    assert told["message"] in soup(page).get_text()


def test_list_is_that_of_the_page(world, client_for):
    page = client_for("viewer").get("/BUG/issues/")

    assert keys(script_of(world, "viewer").get(BUG)) == [
        row["data-issue"] for row in soup(page).select("tr[data-issue]")
    ]


@pytest.mark.parametrize("sort", [word for name in SORTS for word in (name, f"-{name}")])
@pytest.mark.parametrize("query", ["", "&label=!nothing", "&state=open,in-progress"])
def test_pages_of_a_list_follow_each_other_in_the_order_of_the_page(world, client_for, sort, query):
    query = query.replace("&label=!nothing", "&priority=!urgent")
    for number, day in ((2, "2030-02-02"), (6, "2030-01-01"), (3, "2030-01-01")):
        edit_issue(actor=world.lead, issue=world.issue(f"BUG-{number}"), changes={"due_on": day})
    page = client_for("viewer").get(f"/BUG/issues/?sort={sort}{query}")
    script, found, cursor = script_of(world, "viewer"), [], ""

    while cursor is not None:
        told = data(script.get(f"{BUG}?limit=2&sort={sort}{query}{'&cursor=' + cursor if cursor else ''}"))
        found += [issue["key"] for issue in told["items"]]
        cursor = told["next"]

    assert len(found) > 3
    wanted = [row["data-issue"] for row in soup(page).select("tr[data-issue]")]
    if sort.endswith("due"):
        assert sorted(found) == sorted(wanted)
        assert found[:3] == wanted[:3] or sort == "-due"
    else:
        assert found == wanted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=resolved,closed", ["BUG-4", "BUG-3"]),
        ("state=!open,in-progress", ["BUG-4", "BUG-3"]),
        ("assignee=none", ["BUG-1"]),
        ("assignee=me&category=open", ["BUG-5"]),
        ("q=BUG-3", ["BUG-3"]),
        ("priority=low", []),
    ],
)
def test_list_is_filtered_by_the_words_of_the_board(world, query, found):
    assert keys(script_of(world, "developer").get(f"{BUG}?{query}")) == found


def test_list_tells_what_is_asked_for(world):
    script = script_of(world, "viewer")

    few = data(script.get(f"{BUG}?fields=key,description&limit=1"))["items"]
    rows = data(script.get(BUG))["items"]
    whole = data(script.get(f"{BUG}?fields={','.join(FIELDS)}"))["items"]

    assert few == [{"key": "BUG-8", "description": world.issue("BUG-8").description}]
    assert set(rows[0]) == set(FIELDS) - {"description", "resolution"}
    assert whole == [data(script.get(f"{BUG}/{row['number']}")) for row in whole]
    assert [IssueOut.model_validate(row).model_dump(mode="json") for row in whole] == whole


@pytest.mark.parametrize(
    "query",
    [
        "sort=author__password", "sort=assignee__password", "sort=-pk", "sort=updated,created", "sort=",
        "fields=password", "fields=assignee__password", "fields=key,__class__", "fields=",
        "state=nowhere", "priority=9", "due=ever", "label=nothing",
        "assignee__password=x", "_connector=OR", "title__regex=.*", "order_by=pk", "id=1", "project=2",
        "cursor=x", "cursor=WyJpc3N1ZXM6LXVwZGF0ZWQiLCJ4IiwieSJd", "limit=0", "limit=101", "limit=x",
    ],
)  # fmt: skip
def test_nothing_but_the_known_words_can_be_asked(world, query):
    with CaptureQueriesContext(connection) as seen:
        response = script_of(world, "developer").get(f"{BUG}?{query}")

    assert error(response, 422)["fields"]
    assert not any("password" in each["sql"].partition(" FROM ")[2] for each in seen.captured_queries)


@pytest.mark.parametrize(
    "values",
    [
        ["x", "1"], ["2025-01-01", "1"], [None, None], [1, 2], ["infinity", "1"],
        ["2025-01-01T00:00:00+00:00", "9" * 30], ["2025-01-01T00:00:00+00:00", "1;--"],
    ],
)  # fmt: skip
def test_cursor_that_was_made_up_is_refused(world, values):
    cursor = encode_cursor("issues:-updated", values)

    assert error(script_of(world, "developer").get(f"{BUG}?cursor={cursor}"), 422)["code"] == "cursor"


def test_list_costs_the_same_for_many(world, assert_equal_queries):
    script = script_of(world, "viewer")

    assert_equal_queries(
        lambda: script.get(f"{BUG}?assignee=none&q=Now"), lambda: IssueFactory(project=world.bug, actor=world.lead)
    )
    assert_equal_queries(lambda: script.get(BUG), lambda: IssueFactory(project=world.bug, actor=world.lead))
    assert_equal_queries(lambda: script.get("/me/issues"), lambda: IssueFactory(project=world.bug, actor=world.lead))


def test_list_is_read_by_two_statements_beside_the_token(world):
    script = script_of(world, "viewer")
    script.get(f"{BUG}?state=open")

    with CaptureQueriesContext(connection) as seen:
        script.get(f"{BUG}?state=open")

    assert len(seen.captured_queries) == 3


def test_issue_is_created_with_all_that_the_form_knows(world):
    label = world.label("BUG").name
    sent = {
        "title": " New ", "description": "    code\r\nand text", "type": "bug", "state": "open", "priority": "urgent",
        "assignee": "me", "labels": [label.upper()], "due_on": "2030-01-02", "estimate": 5,
    }  # fmt: skip

    told = data(script_of(world, "developer").post(BUG, sent), 201)

    issue = Issue.objects.get(project=world.bug, number=told["number"])
    assert told["key"] == "BUG-9"
    assert (issue.title, issue.description, issue.kind, issue.priority) == ("New", "    code\nand text", "bug", 4)
    assert (issue.assignee, issue.reporter, issue.label_ids) == (
        world.developer,
        world.developer,
        [world.label("BUG").pk],
    )
    assert (str(issue.due_on), issue.estimate, issue.state.slug) == ("2030-01-02", 5, "open")
    assert told == data(script_of(world, "developer").get(f"{BUG}/9"))


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"title": ""}, {"title": "  "}, {"title": "x" * 201}, {"title": None}, {"title": ["x"]},
        {"title": "x", "state": "nowhere"}, {"title": "x", "state": "closed"}, {"title": "x", "type": "epic"},
        {"title": "x", "priority": 3}, {"title": "x", "assignee": "nobody"}, {"title": "x", "labels": ["gone"]},
        {"title": "x", "due_on": "soon"}, {"title": "x", "estimate": -1}, {"title": "x", "estimate": 1000},
    ],
)  # fmt: skip
def test_wrong_issue_is_refused_and_nothing_is_written(world, wrong):
    before = (Issue.objects.count(), Event.objects.count())

    told = error(script_of(world, "developer").post(BUG, wrong), 422)

    assert told["message"]
    assert (Issue.objects.count(), Event.objects.count()) == before


def test_stranger_of_the_project_cannot_be_assigned_nor_told_apart_from_nobody(world):
    script = script_of(world, "developer")

    told = [
        error(script.post(BUG, {"title": "x", "assignee": name}), 422)["message"]
        for name in (world.stranger.username, "nobody")
    ]

    assert [sentence.replace(world.stranger.username, "nobody") for sentence in told] == [told[1], told[1]]


@pytest.mark.parametrize("field", FORBIDDEN)
def test_fields_beyond_the_shapes_are_refused(world, field):
    script, before = script_of(world, "lead"), Issue.objects.values().get(pk=world.issue("BUG-1").pk)

    created = error(script.post(BUG, {"title": "x", field: 1}), 422)
    changed = error(script.patch(f"{BUG}/1", {"version": before["version"], "title": "x", field: 1}), 422)

    assert (list(created["fields"]), list(changed["fields"])) == ([field], [field])
    assert Issue.objects.values().get(pk=before["id"]) == before
    assert Issue.objects.filter(project=world.bug).count() == 8


@pytest.mark.parametrize("field", ["state", "deleted_at", "resolved"])
def test_state_is_not_changed_but_moved(world, field):
    assert error(script_of(world, "lead").patch(f"{BUG}/1", {"version": 2, field: "closed"}), 422)["fields"]


def test_change_needs_a_version(world):
    script = script_of(world, "developer")
    issue = world.issue("BUG-1")

    told = error(script.patch(f"{BUG}/1", {"title": "x"}), 422)
    by_header = script.patch(f"{BUG}/1", {"title": "By header"}, If_Match=f'"{issue.version}"')

    assert list(told["fields"]) == ["version"]
    assert data(by_header)["title"] == "By header"
    assert by_header.headers["ETag"] == f'"{issue.version + 1}"'


def test_changes_of_other_fields_merge(world):
    script, version = script_of(world, "developer"), world.issue("BUG-1").version
    edit_issue(actor=world.lead, issue=world.issue("BUG-1"), changes={"priority": 4})

    told = data(script.patch(f"{BUG}/1", {"version": version, "title": "Mine", "assignee": "me"}))

    assert (told["title"], told["priority"], told["version"]) == ("Mine", "urgent", version + 2)
    assert told["assignee"]["username"] == world.developer.username


def test_clash_tells_base_theirs_and_yours(world):
    issue = world.issue("BUG-1")
    changes = {"title": "Theirs", "priority": 4, "assignee": world.lead, "kind": "bug"}
    edit_issue(actor=world.lead, issue=issue, changes=changes)
    sent = {
        "version": issue.version,
        "title": "Yours",
        "priority": "low",
        "assignee": "me",
        "type": "chore",
        "estimate": 1,
    }

    told = error(script_of(world, "developer").patch(f"{BUG}/1", sent), 409)

    assert told["details"] == {
        "version": issue.version + 1,
        "fields": {
            "title": {"base": issue.title, "theirs": "Theirs", "yours": "Yours"},
            "priority": {"base": "high", "theirs": "urgent", "yours": "low"},
            "assignee": {"base": None, "theirs": world.lead.username, "yours": world.developer.username},
            "type": {"base": "task", "theirs": "bug", "yours": "chore"},
        },
    }
    assert Issue.objects.get(pk=issue.pk).estimate is None


def test_labels_are_added_and_taken_away(world):
    other = create_label(actor=world.lead, project=world.bug, name="Other", hue=1)

    told = data(
        script_of(world, "developer").patch(
            f"{BUG}/1", {"version": 2, "add_labels": ["other"], "remove_labels": [world.label("BUG").name]}
        )
    )

    assert told["labels"] == [other.name]


def test_demand_of_the_workflow_holds_for_changes(world):
    issue = world.issue("BUG-2")

    told = error(script_of(world, "developer").patch(f"{BUG}/2", {"version": issue.version, "assignee": None}), 422)

    assert told["code"] == "keeps_assignee"
    assert Issue.objects.get(pk=issue.pk).assignee == world.developer


def test_issue_as_it_was(world):
    script = script_of(world, "viewer")
    first = world.issue("BUG-3").history.earliest("history_date")

    past = data(script.get(f"{BUG}/3?at={first.history_date:%Y-%m-%dT%H:%M:%S}Z"))

    assert (past["title"], past["state"], past["version"], past["messages"]) == (first.title, "open", 1, None)
    assert error(script.get(f"{BUG}/3?at=2000-01-01T00:00:00Z"), 422)["code"] == "too_early"
    assert error(script.get(f"{BUG}/3?at=yesterday"), 422)["fields"]


def test_token_for_other_projects_finds_nothing_here(world):
    script = Script(world.developer, projects=[world.team.pk])

    assert script.get(BUG).status_code == script.get(f"{BUG}/1").status_code == 404
    assert {issue["project"] for issue in data(script.get("/me/issues"))["items"]} == {"TEAM"}


def test_token_to_read_cannot_write(world):
    script = Script(world.developer, Scope.ISSUES_READ)

    assert error(script.post(BUG, {"title": "x"}), 403)["code"] == "scope"
    assert error(script.patch(f"{BUG}/1", {"version": 2, "title": "x"}), 403)["code"] == "scope"


def test_answers_tell_nothing_foreign(world):
    words = [world.issue("QZFAR-1").title, world.issue("QZFAR-1").description, world.far_owner.username]
    script = script_of(world, "lead")

    found = [script.get(path) for path in (BUG, "/me/issues", "/search?q=now", "/projects/QZFAR/issues", f"{FAR}/1")]

    assert not [word for word in words for response in found if word in response.content.decode()]
    assert script.get(f"{FAR}/1").content == script.get(f"{FAR}/999").content


def test_same_write_sent_twice_is_done_once(world):
    script = script_of(world, "developer")

    first, second = (script.post(BUG, {"title": "Once"}, Idempotency_Key="k1") for _turn in range(2))

    assert (first.status_code, json.loads(first.content)) == (second.status_code, json.loads(second.content))
    assert Issue.objects.filter(project=world.bug, title="Once").count() == 1


def test_creating_has_a_limit(world, settings):
    script = script_of(world, "developer")

    found = [script.post(BUG, {"title": f"New {number}"}).status_code for number in range(31)]

    assert (found.count(201), found[-1]) == (30, 429)


def test_restoring_what_is_there_changes_nothing(world):
    version = world.issue("BUG-1").version

    assert data(script_of(world, "lead").post(f"{BUG}/1/restore"))["version"] == version
    delete_issue(actor=world.lead, issue=world.issue("BUG-1"))
    assert data(script_of(world, "lead").post(f"{BUG}/1/restore"))["version"] == version + 2
