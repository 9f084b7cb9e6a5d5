"""Teams: who may do what to whom, and that a team always has an owner."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.credentials import Credential
from accounts.enums import TeamRole
from accounts.events import team_stream
from accounts.models import Team, TeamMembership
from accounts.services.people import set_active
from accounts.services.teams import (
    change_team_role,
    create_team,
    delete_team,
    join_by_link,
    leave_team,
    remove_team_member,
    rename_team,
    restore_team,
    set_join_link,
    transfer_team,
)
from accounts.teamroles import may_change
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from tests.accounts.teams import ROLES, add, crew, place
from tests.factories import PersonFactory
from tests.parallel import at_once, errors

OWNER, ADMIN, MEMBER, GUEST = TeamRole
# By hand, so that the table of the code is compared with one that nobody computes.
ALLOWED = {
    *((OWNER, target, new) for target in (OWNER, ADMIN, MEMBER, GUEST) for new in ROLES),
    *((ADMIN, target, new) for target in (ADMIN, MEMBER, GUEST) for new in (None, ADMIN, MEMBER, GUEST)),
}
MATRIX = [(actor, target, new) for actor in ROLES for target in ROLES for new in ROLES]


def act(team, actor, target, new):
    """Make somebody into something; None removes them."""
    if new is None:
        remove_team_member(actor=actor, team=team, person=target)
    else:
        change_team_role(actor=actor, team=team, person=target, role=new)


def kinds(team):
    return [event.kind for event in events_of(team_stream(team.pk)).order_by("seq")]


def test_the_matrix_has_all_combinations():
    assert len(set(MATRIX)) == 125
    assert {case for case in MATRIX if may_change(*case)} == ALLOWED


@pytest.mark.django_db
@pytest.mark.parametrize(("actor", "target", "new"), MATRIX)
def test_who_may_make_whom_into_what(actor, target, new):
    people = crew()
    other = add(people, target) if target else PersonFactory()
    before = events_of(team_stream(people.team.pk)).count()

    if (actor, target, new) in ALLOWED:
        act(people.team, people.person(actor), other, new)
        assert place(people.team, other) == new
    else:
        with pytest.raises(DomainError) as refused:
            act(people.team, people.person(actor), other, new)
        # Who may change people at all is told that there is nobody; everyone else, the rule.
        is_manager = actor in {OWNER, ADMIN}
        assert isinstance(refused.value, PermissionRefused) or (is_manager and refused.value.code == "no_member")
        assert place(people.team, other) == target
        assert events_of(team_stream(people.team.pk)).count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("role", TeamRole)
@pytest.mark.parametrize("new", TeamRole)
def test_nobody_makes_themselves_more(role, new):
    people = crew()
    add(people, OWNER)
    person, order = people.person(role), list(TeamRole)

    if order.index(new) < order.index(role) or (role in {MEMBER, GUEST}):
        with pytest.raises(PermissionRefused):
            change_team_role(actor=person, team=people.team, person=person, role=new)
        assert place(people.team, person) == role
    else:
        change_team_role(actor=person, team=people.team, person=person, role=new)
        assert place(people.team, person) == new


@pytest.mark.django_db
def test_a_site_administrator_acts_as_an_owner(world):
    people = crew()

    change_team_role(actor=world.administrator, team=people.team, person=people.guest, role=OWNER)
    remove_team_member(actor=world.administrator, team=people.team, person=people.owner)

    assert (place(people.team, people.guest), place(people.team, people.owner)) == (OWNER, None)


@pytest.mark.django_db
def test_the_last_owner_neither_leaves_nor_is_removed_nor_demoted(world):
    people = crew()

    for call in (
        lambda: leave_team(actor=people.owner, team=people.team),
        lambda: remove_team_member(actor=people.owner, team=people.team, person=people.owner),
        lambda: remove_team_member(actor=world.administrator, team=people.team, person=people.owner),
        lambda: change_team_role(actor=people.owner, team=people.team, person=people.owner, role=ADMIN),
    ):
        with pytest.raises(DomainError, match="keeps at least one owner") as refused:
            call()
        assert refused.value.code == "last_owner"
    assert place(people.team, people.owner) == OWNER


@pytest.mark.django_db
def test_an_owner_who_cannot_log_in_does_not_count(world):
    people = crew()
    other = add(people, OWNER)
    set_active(actor=world.administrator, person=other, active=False)

    with pytest.raises(DomainError, match="keeps at least one owner"):
        leave_team(actor=people.owner, team=people.team)

    remove_team_member(actor=people.owner, team=people.team, person=other)
    assert place(people.team, other) is None


@pytest.mark.django_db
def test_the_database_refuses_a_team_without_an_owner():
    people = crew()

    for write in (
        lambda rows: rows.update(role=ADMIN),
        lambda rows: rows.delete(),
    ):
        with pytest.raises(IntegrityError, match="keeps at least one owner"), transaction.atomic():
            write(TeamMembership.objects.filter(team=people.team, role=OWNER))


@pytest.mark.django_db
@pytest.mark.parametrize("role", [ADMIN, MEMBER, GUEST])
def test_everyone_else_may_leave(role):
    people = crew()

    leave_team(actor=people.person(role), team=people.team)

    assert place(people.team, people.person(role)) is None
    assert kinds(people.team)[-1] == "team.left"


@pytest.mark.django_db
def test_who_is_not_in_a_team_cannot_leave_it():
    people = crew()

    with pytest.raises(DomainError, match="is not in this team"):
        leave_team(actor=people.outsider, team=people.team)


@pytest.mark.django_db
def test_a_team_is_handed_over_to_somebody_in_it():
    people = crew()

    transfer_team(actor=people.owner, team=people.team, person=people.member)

    assert (place(people.team, people.member), place(people.team, people.owner)) == (OWNER, ADMIN)
    assert kinds(people.team)[-1] == "team.transferred"


@pytest.mark.django_db
@pytest.mark.parametrize("role", [ADMIN, MEMBER, GUEST, None])
def test_only_owners_hand_over_delete_and_restore(role, world):
    people = crew()
    actor = people.person(role)

    for call in (
        lambda: transfer_team(actor=actor, team=people.team, person=people.member),
        lambda: delete_team(actor=actor, team=people.team, typed_name=people.team.name),
    ):
        with pytest.raises(PermissionRefused, match="needs the role owner"):
            call()
    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)
    with pytest.raises(PermissionRefused, match="needs the role owner"):
        restore_team(actor=actor, team=people.team)

    assert Team.objects.get(pk=people.team.pk).deleted_at


@pytest.mark.django_db
def test_a_team_is_not_handed_to_oneself_to_outsiders_or_to_who_cannot_log_in(world):
    people = crew()
    set_active(actor=world.administrator, person=people.guest, active=False)
    people.guest.refresh_from_db()

    for person in (people.owner, people.outsider, people.guest):
        with pytest.raises(DomainError):
            transfer_team(actor=people.owner, team=people.team, person=person)

    assert place(people.team, people.owner) == OWNER


@pytest.mark.django_db
@pytest.mark.parametrize("role", [MEMBER, GUEST, None])
def test_only_owners_and_admins_rename_and_set_the_link(role):
    people = crew()
    actor = people.person(role)

    for call in (
        lambda: rename_team(actor=actor, team=people.team, name="Mine"),
        lambda: set_join_link(actor=actor, team=people.team, is_on=True),
    ):
        with pytest.raises(PermissionRefused, match="needs the role owner or admin"):
            call()

    team = Team.objects.get(pk=people.team.pk)
    assert (team.name, team.join_code) == (people.team.name, "")


@pytest.mark.django_db
def test_rename_is_recorded_once():
    people = crew()

    rename_team(actor=people.admin, team=people.team, name="Harbour")
    rename_team(actor=people.admin, team=people.team, name="Harbour")

    assert kinds(people.team)[-2:] != ["team.changed", "team.changed"]
    newest = events_of(team_stream(people.team.pk)).first()
    assert newest.data == {"changes": {"name": {"from": people.team.name, "to": "Harbour"}}}


@pytest.mark.django_db
def test_a_deleted_team_comes_back_within_its_days_of_grace():
    people = crew()
    with pytest.raises(DomainError, match="to delete the team"):
        delete_team(actor=people.owner, team=people.team, typed_name="Another")
    delete_team(actor=people.owner, team=people.team, typed_name=f" {people.team.name} ")

    for call in (
        lambda: rename_team(actor=people.owner, team=people.team, name="New"),
        lambda: leave_team(actor=people.member, team=people.team),
    ):
        with pytest.raises(DomainError, match="was deleted"):
            call()
    restored = restore_team(actor=people.owner, team=people.team)

    assert restored.deleted_at is None
    assert kinds(people.team)[-2:] == ["team.deleted", "team.restored"]


@pytest.mark.django_db
def test_after_the_days_of_grace_nobody_brings_a_team_back(world):
    people = crew()
    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

    with clock.at(clock.now() + timedelta(days=settings.TEAM_GRACE_DAYS, seconds=1)):
        for actor in (people.owner, world.administrator):
            with pytest.raises(DomainError, match="too long ago"):
                restore_team(actor=actor, team=people.team)


@pytest.mark.django_db
def test_a_personal_team_is_neither_left_nor_deleted_until_it_is_shared():
    person = PersonFactory()
    team = person.teams.get()

    for call in (
        lambda: leave_team(actor=person, team=team),
        lambda: delete_team(actor=person, team=team, typed_name=team.name),
    ):
        with pytest.raises(DomainError, match="is your own team"):
            call()
    set_join_link(actor=person, team=team, is_on=True)
    delete_team(actor=person, team=team, typed_name=team.name)

    assert not Team.objects.get(pk=team.pk).is_personal


@pytest.mark.django_db
def test_the_join_link_lets_people_in_while_it_is_on():
    people = crew()
    first = set_join_link(actor=people.admin, team=people.team, is_on=True).join_code
    second = set_join_link(actor=people.admin, team=people.team, is_on=True).join_code

    with pytest.raises(Http404):
        join_by_link(actor=people.outsider, code=first)
    join_by_link(actor=people.outsider, code=second)
    # Who is in it already keeps their role.
    join_by_link(actor=people.owner, code=second)
    set_join_link(actor=people.admin, team=people.team, is_on=False)
    for code in (second, ""):
        with pytest.raises(Http404):
            join_by_link(actor=PersonFactory(), code=code)

    assert (place(people.team, people.outsider), place(people.team, people.owner)) == (MEMBER, OWNER)
    assert first != second
    logged = str(list(events_of(team_stream(people.team.pk)).values_list("data", flat=True)))
    assert first not in logged
    assert second not in logged


WAYS_OUT = {
    "removed member": (
        lambda people: remove_team_member(actor=people.owner, team=people.team, person=people.member),
        1,
    ),
    "removed admin": (lambda people: act(people.team, people.owner, people.admin, None), 1),
    "demoted admin": (lambda people: act(people.team, people.owner, people.admin, MEMBER), 1),
    "admin who left": (lambda people: leave_team(actor=people.admin, team=people.team), 1),
    "promoted guest": (lambda people: act(people.team, people.owner, people.guest, MEMBER), 0),
    "member who left": (lambda people: leave_team(actor=people.member, team=people.team), 0),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS_OUT)
def test_the_join_link_that_somebody_knew_ends_with_their_part_in_the_team(way, client_for):
    people = crew()
    go, changes = WAYS_OUT[way]
    old = set_join_link(actor=people.owner, team=people.team, is_on=True).join_code

    go(people)

    team = Team.objects.get(pk=people.team.pk)
    status = client_for(people.outsider).get(f"/join/{old}/").status_code
    found = (status, team.join_code == old, team.join_code != "")
    assert found == ((404, False, True) if changes else (200, True, True))
    assert kinds(people.team).count("team.link_set") == 1 + changes


@pytest.mark.django_db
def test_a_join_link_that_is_off_stays_off_when_somebody_is_removed():
    people = crew()

    remove_team_member(actor=people.owner, team=people.team, person=people.admin)

    assert Team.objects.get(pk=people.team.pk).join_code == ""
    assert "team.link_set" not in kinds(people.team)


@pytest.mark.django_db
def test_a_token_for_some_projects_changes_no_team():
    people = crew()
    people.owner.credential = Credential(projects=frozenset({1}))

    for call in (
        lambda: create_team(actor=people.owner, name="Another"),
        lambda: rename_team(actor=people.owner, team=people.team, name="New"),
        lambda: leave_team(actor=people.owner, team=people.team),
        lambda: change_team_role(actor=people.owner, team=people.team, person=people.guest, role=ADMIN),
    ):
        with pytest.raises(PermissionRefused, match="for some projects only"):
            call()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["leave", "demote", "remove"])
def test_two_last_owners_never_both_go_at_once(way):
    """Row 08 of the plan: a hundred times, and one stays each time."""
    calls = {
        "leave": lambda one, other, team: leave_team(actor=one, team=team),
        "demote": lambda one, other, team: change_team_role(actor=one, team=team, person=other, role=MEMBER),
        "remove": lambda one, other, team: remove_team_member(actor=one, team=team, person=other),
    }
    people = crew()

    for _round in range(100):
        pair = [people.owner, people.admin]
        TeamMembership.objects.filter(team=people.team, person__in=pair).update(role=OWNER)
        for person in pair:
            TeamMembership.objects.get_or_create(team=people.team, person=person, defaults={"role": OWNER})

        results = at_once(
            [lambda pair=two: calls[way](*pair, people.team) for two in (pair, pair[::-1])],
        )

        refused = errors(results)
        assert len(refused) == 1
        assert isinstance(refused[0], PermissionRefused) or refused[0].code == "last_owner"
        assert TeamMembership.objects.filter(team=people.team, role=OWNER).count() == 1
