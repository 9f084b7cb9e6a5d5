"""Who may do what in which project: one table, and everything that is derived from it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from config.errors import PermissionRefused
from projects.access import (
    access_to,
    get_deleted_project_or_404,
    get_project_or_404,
    may_delete,
    refusal,
    require,
    require_delete,
    with_access,
)
from projects.enums import Role
from projects.models import ProjectUserObjectPermission
from projects.permissions import ACTS, ROLE_PERMS, Perm, roles_with
from projects.queries import visible_to
from projects.services.members import add_member, change_role, remove_member
from tests.factories import PersonFactory
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db

WORK = {Perm.CREATE_ISSUE, Perm.EDIT_ISSUE, Perm.ASSIGN_ISSUE, Perm.MOVE_ISSUE, Perm.WRITE_MESSAGE, Perm.ADD_FILE}
MANAGE = {
    Perm.DELETE_ISSUE,
    Perm.DELETE_MESSAGE,
    Perm.DELETE_FILE,
    Perm.MANAGE_LABELS,
    Perm.MANAGE_WORKFLOW,
    Perm.MANAGE_MEMBERS,
    Perm.MANAGE_SETTINGS,
}
TABLE = {
    Role.VIEWER: {Perm.READ},
    Role.DEVELOPER: {Perm.READ} | WORK,
    Role.LEAD: {Perm.READ} | WORK | MANAGE,
}
EVERYTHING = set(Perm)
READS_OPEN = {"OPEN"}
READS_LOGGED_IN = {"OPEN", "INNER"}
MEMBER_OF = {"BUG", "TEAM", "INNER", "OPEN", "SHELF"}
# A deactivated person's grants stay, so that coming back restores them; until then they open nothing.
SEES = {
    "anonymous": READS_OPEN,
    "stranger": READS_LOGGED_IN,
    "viewer": MEMBER_OF,
    "developer": MEMBER_OF,
    "lead": MEMBER_OF,
    "removed": READS_LOGGED_IN,
    "deactivated": set(),
    "administrator": MEMBER_OF | {"QZFAR"},
    "far_owner": READS_LOGGED_IN | {"QZFAR"},
}


def person_of(world, persona):
    return world.person(persona) or AnonymousUser()


def granted(project, person):
    rows = ProjectUserObjectPermission.objects.filter(content_object=project, user=person)
    return set(rows.values_list("permission__codename", flat=True))


def expected_perms(persona, key):
    """The table of the README, written out: role, visibility, archive and administrator."""
    role = {"lead": Role.LEAD, "developer": Role.DEVELOPER, "viewer": Role.VIEWER}.get(persona)
    perms = set(TABLE[role]) if role and key in MEMBER_OF else set()
    if persona == "deactivated":
        return set()
    if persona == "administrator":
        perms = EVERYTHING
    if key == "OPEN" or (key == "INNER" and persona != "anonymous"):
        perms = perms | {Perm.READ}
    if key == "SHELF":
        perms = perms & {Perm.READ, Perm.MANAGE_MEMBERS, Perm.MANAGE_SETTINGS}
    return perms


def test_roles_hold_exactly_these_permissions():
    assert ROLE_PERMS == TABLE
    assert set(ACTS) == EVERYTHING


def test_roles_with_names_the_weakest_first():
    assert roles_with(Perm.READ) == [Role.VIEWER, Role.DEVELOPER, Role.LEAD]
    assert roles_with(Perm.MOVE_ISSUE) == [Role.DEVELOPER, Role.LEAD]
    assert roles_with(Perm.MANAGE_LABELS) == [Role.LEAD]


@pytest.mark.parametrize("persona", [*PERSONAS, "far_owner"])
def test_visible_projects_of_each_persona(world, persona):
    found = visible_to(person_of(world, persona))

    assert set(found.values_list("key", flat=True)) == SEES[persona]


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("key", ["BUG", "TEAM", "INNER", "OPEN", "QZFAR", "SHELF"])
def test_permissions_of_each_persona_in_each_project(world, persona, key):
    person, project = person_of(world, persona), world.projects[key]

    alone = access_to(project, person)
    joined = access_to(with_access(person, pk=project.pk), person)

    assert set(alone.perms) == expected_perms(persona, key)
    assert alone == joined
    assert (Perm.READ in alone.perms) == (key in SEES[persona])


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("key", ["BUG", "TEAM", "INNER", "OPEN", "QZFAR", "SHELF", "GONE", "NOSUCH"])
def test_access_function_finds_what_is_visible_and_nothing_else(world, persona, key):
    person = person_of(world, persona)

    if key in SEES[persona]:
        assert get_project_or_404(person, key).key == key
        return
    with pytest.raises(Http404, match=r"^no such project$"):
        get_project_or_404(person, key)


@pytest.mark.parametrize("perm", sorted(EVERYTHING - {Perm.READ}))
@pytest.mark.parametrize("persona", ["viewer", "developer", "lead"])
def test_access_function_refuses_what_the_role_lacks(world, persona, perm):
    person = person_of(world, persona)

    if perm in TABLE[Role(persona)]:
        assert get_project_or_404(person, "BUG", perm) == world.bug
        return
    with pytest.raises(PermissionRefused) as refused:
        get_project_or_404(person, "BUG", perm)
    assert refused.value.status == 403
    assert world.lead.name in str(refused.value)
    assert str(ACTS[perm]) in str(refused.value)


def test_access_of_a_project_costs_one_statement(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        project = get_project_or_404(world.developer, "BUG", Perm.MOVE_ISSUE)
        require(project, world.developer, Perm.EDIT_ISSUE)


def test_access_is_never_mixed_up_between_people(world):
    project = get_project_or_404(world.lead, "BUG")

    assert Perm.MANAGE_LABELS in access_to(project, world.lead).perms
    assert set(access_to(project, world.viewer).perms) == {Perm.READ}
    assert access_to(project, world.stranger).perms == frozenset()


@pytest.mark.parametrize("role", list(Role))
def test_grants_are_those_of_the_role_after_every_change(world, role):
    person = PersonFactory()

    add_member(actor=world.lead, project=world.bug, person=person, role=role)
    assert granted(world.bug, person) == {perm.value for perm in TABLE[role]}

    for other in Role:
        change_role(actor=world.lead, project=world.bug, person=person, role=other)
        assert granted(world.bug, person) == {perm.value for perm in TABLE[other]}

    if role == Role.LEAD:
        change_role(actor=world.lead, project=world.bug, person=person, role=Role.VIEWER)
    remove_member(actor=world.lead, project=world.bug, person=person)
    assert granted(world.bug, person) == set()


def test_guardian_answers_as_we_do(world):
    for persona in ("lead", "developer", "viewer", "stranger", "removed"):
        person = world.person(persona)
        ours = {perm for perm in Perm if access_to(world.bug, person).can(perm)}
        assert {perm for perm in Perm if person.has_perm(f"projects.{perm}", world.bug)} == ours


def test_a_removed_member_has_nothing_left(world):
    assert granted(world.bug, world.removed) == set()
    assert access_to(world.bug, world.removed).perms == frozenset()


def test_a_refusal_names_rule_role_and_who_can_grant_it(world):
    access = access_to(world.bug, world.viewer)

    assert str(refusal(world.bug, access, Perm.MOVE_ISSUE)) == (
        f"Moving issues in BUG needs the role developer or lead; you are viewer. {world.lead.name} can change that."
    )


def test_a_refusal_in_an_archived_project_says_so(world):
    access = access_to(world.archived, world.lead)

    assert str(refusal(world.archived, access, Perm.CREATE_ISSUE)) == (
        "Creating issues is not possible: SHELF is archived. A lead can bring it back in its settings."
    )


@pytest.mark.parametrize("persona", PERSONAS)
def test_only_owner_and_administrators_delete_and_restore(world, persona):
    person = person_of(world, persona)
    may = persona in {"lead", "administrator"}

    assert may_delete(world.bug, person) is may
    if may:
        require_delete(world.bug, person)
        assert get_deleted_project_or_404(person, "GONE") == world.deleted
        return
    with pytest.raises(PermissionRefused):
        require_delete(world.bug, person)
    with pytest.raises(Http404):
        get_deleted_project_or_404(person, "GONE")


def test_a_lead_who_is_not_the_owner_does_not_delete(world):
    change_role(actor=world.lead, project=world.bug, person=world.developer, role=Role.LEAD)

    with pytest.raises(PermissionRefused, match=world.lead.name):
        require_delete(world.bug, world.developer)
