"""Members of a project over the API, and what one may do in it oneself."""

import pytest

from projects.access import access_to
from projects.enums import Role
from projects.models import Membership
from projects.permissions import Perm
from tests.api.calling import Script, data, error, everyone, script_of
from tests.api.judging import done, page_verdicts, verdicts
from tests.factories import member

pytestmark = pytest.mark.django_db
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
LEADS = {"lead": 200, "administrator": 200}


def test_members_are_told_to_members(world, client_for):
    for key, others in (("BUG", 404), ("INNER", 403), ("QZFAR", 404)):
        said = verdicts(world, lambda script, key=key: script.get(f"/projects/{key}/members"))
        shown = page_verdicts(client_for, lambda browser, key=key: browser.get(f"/{key}/settings/members/"))

        known = {"administrator": 200} if key == "QZFAR" else MEMBERS
        assert said == shown == everyone(others, **known, anonymous=401)


def test_members_are_told_leads_first(world):
    found = data(script_of(world, "viewer").get("/projects/BUG/members"))["items"]

    roles = {world.lead: "lead", world.developer: "developer", world.deactivated: "developer", world.viewer: "viewer"}
    assert {row["person"]["username"]: row["role"] for row in found} == {
        person.username: role for person, role in roles.items()
    }
    assert [row["role"] for row in found] == ["lead", "developer", "developer", "viewer"]
    assert {row["person"]["username"] for row in found if not row["is_active"]} == {world.deactivated.username}


def test_members_are_found_by_words_and_role_and_read_in_pages(world):
    script = script_of(world, "lead")
    path = "/projects/BUG/members?limit=1"
    first = data(script.get(path))
    found, following = first["items"], first["next"]
    while following:
        answer = data(script.get(f"{path}&cursor={following}"))
        found, following = found + answer["items"], answer["next"]

    assert found == data(script.get("/projects/BUG/members"))["items"]
    by_name = data(script.get(f"/projects/BUG/members?q={world.viewer.username}"))["items"]
    assert [row["person"]["username"] for row in by_name] == [world.viewer.username]
    assert len(data(script.get("/projects/BUG/members?role=developer"))["items"]) == 2


def test_list_costs_as_much_for_many(world, assert_equal_queries):
    script = script_of(world, "lead")

    assert_equal_queries(lambda: data(script.get("/projects/BUG/members")), lambda: member(world.bug, Role.DEVELOPER))


def test_adding_has_the_verdicts_of_the_page(world, client_for):
    body = {"person": world.stranger.username, "role": "viewer"}

    said = verdicts(world, lambda script: script.post("/projects/BUG/members", body))
    shown = page_verdicts(client_for, lambda browser: browser.post("/BUG/settings/members/", body))

    assert done(said) == shown == everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)


def test_adding_by_address_gives_the_role(world):
    made = data(script_of(world, "lead").post("/projects/BUG/members", {"person": world.stranger.email}), 201)

    assert (made["person"]["username"], made["role"], made["given_role"]) == (
        world.stranger.username,
        "developer",
        "developer",
    )
    assert access_to(world.bug, world.stranger).can(Perm.MOVE_ISSUE)


@pytest.mark.parametrize("persona", ["deactivated", "nobody"])
def test_adding_who_is_not_there_tells_nothing_of_them(world, persona):
    name = world.deactivated.username if persona == "deactivated" else "no.such.person"

    told = error(script_of(world, "lead").post("/projects/INNER/members", {"person": name}), 422)

    assert list(told["fields"]) == ["person"]


def test_changing_a_role_has_the_verdicts_of_the_page(world, client_for):
    name = world.developer.username

    said = verdicts(world, lambda script: script.patch(f"/projects/BUG/members/{name}", {"role": "viewer"}))
    shown = page_verdicts(
        client_for, lambda browser: browser.post(f"/BUG/settings/members/{name}/role/", {"role": "viewer"})
    )

    assert said == shown == everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)


@pytest.mark.parametrize("role", ["lead", "developer", "viewer"])
@pytest.mark.parametrize("actor", ["developer", "viewer"])
def test_nobody_promotes_themselves(world, actor, role):
    before = list(Membership.objects.order_by("pk").values_list("pk", "role"))

    answer = script_of(world, actor).patch(f"/projects/BUG/members/{world.person(actor).username}", {"role": role})

    assert error(answer, 403)["code"] == "permission"
    assert list(Membership.objects.order_by("pk").values_list("pk", "role")) == before


def test_removing_has_the_verdicts_of_the_page(world, client_for):
    name = world.viewer.username

    said = verdicts(world, lambda script: script.delete(f"/projects/BUG/members/{name}"))
    shown = page_verdicts(client_for, lambda browser: browser.post(f"/BUG/settings/members/{name}/remove/"))

    assert said == shown == everyone(404, **LEADS, developer=403, viewer=200, anonymous=401)


def test_last_lead_stays(world):
    script, path = script_of(world, "lead"), f"/projects/BUG/members/{world.lead.username}"

    assert error(script.patch(path, {"role": "viewer"}), 422)["code"] == "last_lead"
    assert error(script.delete(path), 422)["code"] == "last_lead"


def test_who_is_in_another_project_is_no_member_here(world):
    script = script_of(world, "administrator")

    for name in (world.far_owner.username, world.removed.username, "no.such.person"):
        error(script.patch(f"/projects/BUG/members/{name}", {"role": "viewer"}), 404)
        error(script.delete(f"/projects/BUG/members/{name}"), 404)


def test_role_is_one_of_three(world):
    error(script_of(world, "lead").patch(f"/projects/BUG/members/{world.viewer.username}", {"role": "owner"}), 422)


@pytest.mark.parametrize("persona", ["viewer", "developer", "lead", "administrator"])
def test_own_standing_is_what_is_allowed(world, persona):
    person = world.person(persona)

    found = data(script_of(world, persona).get("/projects/BUG/me"))

    allowed = {line["perm"] for line in found["permissions"] if line["allowed"]}
    assert allowed == access_to(world.bug, person).perms
    assert found["is_administrator"] == (persona == "administrator")
    assert found["role"] == (None if persona == "administrator" else persona)
    assert all(line["reason"] for line in found["permissions"])


def test_guests_standing_is_to_read(world):
    found = data(script_of(world, "anonymous").get("/projects/OPEN/me"))

    assert [line["perm"] for line in found["permissions"] if line["allowed"]] == ["read_project"]
    error(script_of(world, "anonymous").get("/projects/BUG/me"), 404)


def test_permissions_of_a_member_have_the_verdicts_of_the_page(world, client_for):
    name = world.developer.username

    said = verdicts(world, lambda script: script.get(f"/projects/BUG/members/{name}/permissions"))
    shown = page_verdicts(client_for, lambda browser: browser.get(f"/BUG/settings/members/{name}/permissions/"))
    own = data(script_of(world, "developer").get("/projects/BUG/me"))["permissions"]

    assert said == shown == everyone(404, **LEADS, developer=200, viewer=403, anonymous=401)
    assert data(script_of(world, "lead").get(f"/projects/BUG/members/{name}/permissions")) == own


ADMINISTRATION = [
    ("GET", "/instance/projects", None),
    ("GET", "/instance/projects/{bug}", None),
    ("POST", "/instance/projects/{bug}/take-over", {"reason": "Its leads have left."}),
    ("POST", "/instance/projects/{gone}/restore", {}),
    ("GET", "/instance/people/{name}/permissions?project=BUG", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMINISTRATION)
def test_administration_is_for_administrators(world, method, path, body):
    path = path.format(bug=world.bug.pk, gone=world.deleted.pk, name=world.viewer.username)

    said = verdicts(world, lambda script: script.send(method, path, body))

    assert said == everyone(404, administrator=200, anonymous=401)


def test_administrator_becomes_lead_and_says_why(world):
    script = script_of(world, "administrator")

    data(script.post(f"/instance/projects/{world.far.pk}/take-over", {"reason": "Its leads have left."}))

    assert data(script.get("/projects/QZFAR"))["role"] == "lead"
    last = data(script.get("/projects/QZFAR/activity?group=members&limit=1"))["items"][0]
    assert (last["kind"], last["actor"]["username"]) == ("member.took_over", world.administrator.username)


def test_administrator_reads_anyones_permissions(world):
    path = f"/instance/people/{world.viewer.username}/permissions?project=BUG"

    found = data(script_of(world, "administrator").get(path))

    assert [line["perm"] for line in found if line["allowed"]] == ["read_project"]


def test_administrators_token_of_some_projects_administrates_nothing(world):
    script = Script(world.administrator, projects=[world.team.pk])

    for path in (
        "/instance/projects",
        f"/instance/projects/{world.bug.pk}",
        f"/instance/people/{world.viewer.username}/permissions?project=BUG",
    ):
        assert error(script.get(path), 403)["code"] == "token_projects"
