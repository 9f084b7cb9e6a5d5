"""Teams, who is in them, and invitations, over the API: by the rules of the pages."""

import pytest

from accounts.enums import Scope, TeamRole
from accounts.models import TeamInvitation, TeamMembership
from accounts.services.teams import create_team, join_team
from tests.api.calling import data, error, script_of
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
ROLES = ("owner", "admin", "member", "guest")


@pytest.fixture
def team(world):
    """A team with one of each role; the lead owns it."""
    found = create_team(actor=world.lead, name="Harbour")
    for role in ROLES[1:]:
        join_team(actor=world.lead, team=found, person=PersonFactory(username=f"the.{role}"), role=TeamRole(role))
    return found


def as_role(world, team, role):
    if role == "outside":
        return script_of(world, "stranger")
    place = TeamMembership.objects.filter(team=team, role=role).select_related("person")[0]
    return script_of(world, place.person)


def role_in(team, username):
    return TeamMembership.objects.filter(team=team, person__username=username).values_list("role", flat=True).first()


def test_team_is_created_read_renamed_and_left(world):
    script = script_of(world, "developer", Scope.TEAMS_WRITE)

    made = data(script.post("/teams", {"name": " New   team "}), 201)
    renamed = data(script.patch(f"/teams/{made['id']}", {"name": "Newer"}))
    last = script.post(f"/teams/{made['id']}/leave")

    assert (made["name"], made["role"], made["is_personal"]) == ("New team", "owner", False)
    assert data(script.get(f"/teams/{made['id']}")) == renamed
    assert "Newer" in [team["name"] for team in data(script.get("/teams"))]
    assert error(last, 422)["code"] == "last_owner"


@pytest.mark.parametrize("role", [*ROLES, "outside"])
def test_team_is_there_for_who_is_in_it(world, team, role):
    answer = as_role(world, team, role).get(f"/teams/{team.pk}")

    assert answer.status_code == (404 if role == "outside" else 200)


@pytest.mark.parametrize(
    ("method", "path", "body", "able"),
    [
        ("PATCH", "", {"name": "Other"}, {"owner", "admin"}),
        ("DELETE", "", {"name": "Harbour"}, {"owner"}),
        ("GET", "/join-link", None, {"owner", "admin"}),
        ("PUT", "/join-link", {"on": True}, {"owner", "admin"}),
        ("GET", "/invitations", None, {"owner", "admin"}),
        ("POST", "/invitations/preview", {"emails": ["new@mail.example"]}, {"owner", "admin"}),
        ("POST", "/transfer", {"username": "the.admin"}, {"owner"}),
        ("PATCH", "/members/the.member", {"role": "guest"}, {"owner", "admin"}),
        ("PATCH", "/members/the.member", {"role": "owner"}, {"owner"}),
        ("DELETE", "/members/the.guest", None, {"owner", "admin"}),
        ("GET", "/members", None, {*ROLES}),
    ],
)
def test_who_may_do_what(world, team, method, path, body, able):
    url = f"/teams/{team.pk}{path}"
    others = [role for role in (*ROLES, "outside") if role not in able]

    refused = {role: as_role(world, team, role).send(method, url, body).status_code for role in others}
    done = as_role(world, team, max(able, key=ROLES.index)).send(method, url, body)

    assert refused.pop("outside") == 404
    assert set(refused.values()) <= {403, 404}
    assert done.status_code == 200


def test_guest_sees_owners_admins_and_themselves(world, team):
    told = data(as_role(world, team, "guest").get(f"/teams/{team.pk}/members"))["items"]

    assert {place["role"] for place in told} == {"owner", "admin", "guest"}


def test_members_are_found_sorted_and_paged(world, team):
    script = script_of(world, "lead", Scope.TEAMS_READ)
    path = f"/teams/{team.pk}/members"

    first = data(script.get(f"{path}?limit=2&sort=-name"))
    second = data(script.get(f"{path}?limit=2&sort=-name&cursor={first['next']}"))
    found = data(script.get(f"{path}?q=the.ad&fields=role"))["items"]

    listed = [place["person"]["username"] for page in (first, second) for place in page["items"]]
    assert listed == sorted(listed, reverse=True)
    assert len(set(listed)) == 4
    assert second["next"] is None
    assert found == [{"role": "admin"}]
    assert error(script.get(f"{path}?sort=name&cursor={first['next']}"), 422)["code"] == "cursor"
    for sort in ("joined", "-joined", "seen", "-seen"):
        assert len(data(script.get(f"{path}?sort={sort}&limit=3"))["items"]) == 3


def test_list_costs_the_same_for_more_members(world, team, assert_equal_queries):
    script = script_of(world, "lead", Scope.TEAMS_READ)

    def join():
        join_team(actor=world.lead, team=team, person=PersonFactory(), role=TeamRole.MEMBER)

    assert_equal_queries(lambda: script.get(f"/teams/{team.pk}/members"), join)


def test_member_gets_another_role_and_goes(world, team):
    script = script_of(world, "lead", Scope.TEAMS_WRITE)

    told = data(script.patch(f"/teams/{team.pk}/members/the.member", {"role": "admin"}))
    gone = data(script.delete(f"/teams/{team.pk}/members/the.member"))

    assert (told["role"], gone) == ("admin", {"done": True})
    assert role_in(team, "the.member") is None
    assert error(script.patch(f"/teams/{team.pk}/members/the.guest", {"role": "boss"}), 422)["fields"].keys() == {
        "role"
    }


def test_team_is_deleted_by_its_name_and_comes_back(world, team):
    script = script_of(world, "lead", Scope.TEAMS_WRITE)

    wrong = script.send("DELETE", f"/teams/{team.pk}", {"name": "harbor"})
    data(script.send("DELETE", f"/teams/{team.pk}", {"name": "Harbour"}))

    assert error(wrong, 422)["code"] == "typed_name"
    assert error(script.get(f"/teams/{team.pk}"), 404)["code"] == "not_found"
    assert [row["name"] for row in data(script.get("/teams/deleted"))] == ["Harbour"]
    assert data(script.post(f"/teams/{team.pk}/restore"))["role"] == "owner"


def test_join_link_lets_in_until_it_is_off(world, team):
    owner, stranger = script_of(world, "lead", Scope.TEAMS_WRITE), script_of(world, "stranger", Scope.TEAMS_WRITE)

    link = data(owner.put(f"/teams/{team.pk}/join-link", {"on": True}))
    code = link["url"].rstrip("/").rpartition("/")[2]
    joined = data(stranger.post("/teams/join", {"code": code}))
    off = data(owner.put(f"/teams/{team.pk}/join-link", {"on": False}))

    assert (joined["id"], joined["role"]) == (team.pk, "member")
    assert off == {"on": False, "url": ""}
    assert stranger.post("/teams/join", {"code": code}).status_code == 404
    assert error(script_of(world, "lead", Scope.TEAMS_READ).get(f"/teams/{team.pk}/join-link"), 403)["code"] == "scope"


def test_people_are_invited_again_and_no_more(world, team, settings):
    settings.CAN_MAIL = True
    script = script_of(world, "lead", Scope.TEAMS_WRITE)
    path = f"/teams/{team.pk}/invitations"

    told = data(script.post(path, {"emails": ["new@mail.example", "nonsense"], "role": "guest"}), 201)
    (made,) = told["invitations"]
    again = data(script.post(f"{path}/{made['id']}/resend"))
    data(script.delete(f"{path}/{made['id']}"))

    assert [line["verdict"] for line in told["addresses"]] == ["new", "invalid"]
    assert (made["email"], made["role"]) == ("new@mail.example", "guest")
    assert again["id"] == made["id"]
    assert data(script.get(path))["items"] == []
    assert script.delete(f"{path}/{made['id']}").status_code == 404


def test_invitation_of_another_team_is_not_there(world, team, settings):
    settings.CAN_MAIL = True
    other = create_team(actor=world.lead, name="Other")
    script = script_of(world, "lead", Scope.TEAMS_WRITE)
    made = data(script.post(f"/teams/{other.pk}/invitations", {"emails": ["new@mail.example"]}), 201)["invitations"][0]

    assert script.delete(f"/teams/{team.pk}/invitations/{made['id']}").status_code == 404
    assert TeamInvitation.objects.get(pk=made["id"]).revoked_at is None


def test_nonsense_accepts_nothing(world):
    script = script_of(world, "stranger", Scope.TEAMS_WRITE)

    assert error(script.post("/invitations/accept", {"token": "nonsense"}), 422)["code"] == "invitation_over"


def test_token_for_some_projects_changes_no_team(world, team):
    script = script_of(world, "lead", projects=[world.bug.pk])

    for method, path, body in [
        ("POST", "/teams", {"name": "x"}), ("PATCH", f"/teams/{team.pk}", {"name": "x"}),
        ("POST", f"/teams/{team.pk}/leave", {}), ("DELETE", f"/teams/{team.pk}", {"name": "Harbour"}),
        ("DELETE", f"/teams/{team.pk}/members/the.guest", None),
    ]:  # fmt: skip
        assert error(script.send(method, path, body), 403)["code"] == "token_projects"


def test_token_for_some_projects_sees_nobody_in_a_team(world, team):
    script = script_of(world, "lead", Scope.TEAMS_READ, projects=[world.bug.pk])

    assert error(script.get(f"/teams/{team.pk}/members"), 403)["code"] == "token_projects"


def test_reading_scope_changes_nothing(world, team):
    script = script_of(world, "lead", Scope.TEAMS_READ)

    for method, path, body in [
        ("POST", "/teams", {"name": "x"}), ("PATCH", f"/teams/{team.pk}", {"name": "x"}),
        ("PUT", f"/teams/{team.pk}/join-link", {"on": True}),
        ("POST", f"/teams/{team.pk}/invitations", {"emails": ["new@mail.example"]}),
    ]:  # fmt: skip
        assert error(script.send(method, path, body), 403)["code"] == "scope"
