"""The admin: who comes in, what they meet, and that nothing of other projects shows anywhere."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from issues.models import Issue
from issues.services.editing import edit_issue
from notifications.models import Event, EventStream
from projects.models import Label, Membership, Project, State, Transition
from projects.services.members import change_role
from tests.factories import IssueFactory, PersonFactory, ProjectFactory, canary, member

MODELS = [Event, Issue, Label, Membership, Project, State, Transition]
FOR_ADMINISTRATORS = [
    "accounts_user",
    "accounts_team",
    "files_file",
    "files_objectdeletion",
    "notifications_delivery",
    "notifications_eventstream",
    "notifications_outbox",
]


def name_of(model):
    return f"{model._meta.app_label}_{model._meta.model_name}"


def far_objects(world):
    """One object of each kind that belongs to a project of which the lead knows nothing."""
    far = world.far
    return [
        Event.objects.filter(stream__name=f"project:{far.pk}").first(),
        world.issue("QZFAR-1"),
        world.label("QZFAR"),
        far.memberships.get(),
        far,
        far.states.first(),
        far.transitions.first(),
    ]


def near_objects(world):
    bug = world.bug
    return [
        Event.objects.filter(stream__name=f"project:{bug.pk}").first(),
        world.issue("BUG-1"),
        world.label("BUG"),
        bug.memberships.first(),
        bug,
        bug.states.first(),
        bug.transitions.first(),
    ]


def pages_of(thing):
    """The change page, and the history page of what has history."""
    names = ["change"] if isinstance(thing, Event | EventStream) else ["change", "history"]
    return [reverse(f"admin:{name_of(thing)}_{name}", args=[thing.pk]) for name in names]


def every_page():
    lists = [reverse(f"admin:{name_of(model)}_changelist") for model in MODELS]
    adds = [reverse(f"admin:{name_of(model)}_add") for model in (Issue, Label, Membership, State, Transition)]
    return [reverse("admin:index"), reverse("admin:app_list", args=["projects"]), *lists, *adds]


def test_only_our_own_admins_are_registered():
    names = {name_of(model) for model in admin.site._registry}

    assert names == {name_of(model) for model in MODELS} | set(FOR_ADMINISTRATORS)


class TestEntering:
    @pytest.mark.parametrize("persona", ["stranger", "viewer", "developer", "removed"])
    def test_who_leads_nothing_finds_no_admin(self, client_for, persona):
        browser = client_for(persona)

        assert {browser.get(page).status_code for page in [*every_page(), "/admin/login/"]} == {404}

    @pytest.mark.parametrize("persona", ["anonymous", "deactivated"])
    def test_who_is_not_logged_in_comes_to_our_log_in_page(self, client_for, persona):
        browser = client_for(persona)

        response = browser.get("/admin/issues/issue/", follow=True)

        assert response.redirect_chain[-1] == ("/accounts/login/?next=/admin/issues/issue/", 302)
        assert "Django" not in response.content.decode()

    def test_a_foreign_address_after_logging_in_is_not_followed(self, client, world):
        response = client.get("/admin/login/?next=https://elsewhere.example/")

        assert response.headers["Location"] == "/accounts/login/?next=https%3A//elsewhere.example/"
        form = {
            "login": world.lead.username,
            "password": "a long enough passphrase",
            "next": "https://elsewhere.example/",
        }
        assert client.post("/accounts/login/", form).headers["Location"] == "/"

    @pytest.mark.parametrize("persona", ["lead", "administrator", "far_owner"])
    def test_leads_and_administrators_open_every_page(self, client_for, persona):
        browser = client_for(persona)

        assert {page: browser.get(page).status_code for page in every_page()} == dict.fromkeys(every_page(), 200)
        assert browser.get("/admin/login/").headers["Location"] == "/admin/"

    def test_a_lead_who_becomes_developer_is_out_at_the_next_request(self, client_for, world):
        second = member(world.far, "lead")
        browser = client_for(second)
        assert browser.get("/admin/").status_code == 200

        change_role(actor=world.far_owner, project=world.far, person=second, role="developer")

        assert browser.get("/admin/").status_code == 404

    def test_logging_out_goes_to_our_own_page(self, client_for):
        response = client_for("lead").post("/admin/logout/")

        assert response.headers["Location"] == "/accounts/logout/"

    @pytest.mark.parametrize("path", ["password_change/", "password_change/done/", "autocomplete/", "r/1/1/"])
    def test_ways_around_our_own_pages_are_closed(self, client_for, path):
        query = "?app_label=issues&model_name=issue&field_name=assignee"

        assert client_for("administrator").get(f"/admin/{path}{query}").status_code == 404

    def test_scripts_come_from_this_site_only(self, client_for):
        policy = client_for("lead").get("/admin/").headers["Content-Security-Policy"]

        directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert (directives["script-src"], directives["style-src"]) == ("'self'", "'self'")
        assert directives["default-src"] == "'none'"


class TestReach:
    def test_a_lead_opens_what_belongs_to_their_projects(self, client_for, world):
        browser = client_for("lead")

        for thing in near_objects(world):
            for page in pages_of(thing):
                assert browser.get(page).status_code == 200, page

    def test_for_a_lead_what_belongs_to_others_does_not_exist(self, client_for, world):
        browser, administrator = client_for("lead"), client_for("administrator")

        for thing in far_objects(world):
            for page in pages_of(thing):
                assert administrator.get(page).status_code == 200, page
                assert browser.get(page).status_code == 404, page
                assert browser.post(page).status_code == (403 if isinstance(thing, Event) else 404), page

    def test_no_page_shows_a_lead_anything_of_other_projects(self, client_for, world):
        browser, administrator = client_for("lead"), client_for("administrator")
        secrets = {
            world.far.name,
            world.label("QZFAR").name,
            world.issue("QZFAR-1").title,
            world.far_owner.display_name,
        }
        own = [page for thing in near_objects(world) for page in pages_of(thing)]
        there = "".join(administrator.get(page).content.decode() for page in every_page())
        assert {secret for secret in secrets if secret in there} == secrets

        seen = "".join(browser.get(page).content.decode() for page in [*every_page(), *own])

        assert {secret for secret in secrets if secret in seen} == set()
        assert not re.search(rf"QZFAR|project:{world.far.pk}\b", seen)

    @pytest.mark.parametrize(
        "query",
        ["project=QZFAR", "project__key=QZFAR", "project__id__exact={far}", "project__owner__email__startswith=f"],
    )
    def test_parameters_of_the_address_lead_nowhere(self, client_for, world, query):
        page = f"/admin/issues/issue/?{query.format(far=world.far.pk)}"

        for persona, is_shown in (("administrator", query == "project=QZFAR"), ("lead", False)):
            response = client_for(persona).get(page)
            shown = response.status_code == 200 and world.issue("QZFAR-1").title in response.content.decode()
            assert shown == is_shown, persona

    def test_nobody_probes_password_hashes(self, client_for, world):
        response = client_for("administrator").get("/admin/accounts/user/?password__startswith=md5")

        assert response.status_code in {302, 400}

    @pytest.mark.parametrize("page", FOR_ADMINISTRATORS)
    def test_people_teams_and_streams_are_for_administrators(self, client_for, page):
        path = reverse(f"admin:{page}_changelist")

        assert client_for("administrator").get(path).status_code == 200
        assert client_for("lead").get(path).status_code == 403

    def test_a_lead_opens_no_person(self, client_for, world):
        path = reverse("admin:accounts_user_change", args=[world.developer.pk])

        assert client_for("lead").get(path).status_code == 403
        assert client_for("lead").post(path, {}).status_code == 403
        assert client_for("lead").get(path.replace("change", "history")).status_code == 404

    def test_an_administrator_meets_every_project(self, client_for, world):
        page = client_for("administrator").get("/admin/projects/project/").content.decode()

        assert {key for key in world.projects if f">{key}<" in page} == set(world.projects)

    def test_a_deleted_project_is_gone_for_its_lead(self, client_for, world):
        browser = client_for("lead")

        assert browser.get(f"/admin/projects/project/{world.deleted.pk}/change/").status_code == 404
        assert browser.get(f"/admin/issues/issue/{world.issue('GONE-1').pk}/change/").status_code == 404


class TestReadOnly:
    def test_nothing_can_be_deleted(self, client_for, world):
        browser = client_for("administrator")
        things = [*near_objects(world), world.developer]

        for thing in things:
            path = reverse(f"admin:{name_of(thing)}_delete", args=[thing.pk])
            assert browser.post(path, {"post": "yes"}).status_code == 403, path
            thing.refresh_from_db()

    @pytest.mark.parametrize("model", MODELS)
    def test_no_list_offers_to_delete(self, client_for, model):
        page = client_for("administrator").get(reverse(f"admin:{name_of(model)}_changelist")).content.decode()

        assert "delete_selected" not in page

    def test_events_cannot_be_changed_or_added(self, client_for, world):
        event = near_objects(world)[0]
        browser = client_for("administrator")

        assert browser.post(pages_of(event)[0], {"kind": "forged"}).status_code == 403
        assert browser.post("/admin/notifications/event/add/", {"kind": "forged"}).status_code == 403
        assert '<input type="submit"' not in browser.get(pages_of(event)[0]).content.decode()

    def test_history_is_shown_and_cannot_be_reverted_to(self, client_for, world):
        issue = world.issue("BUG-2")
        record = issue.history.earliest()
        browser = client_for("lead")

        page = browser.get(f"/admin/issues/issue/{issue.pk}/history/").content.decode()
        answer = browser.post(f"/admin/issues/issue/{issue.pk}/history/{record.pk}/", {"title": "Back"})

        assert record.title in page
        assert issue.title in page
        assert "<del>Open</del> → In progress" in page
        assert answer.status_code in {302, 404}
        assert Issue.objects.get(pk=issue.pk).title == issue.title


class TestSpeed:
    @pytest.fixture
    def lead(self, world):
        project = ProjectFactory()
        IssueFactory(project=project, assignee=project.owner)
        return project.owner

    @pytest.mark.parametrize("model", [Issue, Event, Label, Membership, State, Transition])
    def test_lists_cost_the_same_for_one_row_and_for_three(self, client_for, lead, model, assert_equal_queries):
        browser = client_for(lead)
        path = reverse(f"admin:{name_of(model)}_changelist")

        def add():
            project = lead.owned_projects.get()
            person = member(project, "developer")
            IssueFactory(project=project, actor=person, assignee=person)

        assert_equal_queries(lambda: browser.get(path), add)

    def test_the_history_page_costs_the_same_for_one_change_and_for_three(self, client_for, lead, assert_equal_queries):
        issue = Issue.objects.select_related("project").get(project__owner=lead)
        edit_issue(actor=lead, issue=issue, changes={"assignee": None, "priority": 2})
        browser = client_for(lead)

        def add():
            assignee = None if Issue.objects.get(pk=issue.pk).assignee else lead
            edit_issue(actor=lead, issue=issue, changes={"title": canary("Again"), "assignee": assignee})

        assert_equal_queries(lambda: browser.get(f"/admin/issues/issue/{issue.pk}/history/"), add)

    def test_users_cost_the_same_for_one_row_and_for_three(self, client_for, world, assert_equal_queries):
        browser = client_for("administrator")

        assert_equal_queries(lambda: browser.get("/admin/accounts/user/"), PersonFactory)
