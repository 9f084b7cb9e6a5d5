"""Why somebody may do something, or may not: the words agree with what access_to says, for everyone and everything."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import instance
from accounts.enums import TeamRole
from accounts.models import InstanceSettings
from accounts.services.people import set_active
from accounts.services.teams import create_team, join_team
from projects.access import access_to
from projects.enums import Role, Visibility
from projects.explaining import Source, explain
from projects.models import Project
from projects.permissions import Perm
from projects.services.members import add_member
from projects.services.projects import change_project, create_project
from tests.factories import PersonFactory, member
from tests.world import PERSONAS

KEYS = ("BUG", "TEAM", "INNER", "OPEN", "QZFAR", "SHELF", "GONE")
# Whether a rule gives or refuses.
GIVES = {Source.ADMINISTRATOR, Source.GIVEN, Source.TEAM, Source.VISIBILITY, Source.VIEWERS_WRITE}


def lines(project, person):
    fresh = Project.objects.get(pk=project.pk)
    return {line.perm: line for line in explain(fresh, person)}


@pytest.mark.parametrize("persona", [*PERSONAS, "far_owner"])
@pytest.mark.parametrize("key", KEYS)
def test_explanations_agree_with_access(world, persona, key):
    """Every permission of everyone in every project, by the one function that all paths ask."""
    person, project = world.person(persona) or AnonymousUser(), world.projects[key]
    access = access_to(Project.objects.get(pk=project.pk), person)

    found = lines(project, person)

    assert list(found) == list(Perm)
    assert {perm: line.allowed for perm, line in found.items()} == {perm: access.can(perm) for perm in Perm}
    assert all((line.source in GIVES) == line.allowed for line in found.values())
    assert all(line.reason for line in found.values())


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("viewers_may_write", [True, False])
@pytest.mark.parametrize("require_login", [True, False])
def test_they_agree_for_every_setting(world, visibility, viewers_may_write, require_login):
    changes = {"visibility": visibility, "viewers_may_write": viewers_may_write}
    change_project(actor=world.lead, project=world.bug, changes=changes)
    InstanceSettings.objects.update_or_create(pk=1, defaults={"require_login": require_login})
    instance.forget()

    for persona in PERSONAS:
        person = world.person(persona) or AnonymousUser()
        access = access_to(Project.objects.get(pk=world.bug.pk), person)
        found = lines(world.bug, person)
        assert {perm for perm, line in found.items() if line.allowed} == set(access.perms)


@pytest.fixture
def shared(db):
    """A team with one person of each role, and its project in which members are viewers."""
    owner = PersonFactory(display_name="Olga")
    team = create_team(actor=owner, name="Harbour")
    project = create_project(actor=owner, team=team, name="Pier", key="PIER")
    people = {role: PersonFactory() for role in (TeamRole.ADMIN, TeamRole.MEMBER, TeamRole.GUEST)}
    for role, person in people.items():
        join_team(actor=owner, team=team, person=person, role=role)
    change_project(actor=owner, project=project, changes={"default_role": Role.VIEWER})
    return project, people


def test_a_role_that_a_lead_gave_is_told(world):
    line = lines(world.bug, world.developer)[Perm.MOVE_ISSUE]

    assert (line.source, line.reason) == (Source.GIVEN, "Developer: a lead of the project gave this role.")
    assert line.act == "Moving issues"


def test_a_role_by_the_team_is_told(shared):
    project, people = shared

    admin, person, guest = (lines(project, people[role]) for role in people)

    assert admin[Perm.MANAGE_MEMBERS].source == Source.TEAM
    assert admin[Perm.MANAGE_MEMBERS].reason == "Lead: as admin of the team Harbour."
    assert person[Perm.READ].source == Source.TEAM
    assert person[Perm.READ].reason == ("Viewer: what members of the team Harbour are here, by the project's settings.")
    rule = "Needs the role viewer or developer or lead; now: not a member."
    assert guest[Perm.READ].reason == f"{rule} Olga or {people[TeamRole.ADMIN].name} can change that."


def test_the_source_that_gives_the_permission_is_told(shared):
    """Who is a viewer by the team and a developer by a lead moves issues by the lead's word."""
    project, people = shared
    person = people[TeamRole.GUEST]
    add_member(actor=project.owner, project=project, person=person, role=Role.DEVELOPER)

    assert lines(project, person)[Perm.MOVE_ISSUE].source == Source.GIVEN


@pytest.mark.parametrize(
    ("persona", "key", "perm", "source", "words"),
    [
        (
            "administrator",
            "QZFAR",
            Perm.MANAGE_SETTINGS,
            Source.ADMINISTRATOR,
            "Site administrators may do everything.",
        ),
        ("stranger", "INNER", Perm.READ, Source.VISIBILITY, "The project is internal"),
        ("anonymous", "OPEN", Perm.READ, Source.VISIBILITY, "The project is public"),
        ("anonymous", "BUG", Perm.READ, Source.GUEST, "Log in first."),
        ("deactivated", "BUG", Perm.READ, Source.DEACTIVATED, "A site administrator can activate it again."),
        ("developer", "SHELF", Perm.MOVE_ISSUE, Source.ARCHIVED, "can bring it back in its settings."),
        ("lead", "GONE", Perm.MOVE_ISSUE, Source.DELETED, "Its owner or a site administrator can restore it."),
        ("viewer", "BUG", Perm.MOVE_ISSUE, Source.ROLE, "Needs the role developer or lead; now: viewer."),
    ],
)
def test_each_rule_is_named(world, persona, key, perm, source, words):
    line = lines(world.projects[key], world.person(persona) or AnonymousUser())[perm]

    assert line.source == source
    assert words in line.reason


def test_who_can_help_is_named(world):
    line = lines(world.bug, world.viewer)[Perm.MOVE_ISSUE]

    assert line.reason.endswith(f"{world.lead.name} can change that.")


def test_guests_are_told_that_everyone_is_to_log_in(world):
    InstanceSettings.objects.update_or_create(pk=1, defaults={"require_login": True})
    instance.forget()

    line = lines(world.open, AnonymousUser())[Perm.READ]

    assert (line.allowed, line.source) == (False, Source.GUEST)
    assert line.reason == "An administrator asks everyone to log in, for public projects as well."


def test_it_takes_as_many_statements_for_all_permissions(world, django_assert_num_queries):
    project = Project.objects.get(key="BUG")

    with django_assert_num_queries(4):
        explain(project, world.viewer)


class TestPages:
    def test_a_refusal_lists_who_can_help(self, world, client_for):
        response = client_for("viewer").get("/BUG/issues/new/")

        page = response.content.decode()
        assert response.status_code == 403
        assert "needs the role developer or lead; you are viewer." in page
        assert f"<b>{world.lead.name}</b>" in page[page.index("Who can help") :]

    def test_a_lead_sees_what_a_member_may_do(self, world, client_for):
        path = f"/BUG/settings/members/{world.developer.username}/permissions/"

        page = client_for("lead").get(path).content.decode()

        assert "Developer: a lead of the project gave this role." in page
        assert 'data-perm="manage_members" data-source="role"' in page

    @pytest.mark.parametrize(("persona", "status"), [("developer", 200), ("viewer", 403), ("stranger", 404)])
    def test_others_see_their_own_only(self, world, client_for, persona, status):
        path = f"/BUG/settings/members/{world.developer.username}/permissions/"

        assert client_for(persona).get(path).status_code == status

    def test_administrators_ask_about_anyone_and_any_project(self, world, client_for):
        path = f"/instance/people/{world.stranger.username}/permissions/"

        browser = client_for("administrator")

        assert "Choose a project" in browser.get(path).content.decode()
        page = browser.get(path + "?project=bug").content.decode()
        assert f"{world.stranger.name} in {world.bug.name}" in page
        assert page.count('data-source="role"') == len(Perm)
        assert browser.get(path + "?project=NOSUCH").status_code == 404

    def test_a_deactivated_person_is_explained_too(self, world, client_for):
        late = member(world.bug, Role.DEVELOPER)
        set_active(actor=world.administrator, person=late, active=False)

        page = client_for("administrator").get(f"/instance/people/{late.username}/permissions/?project=BUG")

        assert "The account is deactivated." in page.content.decode()
