"""What many people may do in many projects agrees with what each may do in each."""

import pytest

from projects.access import access_to
from projects.enums import Role
from projects.permissions import Perm
from projects.services.members import change_role
from projects.standing import place_of, places_of, rooms_of

pytestmark = pytest.mark.django_db
PEOPLE = ("lead", "developer", "viewer", "stranger", "removed", "administrator", "far_owner")


def everything(world):
    people = {world.person(name).pk: world.person(name) for name in PEOPLE}
    pairs = [(pk, project.pk) for pk in people for project in world.projects.values()]
    return people, pairs


def test_places_are_those_that_each_may_read(world):
    people, pairs = everything(world)
    alone = {
        (pk, project.pk): place_of(project, person)
        for pk, person in people.items()
        for project in world.projects.values()
        if project.key != "GONE" and access_to(project, person).can(Perm.READ)
    }

    assert places_of(people, pairs) == alone


def test_a_place_differs_once_the_role_does(world):
    pair = (world.developer.pk, world.bug.pk)
    people = {world.developer.pk: world.developer}
    before = places_of(people, [pair])

    change_role(actor=world.lead, project=world.bug, person=world.developer, role=Role.VIEWER)

    assert before != places_of(people, [pair])


def test_rooms_are_those_of_the_rail(world):
    assert rooms_of([world.developer.pk, world.stranger.pk]) == {
        world.developer.pk: {world.projects[key].pk: key for key in ("BUG", "TEAM", "INNER", "OPEN")}
    }


def test_places_cost_one_statement(world, django_assert_num_queries):
    people, pairs = everything(world)

    with django_assert_num_queries(1):
        places_of(people, pairs)
