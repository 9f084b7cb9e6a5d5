"""Deleting one's account: what goes, what stays, and who may not go yet."""

from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts import former
from accounts.enums import TeamRole
from accounts.events import team_stream
from accounts.letters import write_letter
from accounts.models import PersonalToken, Team, TeamMembership, User
from accounts.services import leaving
from accounts.services.leaving import delete_account
from accounts.services.people import set_active
from accounts.services.teams import create_team, delete_team, join_team, remove_team_member, restore_team
from chat.models import ReadCursor
from chat.services.messages import post_message
from config import clock
from config.errors import DomainError
from issues.models import Issue, SavedFilter
from issues.services.editing import edit_issue
from notifications.enums import FollowLevel
from notifications.models import Entry, Follow
from notifications.queries import events_about, events_of
from projects.enums import Role
from projects.models import Membership, Project, ProjectUserObjectPermission
from projects.services.inheritance import align_all
from projects.services.members import add_member, change_role
from projects.services.projects import delete_project
from tests.accounts.factoring import is_in, step_up, with_app, with_codes
from tests.accounts.teams import crew
from tests.factories import PersonFactory, ProjectFactory, canary, role_of
from tests.notifications.telling import decide
from tests.parallel import at_once
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
PAGE = "/me/delete/"


@pytest.fixture(autouse=True)
def _fresh_names():
    former.forget()
    yield
    former.forget()


def leave(person):
    delete_account(actor=person, typed_username=person.username)
    former.forget()
    return User.objects.get(pk=person.pk)


def test_page_asks_to_step_up_then_for_the_name(world, client_for):
    client = client_for("viewer")
    before = client.get(PAGE)
    step_up(client)

    page = client.get(PAGE)

    assert before.headers["Location"].startswith("/accounts/again/")
    assert world.viewer.username in words(page, "main form")


def test_another_name_deletes_nothing(world, client_for):
    client = client_for("viewer")
    step_up(client)

    response = client.post(PAGE, {"username": world.lead.username})

    assert response.status_code == 422
    assert User.objects.get(pk=world.viewer.pk).left_at is None


def test_deletion_says_good_bye_and_ends_every_log_in(world, client_for):
    here, there = client_for("viewer"), client_for("viewer")
    step_up(here)

    response = here.post(PAGE, {"username": world.viewer.username.upper()})

    assert (response.status_code, words(response, "h1")) == (200, "Your account is deleted")
    assert (is_in(here), is_in(there)) == (False, False)


def test_deletion_without_step_up_deletes_nothing(world, client_for):
    response = client_for("viewer").post(PAGE, {"username": world.viewer.username})

    assert response.status_code == 302
    assert User.objects.get(pk=world.viewer.pk).is_active


def test_nothing_of_the_person_is_left_in_their_row(world):
    gone = leave(world.viewer)

    name = f"former-{gone.pk}"
    said = (gone.username, gone.email, gone.display_name, gone.name, gone.picture, gone.is_active)
    assert said == (name, f"{name}@invalid", "Former member", "Former member", "", False)
    assert not gone.has_usable_password()
    assert gone.left_at is not None


def test_the_name_is_another_where_somebody_has_it(world):
    PersonFactory(username=f"former-{world.viewer.pk}")

    assert leave(world.viewer).username == f"former-{world.viewer.pk}-2"


def test_what_was_theirs_alone_is_deleted(world, client_for):
    person = world.developer
    with_app(person), with_codes(person), client_for("developer")
    PersonalToken.objects.create(person=person, name="t", prefix="plb_", digest="d", scopes=[], expires_at=clock.now())
    SavedFilter.objects.create(person=person, name="mine", query="q=x")
    Follow.objects.create(person=person, project=world.bug, level=FollowLevel.EVERYTHING)
    kept = {Entry: "person", ReadCursor: "person", UserSession: "user"}
    had = {rows.__name__: rows.objects.filter(**{name: person}).exists() for rows, name in kept.items()}

    leave(person)

    theirs = {EmailAddress: "user", Authenticator: "user", PersonalToken: "person", SavedFilter: "person"}
    left = {rows: rows.objects.filter(**{name: person}).count() for rows, name in {**theirs, **kept}.items()}
    assert had["UserSession"]
    assert set(left.values()) == {0}
    assert Follow.objects.filter(person=person).count() == 0
    assert not [row for row in Session.objects.all() if row.get_decoded().get("_auth_user_id") == str(person.pk)]


def test_places_in_teams_and_projects_end_with_their_grants(world):
    person = world.developer
    team = create_team(actor=world.lead, name=canary("Crew"))
    join_team(actor=world.lead, team=team, person=person, role=TeamRole.ADMIN)
    own = person.teams.get(is_personal=True)
    assert role_of(world.bug, person)

    leave(person)

    assert not TeamMembership.objects.filter(person=person).exists()
    assert not Membership.objects.filter(person=person).exists()
    assert not ProjectUserObjectPermission.objects.filter(user=person).exists()
    assert Team.objects.get(pk=own.pk).deleted_at is not None
    kinds = list(events_about(f"person:{person.pk}").values_list("kind", flat=True))
    assert {"member.left", "team.left", "person.left"} <= set(kinds)


def test_what_they_did_stays_as_a_former_members(world, client_for):
    person, issue = world.developer, world.issue("BUG-1")
    edit_issue(actor=world.lead, issue=issue, changes={"assignee": person})
    name, username = person.display_name, person.username

    leave(person)

    client = client_for("lead")
    shown = {path: client.get(path).content.decode() for path in (f"/{issue.key}/", "/BUG/activity/")}
    page = client.get(f"/{issue.key}/")
    assert Issue.objects.get(pk=issue.pk).assignee_id == person.pk
    assert "Former member" in words(page, "main")
    assert "Former member" in words(client.get("/BUG/activity/"), "main")
    assert not [path for path, text in shown.items() if name in text or f"@{username}" in text]


@pytest.mark.parametrize("path", ["/people/", "/BUG/settings/members/", "/BUG/chat/", "/BUG/", "/BUG/issues/"])
def test_no_page_says_what_they_were_called(world, client_for, path):
    person = world.developer
    name, username = person.display_name, person.username
    had = client_for("lead").get(path).content.decode()

    leave(person)

    page = client_for("lead").get(path).content.decode()
    assert name not in page
    assert username not in page
    assert path in {"/BUG/issues/", "/BUG/", "/BUG/chat/"} or name in had


def test_a_name_that_somebody_else_has_too_is_shown_for_them(world):
    User.objects.filter(pk=world.viewer.pk).update(display_name="Ana Lima")
    other = PersonFactory(display_name="Ana Lima")
    leave(User.objects.get(pk=world.viewer.pk))

    assert former.told("Ana Lima") == "Ana Lima"
    assert other.name == "Ana Lima"


def test_a_former_member_can_be_nothing_again(world):
    gone = leave(world.developer)
    issue = world.issue("BUG-1")

    with pytest.raises(DomainError):
        edit_issue(actor=world.lead, issue=issue, changes={"assignee": gone})
    with pytest.raises(DomainError):
        set_active(actor=world.administrator, person=gone, active=True)
    assert User.objects.named(gone.username) is None


def test_a_mention_of_a_former_member_reaches_nobody(world):
    gone = leave(world.developer)

    post_message(actor=world.lead, thread=world.message("BUG").thread, body=f"@{gone.username} look", client_id=uuid4())
    decide()

    assert not Entry.objects.filter(person=gone).exists()


def test_good_bye_is_said_by_mail_to_the_address_that_goes(world, monkeypatch):
    told = []
    monkeypatch.setattr("accounts.services.leaving.post_letter", lambda **letter: told.append(letter))

    leave(world.viewer)

    assert [(letter["kind"], letter["to"]) for letter in told] == [("account_deleted", world.viewer.email)]
    assert write_letter("account_deleted", told[0]["context"]).subject == "Your account is deleted"


@pytest.mark.parametrize("path", ["/BUG-1/pick/assignee/", "/people/?q=former"])
def test_a_former_member_is_offered_nowhere(world, client_for, path):
    gone = leave(world.developer)

    page = client_for("lead").get(path).content.decode()

    assert gone.username not in page


def test_the_only_owner_of_a_shared_team_stays(world, client_for):
    team = create_team(actor=world.stranger, name=canary("Crew"))
    client = client_for("stranger")
    step_up(client)

    page, refused = client.get(PAGE), client.post(PAGE, {"username": world.stranger.username})

    said = f"You are the only owner of {team.name}."
    assert (said in words(page, "main"), said in words(refused, "main"), refused.status_code) == (True, True, 422)
    assert soup(page).select_one("form.zone") is None
    assert User.objects.get(pk=world.stranger.pk).is_active


def test_who_made_someone_else_an_owner_may_go(world):
    team = create_team(actor=world.stranger, name=canary("Crew"))
    join_team(actor=world.stranger, team=team, person=world.viewer, role=TeamRole.OWNER)

    leave(world.stranger)

    owners = TeamMembership.objects.filter(team=team).values_list("person", flat=True)
    assert list(owners) == [world.viewer.pk]


def test_the_only_lead_of_a_project_stays(world):
    with pytest.raises(DomainError) as refused:
        leave(world.far_owner)

    assert "You are the only lead of" in str(refused.value)
    assert "QZFAR" in str(refused.value)
    assert User.objects.get(pk=world.far_owner.pk).is_active


def test_a_deactivated_lead_beside_them_is_nobody_to_hand_over_to(world):
    other = PersonFactory()
    add_member(actor=world.far_owner, project=world.projects["QZFAR"], person=other, role=Role.LEAD)
    set_active(actor=world.administrator, person=other, active=False)

    with pytest.raises(DomainError, match="only lead"):
        leave(world.far_owner)


def test_who_hands_their_project_over_is_told_of_their_own_team(world):
    project = world.projects["QZFAR"]
    add_member(actor=world.far_owner, project=project, person=world.viewer, role=Role.LEAD)

    with pytest.raises(DomainError, match="Your own team holds"):
        leave(world.far_owner)


def test_what_they_owned_goes_to_another_lead(world):
    project = ProjectFactory(actor=world.lead, members={world.viewer: Role.DEVELOPER})
    change_role(actor=world.lead, project=project, person=world.viewer, role=Role.LEAD)
    project.owner = world.viewer
    project.save()

    leave(world.viewer)

    project.refresh_from_db()
    assert project.owner == world.lead


def test_a_project_in_the_trash_holds_nobody(world):
    project = world.projects["QZFAR"]
    delete_project(actor=world.far_owner, project=project, typed_key="QZFAR")

    gone = leave(world.far_owner)

    assert not gone.is_active
    assert not ProjectUserObjectPermission.objects.filter(user=gone).exists()


def test_who_is_in_a_deleted_team_may_go(world):
    people = crew()
    project = ProjectFactory(actor=people.owner, team=people.team, default_role=Role.DEVELOPER)
    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

    for person in (people.member, people.admin):
        leave(person)
    restore_team(actor=people.owner, team=people.team)

    assert set(TeamMembership.objects.filter(team=people.team).values_list("person", flat=True)) == {
        people.owner.pk,
        people.guest.pk,
    }
    assert list(Membership.objects.filter(project=project).values_list("person", "role")) == [
        (people.owner.pk, Role.LEAD)
    ]
    granted = ProjectUserObjectPermission.objects.filter(content_object=project)
    assert set(granted.values_list("user", flat=True)) == {people.owner.pk}


def test_a_deleted_team_that_its_only_owner_left_goes_to_the_administrator_who_restores_it(world):
    people = crew()
    made = ProjectFactory(actor=people.owner, team=people.team, default_role=Role.VIEWER)
    join_team(actor=people.owner, team=people.team, person=world.viewer, role=TeamRole.OWNER)
    led_by_team = ProjectFactory(actor=world.viewer, team=people.team)
    remove_team_member(actor=people.owner, team=people.team, person=world.viewer)
    remove_team_member(actor=people.owner, team=people.team, person=people.admin)
    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

    gone = leave(people.owner)
    granted = ProjectUserObjectPermission.objects.filter(user=gone).exists()
    restore_team(actor=world.administrator, team=people.team)

    owners = TeamMembership.objects.filter(team=people.team, role=TeamRole.OWNER).values_list("person", flat=True)
    assert (granted, list(owners)) == (False, [world.administrator.pk])
    assert list(events_of(team_stream(people.team.pk)).order_by("seq").values_list("kind", flat=True))[-4:] == [
        "team.deleted",
        "team.left",
        "team.joined",
        "team.restored",
    ]
    for project in (made, led_by_team):
        project.refresh_from_db()
        leads = Membership.objects.filter(project=project, role=Role.LEAD).values_list("person", flat=True)
        assert (project.owner, project.deleted_at, list(leads)) == (world.administrator, None, [world.administrator.pk])
    assert (role_of(made, people.member), role_of(made, gone)) == (Role.VIEWER, None)


def test_an_administrator_who_is_in_the_team_already_is_made_its_owner(world):
    people = crew()
    join_team(actor=people.owner, team=people.team, person=world.administrator, role=TeamRole.GUEST)
    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)
    leave(people.owner)

    restore_team(actor=world.administrator, team=people.team)

    owners = TeamMembership.objects.filter(team=people.team, role=TeamRole.OWNER).values_list("person", flat=True)
    assert list(owners) == [world.administrator.pk]


def test_nothing_is_out_of_line_after_the_only_owner_of_a_deleted_team_left(world):
    people = crew()
    remove_team_member(actor=people.owner, team=people.team, person=people.admin)
    ProjectFactory(actor=people.owner, team=people.team)
    delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

    leave(people.owner)

    assert align_all() == 0


@pytest.mark.django_db(transaction=True)
def test_nobody_changes_who_else_leads_between_the_check_and_the_leaving(world, monkeypatch):
    project = ProjectFactory(actor=world.lead, members={world.viewer: Role.LEAD})
    free = []

    def changeable():
        with transaction.atomic():
            rows = Project.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            return list(rows.filter(pk=project.pk))

    def reasons(person):
        free.extend(at_once([changeable]))
        return []

    monkeypatch.setattr(leaving, "reasons_to_stay", reasons)

    leave(world.viewer)

    assert free == [[]]
    assert at_once([changeable]) == [[project]]


def test_the_last_administrator_stays(world):
    with pytest.raises(DomainError, match="last active administrator"):
        leave(world.administrator)

    assert User.objects.get(pk=world.administrator.pk).is_superuser


def test_a_refused_deletion_leaves_everything(world):
    with_app(world.far_owner)

    with pytest.raises(DomainError):
        leave(world.far_owner)

    assert Authenticator.objects.filter(user=world.far_owner).exists()
    assert EmailAddress.objects.filter(user=world.far_owner).exists()
