"""Projects over the API: lists, one, new ones, settings and what ends them, under the rules of the pages."""

import pytest

from accounts.enums import Scope, TeamRole
from accounts.services.teams import join_team
from projects.enums import Role
from projects.models import Label, Membership, Project, State, Transition
from tests.api.calling import Script, data, error, everyone, script_of
from tests.api.judging import field_names, page_verdicts, rows_of, taken_back, verdicts
from tests.factories import PersonFactory, ProjectFactory

pytestmark = pytest.mark.django_db
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
LEADS = {"lead": 200, "administrator": 200}


def keys(response):
    return [project["key"] for project in data(response)["items"]]


def test_list_tells_the_projects_that_each_may_read(world):
    found = {
        persona: sorted(keys(script_of(world, persona).get("/projects?scope=all")))
        for persona in ("anonymous", "stranger", "viewer", "removed", "administrator", "far_owner")
    }

    assert found == {
        "anonymous": ["OPEN"],
        "stranger": ["INNER", "OPEN"],
        "viewer": ["BUG", "INNER", "OPEN", "TEAM"],
        "removed": ["INNER", "OPEN"],
        "administrator": ["BUG", "INNER", "OPEN", "QZFAR", "TEAM"],
        "far_owner": ["INNER", "OPEN", "QZFAR"],
    }


def test_list_without_a_scope_is_ones_own(world):
    assert keys(script_of(world, "far_owner").get("/projects")) == ["QZFAR"]
    assert keys(script_of(world, "lead").get("/projects?scope=archived")) == ["SHELF"]


def test_list_is_found_by_words_and_read_in_pages(world):
    script = script_of(world, "lead")
    found, path = [], "/projects?sort=-key&limit=1"
    answer = data(script.get(path))
    while answer["next"]:
        found += answer["items"]
        answer = data(script.get(f"{path}&cursor={answer['next']}"))
    found += answer["items"]

    assert [project["key"] for project in found] == ["TEAM", "OPEN", "INNER", "BUG"]
    assert keys(script.get("/projects?q=bu")) == ["BUG"]


@pytest.mark.parametrize("key", ["BUG", "INNER", "OPEN", "QZFAR", "SHELF", "GONE", "NONE"])
def test_reading_one_is_for_who_may_open_its_board(world, client_for, key):
    said = verdicts(world, lambda script: script.get(f"/projects/{key}"))
    shown = page_verdicts(client_for, lambda browser: browser.get(f"/{key}/"))

    # A guest is sent to the log-in from a page that is not for them; the API says that there is no such project.
    assert said | {"anonymous": 0, "deactivated": 0} == shown | {"anonymous": 0, "deactivated": 0}
    assert said["anonymous"] == (200 if key == "OPEN" else 404)
    assert said["deactivated"] == 401


def test_one_is_told_whole(world):
    found = data(script_of(world, "developer").get("/projects/BUG"))

    assert found == {
        "key": "BUG",
        "name": world.bug.name,
        "description": world.bug.description,
        "visibility": "private",
        "team": {"id": world.bug.team_id, "name": world.bug.team.name},
        "owner": {"username": world.lead.username, "name": world.lead.name, "picture": ""},
        "role": "developer",
        "default_role": None,
        "developers_move_own": False,
        "viewers_may_write": False,
        "open_issues": 5,
        "members": 4,
        "icon": "",
        "hue": world.bug.hue,
        "created_at": world.bug.created_at.isoformat().replace("+00:00", "Z"),
        "archived_at": None,
        "url": "/BUG/",
    }


def test_who_is_no_member_is_not_told_the_team(world):
    assert data(script_of(world, "stranger").get("/projects/INNER"))["team"] is None
    assert data(script_of(world, "anonymous").get("/projects/OPEN"))["team"] is None


def test_creating_makes_its_creator_owner_and_lead(world):
    script = script_of(world, "stranger")

    made = data(script.post("/projects", {"name": "Winter Fair", "visibility": "internal"}), 201)

    assert (made["key"], made["role"], made["visibility"]) == ("WF", "lead", "internal")
    project = Project.objects.get(key="WF")
    assert (project.owner, project.team) == (world.stranger, world.stranger.teams.get())
    assert [state.slug for state in project.states.all()] == ["to-do", "in-progress", "done"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "project.name"),
        ({"name": "N" * 81}, "project.name"),
        ({"name": "New", "key": "low"}, "project.key"),
        ({"name": "New", "key": "1A"}, "project.key"),
        ({"name": "New", "visibility": "secret"}, "project.visibility"),
        ({"name": "New", "template": "scrum"}, "project.template"),
        ({"name": "New", "default_role": "owner"}, "project.default_role"),
        ({"name": "…"}, "key"),
    ],
)
def test_creating_refuses_what_the_form_refuses(world, body, field):
    before = Project.objects.count()

    told = error(script_of(world, "lead").post("/projects", body), 422)

    assert any(name.split(".")[-1] == field.split(".")[-1] for name in told["fields"]), told
    assert Project.objects.count() == before


def test_creating_in_another_team_is_as_in_one_that_there_is_not(world):
    script = script_of(world, "lead")

    foreign = script.post("/projects", {"name": "New", "team": world.far.team_id})
    unknown = script.post("/projects", {"name": "New", "team": 999_999})

    assert error(foreign, 422)["fields"] == error(unknown, 422)["fields"]


def test_a_key_is_given_once(world):
    told = error(script_of(world, "stranger").post("/projects", {"name": "Bugs", "key": "BUG"}), 422)

    assert told["code"] == "key_taken"


def test_changing_settings_has_the_verdicts_of_the_page(world, client_for):
    form = {"name": "Else", "key": "BUG", "visibility": "private"}

    said = verdicts(world, lambda script: script.patch("/projects/BUG", {"name": "Else"}))
    shown = page_verdicts(client_for, lambda browser: browser.post("/BUG/settings/", form))

    assert said == shown == everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)


def test_changing_writes_what_was_sent_and_nothing_else(world):
    before = Project.objects.filter(pk=world.bug.pk).values().get()

    told = data(script_of(world, "lead").patch("/projects/BUG", {"viewers_may_write": True, "default_role": "viewer"}))

    after = Project.objects.filter(pk=world.bug.pk).values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"revision"} == {"viewers_may_write", "default_role"}
    assert (told["viewers_may_write"], told["default_role"]) == (True, "viewer")


def test_a_new_key_is_answered_and_the_old_one_is_not_found(world):
    script = script_of(world, "lead")

    assert data(script.patch("/projects/BUG", {"key": "BUGS"}))["key"] == "BUGS"
    error(script.get("/projects/BUG"), 404)


@pytest.mark.parametrize("act", ["archive", "unarchive"])
def test_archiving_has_the_verdicts_of_the_page(world, client_for, act):
    said = verdicts(world, lambda script: script.post(f"/projects/BUG/{act}"))
    shown = page_verdicts(client_for, lambda browser: browser.post(f"/BUG/settings/{act}/"))

    assert said == shown == everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)


def test_archived_project_is_read_and_not_written(world):
    script = script_of(world, "lead")
    data(script.post("/projects/BUG/archive"))

    told = error(script.post("/projects/BUG/labels", {"name": "new"}), 403)

    assert told["code"] == "permission"
    assert data(script.get("/projects/BUG"))["archived_at"]
    assert data(script.post("/projects/BUG/unarchive"))["archived_at"] is None


def test_deleting_has_the_verdicts_of_the_page(world, client_for):
    said = verdicts(world, lambda script: script.delete("/projects/BUG?typed_key=BUG"))
    shown = page_verdicts(client_for, lambda browser: browser.post("/BUG/settings/delete/", {"typed_key": "BUG"}))

    assert said == shown == everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)


def test_deleting_asks_for_the_key_and_can_be_undone(world):
    script = script_of(world, "lead")

    assert error(script.delete("/projects/BUG?typed_key=TEAM"), 422)["code"] == "typed_key"
    error(script.delete("/projects/BUG"), 422)
    data(script.delete("/projects/BUG?typed_key=BUG"))
    error(script.get("/projects/BUG"), 404)
    assert keys(script.get("/projects/trash")) == ["BUG", "GONE"]
    assert data(script.post("/projects/trash/BUG/restore"))["key"] == "BUG"


def test_the_trash_is_its_owners(world):
    assert keys(script_of(world, "developer").get("/projects/trash")) == []
    said = verdicts(world, lambda script: script.post("/projects/trash/GONE/restore"))
    assert said == everyone(404, **LEADS, anonymous=401)


def test_leaving_has_the_verdicts_of_the_page(world, client_for):
    said = verdicts(world, lambda script: script.post("/projects/BUG/leave"))
    shown = page_verdicts(client_for, lambda browser: browser.post("/BUG/settings/leave/"))

    assert said == shown == everyone(404, developer=200, viewer=200, lead=422, administrator=422, anonymous=401)


def test_token_of_some_projects_reaches_no_other(world):
    script = Script(world.lead, projects=[world.team.pk])

    assert keys(script.get("/projects")) == ["TEAM"]
    assert keys(script.get("/projects?scope=all")) == ["TEAM"]
    assert keys(script.get("/projects/trash")) == []
    for path in ("", "/me", "/members", "/labels", "/workflow", "/events", "/activity", "/files", "/notifications"):
        assert script.get(f"/projects/BUG{path}").status_code == 404, path
        assert script.get(f"/projects/TEAM{path}").status_code == 200, path
    assert error(script.post("/projects", {"name": "New"}), 403)["code"] == "token_projects"
    error(script.post("/projects/trash/GONE/restore"), 404)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/projects", Scope.PROJECTS_READ),
        ("POST", "/projects", Scope.PROJECTS_WRITE),
        ("PATCH", "/projects/BUG", Scope.PROJECTS_WRITE),
        ("GET", "/projects/BUG/events", Scope.EVENTS_READ),
        ("GET", "/projects/BUG/files", Scope.FILES_READ),
        ("POST", "/projects/BUG/files", Scope.FILES_WRITE),
        ("GET", "/inbox", Scope.NOTIFICATIONS_READ),
        ("GET", "/projects/BUG/webhooks", Scope.WEBHOOKS_READ),
    ],
)
def test_token_needs_the_scope(world, method, path, scope):
    others = [each for each in Scope if each not in {scope, scope.replace(":read", ":write")}]

    told = error(Script(world.lead, *others).send(method, path, {} if method != "GET" else None), 403)

    assert (told["code"], str(scope.value) in told["message"]) == ("scope", True)


# Each write that takes a body, with one that is valid.
BODIES = [
    ("POST", "/projects", {"name": "New"}),
    ("PATCH", "/projects/BUG", {"name": "New"}),
    ("POST", "/projects/BUG/members", {"person": "{stranger}", "role": "viewer"}),
    ("PATCH", "/projects/BUG/members/{viewer}", {"role": "developer"}),
    ("POST", "/projects/BUG/labels", {"name": "new"}),
    ("PATCH", "/projects/BUG/labels/{label}", {"name": "new"}),
    ("POST", "/projects/BUG/workflow/states", {"name": "New", "category": "open"}),
    ("PATCH", "/projects/BUG/workflow/states/open", {"name": "New"}),
    ("PUT", "/projects/BUG/workflow/order", {"states": ["closed", "resolved", "in-progress", "open"]}),
    ("PUT", "/projects/BUG/workflow/transitions/open/closed", {"roles": ["lead"]}),
    ("PATCH", "/projects/BUG/files/{file}", {"name": "new.txt"}),
    ("PATCH", "/projects/BUG/notifications", {"level": "nothing"}),
    ("PATCH", "/me/notifications", {"mail": {"digest": "off"}}),
    ("POST", "/inbox/read-all", {"upto": "1"}),
]


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
def test_no_field_that_is_not_offered_can_be_written(world, method, path, body):
    values = {
        "stranger": world.stranger.username,
        "viewer": world.viewer.username,
        "label": world.label("BUG").pk,
        "file": world.file("BUG").uuid,
    }
    script = script_of(world, "lead")
    path = path.format(**values)
    body = {name: value.format(**values) if isinstance(value, str) else value for name, value in body.items()}
    with taken_back():
        assert script.send(method, path, body).status_code < 300
    models = (Project, Membership, Label, State, Transition)
    before = rows_of(*models)

    answer = script.send(method, path, dict.fromkeys(field_names()) | body)

    told = error(answer, 422)
    allowed = {name.rpartition(".")[2] for name in told["fields"]}
    assert rows_of(*models) == before
    assert {"id", "pk", "owner_id", "project_id", "is_superuser", "created_at", "revision"} <= allowed


@pytest.mark.parametrize("name", sorted(field_names() - {"name", "key", "description", "visibility", "default_role"}))
def test_project_has_no_other_settings(world, name):
    if name in {"developers_move_own", "viewers_may_write"}:
        return
    before = rows_of(Project)

    error(script_of(world, "lead").patch("/projects/BUG", {name: 1}), 422)

    assert rows_of(Project) == before


LISTS = [
    "/projects",
    "/projects/BUG/members",
    "/projects/BUG/files",
    "/projects/BUG/activity",
    "/inbox",
    "/projects/trash",
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        "sort=owner__password", "sort=-password", "sort=?", "fields=password", "fields=owner__password", "fields=",
        "order_by=name", "owner__password__startswith=a", "_connector=OR", "limit=0", "limit=101", "limit=x",
        "cursor=%7B", "cursor=WyJlbHNlOm5hbWUscGsiLDEsMl0", "cursor=" + "A" * 5000, "q__regex=a", "id__in=1",
    ],
)  # fmt: skip
def test_lists_take_no_name_that_they_do_not_offer(world, path, query):
    error(script_of(world, "lead").get(f"{path}?{query}"), 422)


@pytest.mark.parametrize(
    "path", ["/projects?q=", "/projects/BUG/members?q=", "/projects/BUG/files?q=", "/projects/BUG/files?who="]
)
@pytest.mark.parametrize("text", ["%25", "_", "'", '"', "\\", "%27%20OR%201=1--", "a%0Ab", "%F0%9F%92%A5"])
def test_words_are_only_words(world, path, text):
    assert data(script_of(world, "lead").get(f"{path}{text}"))["items"] == []


def test_list_costs_as_much_for_many(world, assert_equal_queries):
    script = script_of(world, "lead")

    assert_equal_queries(
        lambda: data(script.get("/projects")),
        lambda: ProjectFactory(actor=world.lead, members={world.viewer: Role.LEAD}),
    )


def test_suggested_key_is_the_pages(world):
    assert data(script_of(world, "stranger").get("/projects/key-suggestion?name=Winter%20Fair")) == {"key": "WF"}


def test_fields_are_chosen(world):
    assert data(script_of(world, "lead").get("/projects/BUG?fields=key,role")) == {"key": "BUG", "role": "lead"}


def test_the_same_creation_sent_twice_is_done_once(world):
    script = script_of(world, "lead")
    body = {"name": "Once", "key": "ONCE"}

    first = script.post("/projects", body, Idempotency_Key="one")
    again = script.post("/projects", body, Idempotency_Key="one")

    assert data(first, 201) == data(again, 201)
    assert Project.objects.filter(name="Once").count() == 1


def test_team_must_be_named_where_there_are_several(world):
    person = PersonFactory()
    script = Script(person)
    join_team(actor=world.lead, team=world.lead.teams.get(), person=person, role=TeamRole.MEMBER)

    assert "team" in error(script.post("/projects", {"name": "New"}), 422)["fields"]
    own = person.teams.get(is_personal=True).pk
    assert data(script.post("/projects", {"name": "New", "team": own}), 201)["team"]["id"] == own
