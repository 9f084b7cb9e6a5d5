"""Roles in projects that follow from a team: written, kept up and taken back with every change."""

from io import StringIO

import pytest
from django.core.management import call_command
from guardian.shortcuts import get_user_perms

from accounts.enums import TeamRole
from accounts.models import Team
from accounts.services.teams import (
    change_team_role,
    create_team,
    delete_team,
    join_team,
    leave_team,
    remove_team_member,
    restore_team,
    set_join_link,
    transfer_team,
)
from config.errors import DomainError, PermissionRefused
from notifications.models import Outbox
from notifications.queries import events_of
from projects.enums import Role
from projects.events import project_stream
from projects.models import Membership, Project, ProjectUserObjectPermission
from projects.permissions import ROLE_PERMS
from projects.queries import visible_to
from projects.services.members import add_member, change_role, remove_member
from projects.services.projects import change_project, create_project, delete_project, restore_project
from tests.accounts.teams import crew
from tests.factories import PersonFactory, ProjectFactory, role_of

pytestmark = pytest.mark.django_db
OWNER, ADMIN, MEMBER, GUEST = TeamRole
LEAD, DEVELOPER, VIEWER = Role


@pytest.fixture
def people(db):
    return crew()


def found(people, **fields):
    """Return a new private project of the team."""
    return ProjectFactory(actor=people.owner, team=people.team, **fields)


def roles(project, people):
    return {name: role_of(project, getattr(people, name)) for name in ("owner", "admin", "member", "guest", "outsider")}


def assert_in_line(project):
    """Grants are those of the roles, and the last row of history says the same as the membership."""
    for row in Membership.objects.filter(project=project).select_related("person"):
        assert set(get_user_perms(row.person, project)) == {perm.value for perm in ROLE_PERMS[Role(row.role)]}
        newest = Membership.history.filter(id=row.pk).latest("history_id")
        assert (newest.role, newest.given_role, newest.team_role) == (row.role, row.given_role, row.team_role)
    granted = set(ProjectUserObjectPermission.objects.filter(content_object=project).values_list("user", flat=True))
    assert granted == set(Membership.objects.filter(project=project).values_list("person", flat=True))


@pytest.mark.parametrize("default", [None, *Role])
def test_a_new_project_has_the_people_of_its_team(people, default):
    project = found(people, default_role=default)

    assert roles(project, people) == {
        "owner": LEAD,
        "admin": LEAD,
        "member": default,
        "guest": None,
        "outsider": None,
    }
    assert_in_line(project)


@pytest.mark.parametrize(("role", "expected"), [(OWNER, LEAD), (ADMIN, LEAD), (MEMBER, VIEWER), (GUEST, None)])
def test_who_joins_a_team_is_in_its_projects(people, role, expected):
    project = found(people, default_role=VIEWER)

    join_team(actor=people.owner, team=people.team, person=people.outsider, role=role)

    assert role_of(project, people.outsider) == expected
    assert visible_to(people.outsider).filter(pk=project.pk).exists() is (expected is not None)
    assert_in_line(project)


@pytest.mark.parametrize("given", [None, *Role])
@pytest.mark.parametrize("default", [None, *Role])
@pytest.mark.parametrize("place", TeamRole)
def test_the_stronger_of_both_sources_holds(people, given, default, place):
    project = found(people, default_role=default)
    person = PersonFactory()
    if given:
        add_member(actor=people.owner, project=project, person=person, role=given)

    join_team(actor=people.owner, team=people.team, person=person, role=place)

    by_team = {OWNER: LEAD, ADMIN: LEAD, MEMBER: default, GUEST: None}[place]
    order = [LEAD, DEVELOPER, VIEWER, None]
    assert role_of(project, person) == min(given, by_team, key=order.index)
    assert_in_line(project)


def test_a_change_of_role_in_the_team_is_one_in_its_projects(people):
    project = found(people, default_role=DEVELOPER)

    change_team_role(actor=people.owner, team=people.team, person=people.member, role=ADMIN)
    assert role_of(project, people.member) == LEAD
    change_team_role(actor=people.owner, team=people.team, person=people.member, role=GUEST)
    assert role_of(project, people.member) is None
    transfer_team(actor=people.owner, team=people.team, person=people.guest)

    assert (role_of(project, people.owner), role_of(project, people.guest)) == (LEAD, LEAD)
    assert_in_line(project)


@pytest.mark.parametrize(("first", "then"), [(None, DEVELOPER), (DEVELOPER, VIEWER), (VIEWER, LEAD), (LEAD, None)])
def test_a_new_default_role_reaches_all_members_at_once(people, first, then):
    project = found(people, default_role=first)
    add_member(actor=people.owner, project=project, person=people.guest, role=VIEWER)

    project = change_project(actor=people.owner, project=project, changes={"default_role": then})

    assert (role_of(project, people.member), role_of(project, people.guest)) == (then, VIEWER)
    assert events_of(project_stream(project.pk)).filter(kind="project.changed").get().data == {
        "changes": {"default_role": {"from": first, "to": then}}
    }
    assert_in_line(project)


def test_what_a_lead_gave_stays_when_the_default_role_goes(people):
    project = found(people, default_role=VIEWER)
    change_role(actor=people.owner, project=project, person=people.member, role=DEVELOPER)

    change_project(actor=people.owner, project=project, changes={"default_role": None})

    assert role_of(project, people.member) == DEVELOPER
    assert_in_line(project)


@pytest.mark.parametrize("way", ["leave", "remove"])
def test_who_goes_leaves_all_projects_of_the_team_and_no_other(people, way):
    first, second = found(people, default_role=DEVELOPER), found(people)
    other = ProjectFactory(members={people.member: DEVELOPER})
    add_member(actor=people.owner, project=second, person=people.member, role=DEVELOPER)

    if way == "leave":
        leave_team(actor=people.member, team=people.team)
    else:
        remove_team_member(actor=people.admin, team=people.team, person=people.member)

    assert [role_of(project, people.member) for project in (first, second, other)] == [None, None, DEVELOPER]
    assert set(visible_to(people.member).filter(visibility="private")) == {other}
    for project in (first, second):
        assert_in_line(project)


def test_what_they_owned_goes_to_an_owner_of_the_team(people):
    project = ProjectFactory(actor=people.member, team=people.team)

    remove_team_member(actor=people.admin, team=people.team, person=people.member)

    project.refresh_from_db()
    assert project.owner == people.owner
    with pytest.raises(PermissionRefused):
        delete_project(actor=people.member, project=project, typed_key=project.key)


def test_less_than_the_team_gives_is_refused_with_where_it_comes_from(people):
    project = found(people, default_role=DEVELOPER)

    for call in (
        lambda: change_role(actor=people.admin, project=project, person=people.member, role=VIEWER),
        lambda: change_role(actor=people.admin, project=project, person=people.owner, role=DEVELOPER),
        lambda: remove_member(actor=people.admin, project=project, person=people.member),
        lambda: remove_member(actor=people.member, project=project, person=people.member),
    ):
        with pytest.raises(DomainError, match=f"by the team {people.team.name}, and no less") as refused:
            call()
        assert people.owner.name in str(refused.value)

    assert (role_of(project, people.member), role_of(project, people.owner)) == (DEVELOPER, LEAD)


def test_more_than_the_team_gives_is_given_and_taken_back(people):
    project = found(people, default_role=DEVELOPER)

    change_role(actor=people.admin, project=project, person=people.member, role=LEAD)
    change_role(actor=people.admin, project=project, person=people.member, role=DEVELOPER)

    row = Membership.objects.get(project=project, person=people.member)
    assert (row.role, row.given_role, row.team_role) == ("developer", None, "developer")


def test_a_personal_team_gives_roles_once_it_is_shared(db):
    person, other = PersonFactory(), PersonFactory()
    project = ProjectFactory(actor=person, members={other: LEAD})
    remove_member(actor=person, project=project, person=person)

    set_join_link(actor=person, team=person.teams.get(), is_on=True)

    assert role_of(project, person) == LEAD
    assert_in_line(project)


def test_every_project_of_the_team_is_aligned_archived_and_deleted_ones_too(people):
    projects = [found(people, default_role=VIEWER) for _project in range(3)]
    delete_project(actor=people.owner, project=projects[2], typed_key=projects[2].key)

    join_team(actor=people.owner, team=people.team, person=people.outsider, role=MEMBER)

    assert [role_of(project, people.outsider) for project in projects] == [VIEWER] * 3


def test_events_say_that_it_followed_from_the_team_and_nobody_is_told_for_each_project(people):
    project = found(people, default_role=DEVELOPER)
    Outbox.objects.all().delete()

    join_team(actor=people.owner, team=people.team, person=people.outsider, role=MEMBER)
    remove_team_member(actor=people.owner, team=people.team, person=people.outsider)

    told = list(events_of(project_stream(project.pk))[:2])
    common = {"person": people.outsider.name, "role": "developer", "team": people.team.name}
    assert [(event.kind, event.subject, event.data, event.actor) for event in told] == [
        ("member.removed", f"person:{people.outsider.pk}", common, people.owner),
        ("member.added", f"person:{people.outsider.pk}", common, people.owner),
    ]
    from projects.audience import told_of_joining, told_of_removal

    assert (told_of_removal(told[0]), told_of_joining(told[1])) == ([], [])


def test_projects_go_into_the_trash_and_come_back_with_their_team(people):
    one, two, earlier = found(people), found(people), found(people)
    delete_project(actor=people.owner, project=earlier, typed_key=earlier.key)

    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

    assert not visible_to(people.owner).filter(team=people.team).exists()
    with pytest.raises(DomainError, match="Its team"):
        restore_project(actor=people.owner, project=Project.objects.get(pk=one.pk))
    restore_team(actor=people.owner, team=people.team)
    assert set(visible_to(people.owner).filter(team=people.team)) == {one, two}
    assert events_of(project_stream(one.pk)).first().kind == "project.restored"


def test_a_failed_deletion_leaves_everything_as_it_was(people, monkeypatch):
    project = found(people)
    monkeypatch.setattr("accounts.services.teams.record", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

    assert Team.objects.get(pk=people.team.pk).deleted_at is None
    assert Project.objects.get(pk=project.pk).deleted_at is None


@pytest.mark.parametrize("role", [GUEST, None])
def test_guests_and_outsiders_create_no_projects(people, role):
    with pytest.raises(PermissionRefused, match="needs more than a guest"):
        create_project(actor=people.person(role), team=people.team, name="Mine", key="MINE")

    assert not Project.objects.filter(key="MINE").exists()


@pytest.mark.parametrize("role", [OWNER, ADMIN, MEMBER])
def test_everyone_else_creates_and_leads_them(people, role):
    project = create_project(actor=people.person(role), team=people.team, name="Ours", key="OURS")

    assert role_of(project, people.person(role)) == LEAD


def test_joining_costs_as_many_statements_for_one_member_as_for_many(people, django_assert_max_num_queries):
    for _project in range(4):
        found(people, default_role=VIEWER)

    with django_assert_max_num_queries(60):
        join_team(actor=people.owner, team=people.team, person=people.outsider, role=MEMBER)


def test_rows_from_before_are_aligned_at_the_next_start(people, world):
    project = found(people, default_role=VIEWER)
    Membership.objects.filter(project=project, person=people.admin).delete()
    ProjectUserObjectPermission.objects.filter(content_object=project, user=people.admin).delete()
    # Migration 0009 gave the owners of personal teams a role by the team.
    Membership.objects.filter(project=world.bug, person=world.lead).update(team_role="lead")

    said = [StringIO(), StringIO()]
    for text in said:
        call_command("align_teams", stdout=text)

    assert [text.getvalue() for text in said] == ["2 teams aligned\n", "0 teams aligned\n"]
    assert role_of(project, people.admin) == LEAD
    assert Membership.objects.get(project=world.bug, person=world.lead).team_role is None
    assert_in_line(project)


def test_two_teams_do_not_touch_each_other(people):
    other = crew()
    project = found(people, default_role=DEVELOPER)

    join_team(actor=other.owner, team=other.team, person=people.member, role=GUEST)
    leave_team(actor=people.member, team=other.team)

    assert role_of(project, people.member) == DEVELOPER


def test_a_team_that_was_made_later_leads_from_its_first_project(db):
    person = PersonFactory()
    team = create_team(actor=person, name="Later")

    project = ProjectFactory(actor=person, team=team)

    row = Membership.objects.get(project=project, person=person)
    assert (row.given_role, row.team_role) == ("lead", "lead")
