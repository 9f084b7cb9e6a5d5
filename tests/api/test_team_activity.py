"""What happened in a team, over the API: to whom the page tells it, in its words."""

import pytest

from accounts.enums import Scope, TeamRole
from accounts.services.teams import change_team_role, rename_team
from tests.accounts.teams import add, crew
from tests.api.calling import Script, data, error, script_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return crew()


def path_of(people):
    return f"/teams/{people.team.pk}/activity"


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("member", 200), ("guest", 403), ("outsider", 404)]
)
def test_those_are_told_who_see_the_page(people, client_for, role, status):
    person = getattr(people, role)

    told, page = Script(person).get(path_of(people)), client_for(person).get(f"{people.team.url}activity/")

    assert (told.status_code, page.status_code) == (status, status)


def test_administrators_are_told_and_nobody_is_not(world, people):
    assert data(script_of(world, "administrator").get(path_of(people)))["items"]
    assert Script(None).get(path_of(people)).status_code == 401


def test_each_line_says_who_did_what(people):
    change_team_role(actor=people.owner, team=people.team, person=people.member, role=TeamRole.ADMIN)
    rename_team(actor=people.owner, team=people.team, name="Harbour")

    renamed, changed = data(Script(people.member).get(f"{path_of(people)}?limit=2"))["items"]

    assert (renamed["kind"], renamed["changes"]) == (
        "team.changed",
        {"name": {"from": people.team.name, "to": "Harbour"}},
    )
    assert renamed["text"] == f"{people.owner.name} renamed the team: {people.team.name} → Harbour"
    assert (changed["actor"]["username"], changed["changes"]) == (
        people.owner.username,
        {"role": {"from": "member", "to": "admin"}},
    )
    assert changed["text"].startswith(f"{people.owner.name} changed the role of {people.member.name}")
    assert renamed["seq"] == changed["seq"] + 1


def test_cursor_goes_through_all_of_it_without_a_gap(people):
    script = Script(people.owner)
    first = data(script.get(f"{path_of(people)}?limit=3"))
    add(people, TeamRole.MEMBER)

    second = data(script.get(f"{path_of(people)}?limit=100&cursor={first['next']}"))

    numbers = [line["seq"] for line in first["items"] + second["items"]]
    assert numbers == list(range(numbers[0], 0, -1))
    assert second["next"] is None


def test_it_costs_the_same_for_more(people, assert_equal_queries):
    script = Script(people.owner)

    assert_equal_queries(lambda: script.get(path_of(people)), lambda: add(people, TeamRole.MEMBER))


def test_tokens_of_less_are_told_nothing(people):
    other = [scope for scope in Scope if scope != Scope.EVENTS_READ]
    some, narrow = Script(people.owner, *other), Script(people.owner, projects=[1])

    assert error(some.get(path_of(people)), 403)["code"] == "scope"
    assert error(narrow.get(path_of(people)), 403)["code"] == "token_projects"
    assert data(Script(people.owner, Scope.EVENTS_READ).get(path_of(people)))["items"]
