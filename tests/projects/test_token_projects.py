"""A token that is for some projects reaches no others, by whatever way a project is found."""

import pytest
from django.http import Http404

from accounts.credentials import Credential
from config.errors import PermissionRefused
from projects.access import access_to, get_deleted_project_or_404, get_project_or_404, may_delete
from projects.permissions import Perm
from projects.queries import (
    deleted_projects,
    led_by,
    people_known_to,
    project_list,
    visible_to,
    with_shared_projects,
)
from projects.services.projects import create_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def limited(world):
    """Return a function that gives a persona who came with a token for some projects."""

    def limit(persona, *projects):
        person = world.person(persona)
        person.credential = Credential(projects=frozenset(project.pk for project in projects))
        return person

    return limit


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger", "administrator"])
def test_no_other_project_is_seen_not_even_a_public_one(world, limited, persona):
    before = set(visible_to(world.person(persona)).values_list("key", flat=True))
    person = limited(persona, world.bug, world.inner)

    assert set(visible_to(person).values_list("key", flat=True)) == before & {"BUG", "INNER"}
    assert set(project_list(person, scope="all").values_list("key", flat=True)) == before & {"BUG", "INNER"}
    for key in ("TEAM", "OPEN", "QZFAR", "SHELF"):
        with pytest.raises(Http404):
            get_project_or_404(person, key)
        assert access_to(world.projects[key], person).perms == frozenset()


def test_in_its_own_projects_it_is_the_person(world, limited):
    person = limited("developer", world.bug)

    assert access_to(get_project_or_404(person, "BUG"), person).can(Perm.EDIT_ISSUE)
    assert not access_to(world.bug, person).can(Perm.MANAGE_SETTINGS)


@pytest.mark.parametrize("persona", ["lead", "administrator"])
def test_what_is_led_deleted_or_in_the_trash_is_narrowed_too(world, limited, persona):
    person = limited(persona, world.bug)

    assert set(led_by(person).values_list("key", flat=True)) == {"BUG"}
    assert not deleted_projects(person).exists()
    assert (may_delete(world.bug, person), may_delete(world.team, person)) == (True, False)
    with pytest.raises(Http404):
        get_deleted_project_or_404(person, "GONE")


def test_the_directory_is_that_of_its_projects(world, limited):
    person = limited("viewer", world.open)

    known = with_shared_projects(person, people_known_to(person))

    assert {row.project.key for one in known for row in one.memberships} == {"OPEN"}
    assert world.removed not in [one.person for one in known]


def test_it_creates_no_project(world, limited):
    person = limited("lead", world.bug)

    with pytest.raises(PermissionRefused, match="for some projects only"):
        create_project(actor=person, team=world.bug.team, name="More", key="MORE")


def test_a_token_without_a_limit_narrows_nothing(world):
    before = set(visible_to(world.developer))
    world.developer.credential = Credential()

    assert set(visible_to(world.developer)) == before
