"""An administrator takes a project over, and all of its members can read why."""

import re

import pytest

from accounts.events import INSTANCE
from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from projects.access import access_to
from projects.enums import Role
from projects.events import project_stream
from projects.inventory import projects_of_instance, sizes_of
from projects.models import Membership, Project
from projects.services.members import add_member
from projects.services.takeover import take_over
from tests.factories import IssueFactory, ProjectFactory

pytestmark = pytest.mark.django_db
REASON = "Its lead has left the company"


def test_the_administrator_leads_it_and_both_logs_say_why(world):
    take_over(actor=world.administrator, project=world.far, reason=f"  {REASON}\n ")

    row = Membership.objects.get(project=world.far, person=world.administrator)
    assert (row.role, row.given_role) == (Role.LEAD, Role.LEAD)
    assert access_to(Project.objects.get(key="QZFAR"), world.administrator).role == Role.LEAD
    told = events_of(project_stream(world.far.pk))[0]
    data = {"person": world.administrator.name, "role": "lead", "reason": REASON}
    assert (told.kind, told.actor, told.data) == ("member.took_over", world.administrator, data)
    logged = events_of(INSTANCE)[0]
    assert (logged.kind, logged.data) == (
        "instance.project_taken_over",
        {"key": "QZFAR", "name": world.far.name, "reason": REASON},
    )


def test_a_member_becomes_more(world):
    add_member(actor=world.lead, project=world.bug, person=world.administrator, role=Role.VIEWER)

    take_over(actor=world.administrator, project=world.bug, reason=REASON)

    row = Membership.objects.get(project=world.bug, person=world.administrator)
    assert (row.role, row.history.count()) == (Role.LEAD, 2)


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger"])
def test_nobody_else_takes_anything_over(world, persona):
    with pytest.raises(PermissionRefused):
        take_over(actor=world.person(persona), project=world.far, reason=REASON)

    assert Membership.objects.filter(project=world.far).count() == 1


@pytest.mark.parametrize(
    ("key", "reason", "code"), [("QZFAR", "  ", "reason"), ("QZFAR", "x" * 161, "reason"), ("GONE", REASON, "deleted")]
)
def test_it_needs_a_reason_and_a_living_project(world, key, reason, code):
    with pytest.raises(DomainError) as refused:
        take_over(actor=world.administrator, project=world.projects[key], reason=reason)

    assert refused.value.code == code


def test_who_leads_it_does_not_take_it_over(world):
    take_over(actor=world.administrator, project=world.far, reason=REASON)

    with pytest.raises(DomainError) as refused:
        take_over(actor=world.administrator, project=world.far, reason=REASON)

    assert refused.value.code == "lead_already"


class TestPages:
    def test_the_page_does_it_and_the_activity_tells_the_members(self, world, client_for):
        path = f"/instance/projects/{world.bug.pk}/"
        browser = client_for("administrator")

        refused = browser.post(path, {"reason": ""})
        done = browser.post(path, {"reason": REASON})

        assert (refused.status_code, done.status_code) == (422, 302)
        assert "You lead this project." in browser.get(path).content.decode()
        activity = client_for("viewer").get("/BUG/activity/").content.decode()
        words = " ".join(re.sub(r"<[^>]+>", "", activity).split())
        assert f"{world.administrator.name} took the project over as site administrator: “{REASON}”" in words

    def test_every_project_is_listed_with_what_it_holds(self, world, client_for):
        page = client_for("administrator").get("/instance/projects/").content.decode()

        assert all(project.name in page for project in world.projects.values())

    @pytest.mark.parametrize(
        ("query", "keys"),
        [("state=archived", {"SHELF"}), ("state=trash", {"GONE"}), ("q=qzf", {"QZFAR"}), ("q=nothing-here", set())],
    )
    def test_filters_narrow(self, world, client_for, query, keys):
        page = client_for("administrator").get(f"/instance/projects/?{query}").content.decode()

        assert {key for key, project in world.projects.items() if project.name in page} == keys

    def test_it_takes_as_many_statements_for_more_projects(self, client_for, assert_equal_queries):
        browser = client_for("administrator")

        assert_equal_queries(lambda: browser.get("/instance/projects/"), lambda: IssueFactory(project=ProjectFactory()))

    def test_a_deleted_project_is_restored(self, world, client_for):
        browser = client_for("administrator")
        path = f"/instance/projects/{world.deleted.pk}/"

        assert "Restore it" in browser.get(path).content.decode()
        browser.post(path + "restore/")

        assert Project.objects.get(key="GONE").deleted_at is None


def test_sizes_count_what_is_there(world):
    size = sizes_of([world.bug.pk])[world.bug.pk]

    assert size.issues == 7
    assert size.members == world.bug.memberships.count()
    assert size.file_bytes == sum(
        file.size for file in world.bug.files.filter(purged_at=None).exclude(state__in=["pending", "refused", "lost"])
    )


def test_projects_are_found_by_their_team_and_owner(world):
    assert list(projects_of_instance(text=world.far_owner.username)) == [world.far]
