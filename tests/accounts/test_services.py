"""Services of people and teams."""

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import TeamRole
from accounts.events import INSTANCE, person_subject, team_stream
from accounts.models import TeamMembership, User
from accounts.queries.teams import teams_of, teams_to_create_in
from accounts.services.people import (
    change_profile,
    ensure_administrator,
    register_person,
    set_active,
    set_administrator,
)
from accounts.services.teams import create_team, join_team
from notifications.queries import events_about, events_of
from tests.factories import PASSWORD, PersonFactory


def kinds(stream):
    return list(events_of(stream).values_list("kind", flat=True))


def test_register_makes_person_address_team_and_events(db):
    person = register_person(username="Ana", email="ANA@mail.example", password=PASSWORD, display_name="Ana Lima")

    team = person.teams.get()
    assert (person.email, person.check_password(PASSWORD), person.is_active) == ("ana@mail.example", True, True)
    assert list(person.emailaddress_set.values_list("email", "verified", "primary")) == [
        ("ana@mail.example", True, True)
    ]
    assert (team.name, team.is_personal) == ("Ana Lima", True)
    assert TeamMembership.objects.get(team=team).role == TeamRole.OWNER
    assert (kinds(INSTANCE)[0], kinds(team_stream(team.pk))) == ("person.registered", ["team.created"])


@pytest.mark.parametrize("changes", [{"username": "ANA"}, {"email": "ana@MAIL.example"}])
def test_register_refuses_who_differs_by_case_only(db, changes):
    register_person(username="Ana", email="ana@mail.example", password=PASSWORD)
    before = len(kinds(INSTANCE))

    with pytest.raises(IntegrityError), transaction.atomic():
        register_person(**{"username": "ben", "email": "ben@mail.example", "password": PASSWORD} | changes)

    assert (User.objects.filter(username__iexact="ben").count(), len(kinds(INSTANCE))) == (0, before)


def test_change_profile_without_a_change_leaves_no_trace(db):
    person = PersonFactory(display_name="Ana")
    before = (person.history.count(), len(kinds(INSTANCE)))

    change_profile(actor=person, changes={"display_name": "Ana"})

    assert (person.history.count(), len(kinds(INSTANCE))) == before


def test_change_profile_takes_its_own_fields_only(db):
    person = PersonFactory()

    with pytest.raises(ValueError, match="is_superuser"):
        change_profile(actor=person, changes={"is_superuser": True})


def test_join_team_twice_changes_nothing(db):
    owner, person = PersonFactory(), PersonFactory()
    team = create_team(actor=owner, name="Harbour")

    first = join_team(actor=owner, team=team, person=person, role=TeamRole.MEMBER)
    second = join_team(actor=owner, team=team, person=person, role=TeamRole.ADMIN)

    assert (first.pk, second.role) == (second.pk, TeamRole.MEMBER)
    assert kinds(team_stream(team.pk)) == ["team.joined", "team.created"]


def test_set_active_is_recorded_once(db):
    administrator, person = PersonFactory(), PersonFactory()
    administrator = set_administrator(actor=None, person=administrator, administrator=True)

    set_active(actor=administrator, person=person, active=False)
    set_active(actor=administrator, person=person, active=False)

    assert User.objects.get(pk=person.pk).is_active is False
    told = events_about(person_subject(person.pk)).values_list("kind", flat=True)
    assert list(told) == ["person.registered", "person.deactivated"]


def test_ensure_administrator_creates_then_leaves_alone(db):
    given = {"username": "root", "email": "root@mail.example", "password": PASSWORD}

    created, is_changed = ensure_administrator(**given)
    before = (created.history.count(), User.objects.get(pk=created.pk).password)
    again, is_changed_again = ensure_administrator(**given)

    assert (created.pk, is_changed, is_changed_again) == (again.pk, True, False)
    assert created.is_superuser
    assert created.is_staff
    assert (again.history.count(), User.objects.get(pk=created.pk).password) == before


def test_ensure_administrator_aligns_with_new_values(db):
    person = PersonFactory(username="root")

    ensure_administrator(username="ROOT", email="New@mail.example", password="another long passphrase")

    person = User.objects.get(pk=person.pk)
    assert (person.email, person.is_superuser) == ("new@mail.example", True)
    assert person.check_password("another long passphrase")


def test_teams_of_shows_shared_ones_first_and_guests_create_nowhere(db):
    owner, person = PersonFactory(), PersonFactory(display_name="Ana")
    shared, guest = create_team(actor=owner, name="Zebra"), create_team(actor=owner, name="Yard")
    join_team(actor=owner, team=shared, person=person, role=TeamRole.MEMBER)
    join_team(actor=owner, team=guest, person=person, role=TeamRole.GUEST)

    assert [team.name for team in teams_of(person)] == ["Yard", "Zebra", "Ana"]
    assert [team.name for team in teams_to_create_in(person)] == ["Zebra", "Ana"]
