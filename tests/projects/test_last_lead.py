"""A project keeps a lead, whoever goes and whatever goes on at the same time."""

import pytest

from config.errors import DomainError, PermissionRefused
from projects.enums import Role
from projects.models import Membership, Project
from projects.services.members import change_role, remove_member
from tests.factories import PersonFactory, ProjectFactory, member, role_of
from tests.parallel import at_once, errors

ROUNDS = 25


def leads(project: Project) -> int:
    return Membership.objects.filter(project=project, role=Role.LEAD).count()


@pytest.mark.django_db
def test_the_last_lead_can_neither_leave_nor_be_demoted(world):
    for role in (Role.DEVELOPER, Role.VIEWER):
        with pytest.raises(DomainError, match="keeps at least one lead") as refused:
            change_role(actor=world.lead, project=world.bug, person=world.lead, role=role)
        assert refused.value.code == "last_lead"
    with pytest.raises(DomainError, match="keeps at least one lead"):
        remove_member(actor=world.lead, project=world.bug, person=world.lead)
    with pytest.raises(DomainError, match="keeps at least one lead"):
        remove_member(actor=world.administrator, project=world.bug, person=world.lead)

    assert role_of(world.bug, world.lead) == Role.LEAD


@pytest.mark.django_db
def test_one_of_two_leads_may_leave(world):
    change_role(actor=world.lead, project=world.bug, person=world.developer, role=Role.LEAD)

    remove_member(actor=world.lead, project=world.bug, person=world.lead)

    assert (role_of(world.bug, world.lead), role_of(world.bug, world.developer)) == (None, Role.LEAD)


@pytest.mark.django_db
def test_a_refused_departure_writes_nothing(world):
    before = Membership.history.count()

    with pytest.raises(DomainError):
        remove_member(actor=world.lead, project=world.bug, person=world.lead)

    assert Membership.history.count() == before


@pytest.mark.django_db(transaction=True)
def test_two_last_leads_who_leave_at_once_do_not_both_go():
    for _round in range(ROUNDS):
        project = ProjectFactory()
        pair = [project.owner, member(project, Role.LEAD)]

        results = at_once(
            [
                lambda person=person, project=project: remove_member(actor=person, project=project, person=person)
                for person in pair
            ]
        )

        assert [error.code for error in errors(results)] == ["last_lead"]
        assert leads(project) == 1


@pytest.mark.django_db(transaction=True)
def test_two_last_leads_who_demote_each_other_at_once_do_not_both_succeed():
    for _round in range(ROUNDS):
        project = ProjectFactory()
        one, other = project.owner, member(project, Role.LEAD)

        results = at_once(
            [
                lambda pair=pair, project=project: change_role(
                    actor=pair[0], project=Project.objects.get(pk=project.pk), person=pair[1], role=Role.VIEWER
                )
                for pair in ((one, other), (other, one))
            ]
        )

        refused = errors(results)
        assert len(refused) == 1
        assert isinstance(refused[0], PermissionRefused) or refused[0].code == "last_lead"
        assert leads(project) == 1


@pytest.mark.django_db(transaction=True)
def test_ten_leads_who_leave_at_once_leave_one():
    project = ProjectFactory()
    everyone = [project.owner, *(member(project, Role.LEAD) for _person in range(9))]

    results = at_once(
        [lambda person=person: remove_member(actor=person, project=project, person=person) for person in everyone]
    )

    assert [error.code for error in errors(results)] == ["last_lead"]
    assert leads(project) == 1


@pytest.mark.django_db(transaction=True)
def test_adding_one_person_twice_at_once_makes_one_member():
    from projects.services.members import add_member

    project, person = ProjectFactory(), PersonFactory()

    results = at_once(
        [
            lambda: add_member(actor=project.owner, project=project, person=person, role=Role.DEVELOPER)
            for _time in range(6)
        ]
    )

    assert [error.code for error in errors(results)] == ["member_exists"] * 5
    assert Membership.objects.filter(project=project, person=person).count() == 1
