"""Members: each change in the membership, the permission rows, the history and the log together, or not at all."""

import pytest
from guardian.shortcuts import get_user_perms

from config.errors import DomainError, PermissionRefused
from issues.models import Issue
from notifications.queries import events_of
from projects.enums import Role
from projects.events import project_stream
from projects.models import Membership
from projects.permissions import ROLE_PERMS
from projects.queries import visible_to
from projects.services.members import add_member, change_role, remove_member
from tests.factories import PersonFactory, ProjectFactory, role_of


@pytest.fixture
def project(db):
    return ProjectFactory()


def newest(project):
    event = events_of(project_stream(project.pk)).first()
    return event.kind, event.subject, event.data


def count(project):
    return events_of(project_stream(project.pk)).count()


def perms(person, project):
    return set(get_user_perms(person, project))


@pytest.mark.parametrize("role", Role)
def test_add_grants_exactly_the_roles_permissions(project, role):
    person = PersonFactory()

    add_member(actor=project.owner, project=project, person=person, role=role)

    assert perms(person, project) == {perm.value for perm in ROLE_PERMS[role]}
    assert newest(project) == ("member.added", f"person:{person.pk}", {"person": person.name, "role": role.value})


def test_add_of_a_member_is_refused(project):
    before = count(project)

    with pytest.raises(DomainError, match="is a member already"):
        add_member(actor=project.owner, project=project, person=project.owner, role=Role.VIEWER)

    assert (role_of(project, project.owner), count(project)) == (Role.LEAD, before)


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_members_are_changed_by_leads_only(project, role):
    actor, other = PersonFactory(), PersonFactory()
    for person, given in ((actor, role), (other, Role.VIEWER)):
        add_member(actor=project.owner, project=project, person=person, role=given)
    before = count(project)

    for act in (
        lambda: add_member(actor=actor, project=project, person=PersonFactory(), role=Role.VIEWER),
        lambda: change_role(actor=actor, project=project, person=actor, role=Role.LEAD),
        lambda: remove_member(actor=actor, project=project, person=other),
    ):
        with pytest.raises(PermissionRefused, match="needs the role lead"):
            act()

    assert (role_of(project, actor), role_of(project, other), count(project)) == (role, Role.VIEWER, before)


@pytest.mark.parametrize("old", Role)
@pytest.mark.parametrize("new", Role)
def test_change_of_role_changes_permissions_at_once(project, old, new):
    person = PersonFactory()
    add_member(actor=project.owner, project=project, person=person, role=old)
    before = count(project)

    change_role(actor=project.owner, project=project, person=person, role=new)

    assert perms(person, project) == {perm.value for perm in ROLE_PERMS[new]}
    if old == new:
        assert count(project) == before
    else:
        changes = {"role": {"from": old.value, "to": new.value}}
        assert newest(project) == ("member.changed", f"person:{person.pk}", {"person": person.name, "changes": changes})


def test_remove_takes_every_permission_and_keeps_history(project):
    person = PersonFactory()
    add_member(actor=project.owner, project=project, person=person, role=Role.DEVELOPER)

    remove_member(actor=project.owner, project=project, person=person)

    assert (perms(person, project), role_of(project, person)) == (set(), None)
    assert not visible_to(person).filter(pk=project.pk).exists()
    rows = Membership.history.filter(project_id=project.pk, person_id=person.pk).order_by("history_id")
    assert [(row.history_type, row.history_user) for row in rows] == [("+", project.owner), ("-", project.owner)]
    assert newest(project)[0] == "member.removed"


def test_remove_leaves_issues_assigned(world):
    remove_member(actor=world.lead, project=world.bug, person=world.developer)

    assert Issue.objects.filter(project=world.bug, assignee=world.developer).count() == 4


def test_leaving_is_told_apart_from_being_removed(project):
    person = PersonFactory()
    add_member(actor=project.owner, project=project, person=person, role=Role.VIEWER)

    remove_member(actor=person, project=project, person=person)

    assert newest(project) == ("member.left", f"person:{person.pk}", {"person": person.name, "role": "viewer"})


@pytest.mark.parametrize(
    "act",
    [
        lambda project: change_role(actor=project.owner, project=project, person=project.owner, role=Role.VIEWER),
        lambda project: remove_member(actor=project.owner, project=project, person=project.owner),
    ],
)
def test_last_lead_stays(project, act):
    before = count(project)

    with pytest.raises(DomainError, match="A project keeps at least one lead"):
        act(project)

    assert (role_of(project, project.owner), count(project)) == (Role.LEAD, before)
    assert perms(project.owner, project) == {perm.value for perm in ROLE_PERMS[Role.LEAD]}


@pytest.mark.parametrize("act", [remove_member, lambda **to: change_role(role=Role.LEAD, **to)])
def test_who_is_no_member_is_neither_changed_nor_removed(project, act):
    person = PersonFactory()

    with pytest.raises(DomainError, match="is not a member of this project"):
        act(actor=project.owner, project=project, person=person)

    assert role_of(project, person) is None
