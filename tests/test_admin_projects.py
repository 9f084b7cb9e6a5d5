"""Projects, members, labels, states, transitions and people in the admin: every change by a service, in the log."""

import pytest

from accounts.models import User
from projects.models import Label, Membership, Project, State, Transition
from projects.queries import visible_to
from tests.accounts.door import sure
from tests.accounts.factoring import AGAIN
from tests.adminpages import act, address, errors, events_since, newest_event, save
from tests.factories import role_of


@pytest.fixture
def lead(client_for):
    return client_for("lead")


@pytest.fixture
def administrator(client_for):
    return client_for("administrator")


class TestProjects:
    def test_changes_settings_and_keeps_the_old_key(self, lead, world):
        before = newest_event()

        save(lead, address(world.bug), name="New name", key="bugs", visibility="internal", developers_move_own="on")

        project = Project.objects.get(pk=world.bug.pk)
        assert (project.name, project.key, project.visibility) == ("New name", "BUGS", "internal")
        assert project.developers_move_own
        assert set(project.keys.values_list("key", flat=True)) == {"BUG", "BUGS"}
        assert events_since(before) == [("project.changed", world.lead.pk)]
        assert project.history.latest().history_user == world.lead

    def test_a_taken_key_is_refused_and_kept_in_the_form(self, lead, world):
        response = save(lead, address(world.bug), key="QZFAR", name="Kept")

        assert response.status_code == 422
        assert "The key QZFAR is or was another project's." in errors(response)
        assert 'value="Kept"' in response.content.decode()
        assert Project.objects.get(pk=world.bug.pk).name == world.bug.name

    def test_archives_and_brings_back(self, lead, world):
        before = newest_event()

        act(lead, Project, "archive", world.bug, world.team)
        act(lead, Project, "unarchive", world.bug)

        archived = Project.objects.filter(archived_at__isnull=False, pk__in=[world.bug.pk, world.team.pk])
        assert list(archived) == [world.team]
        kinds = ["project.archived", "project.archived", "project.unarchived"]
        assert events_since(before) == [(kind, world.lead.pk) for kind in kinds]

    def test_an_administrator_restores_a_deleted_project(self, administrator, world):
        before = newest_event()

        act(administrator, Project, "restore", world.deleted)

        assert Project.objects.get(pk=world.deleted.pk).deleted_at is None
        assert events_since(before) == [("project.restored", world.administrator.pk)]

    def test_projects_are_not_added_here(self, administrator):
        assert administrator.get(address(Project, "add")).status_code == 403


class TestMembers:
    def test_adds_a_person_by_name_with_the_rights_of_the_role(self, lead, world):
        before = newest_event()

        save(lead, address(Membership, "add"), project="BUG", name=world.stranger.username, role="viewer")

        assert role_of(world.bug, world.stranger) == "viewer"
        assert world.bug in visible_to(world.stranger)
        assert events_since(before) == [("member.added", world.lead.pk)]

    @pytest.mark.parametrize("persona", ["deactivated", "nobody"])
    def test_who_is_not_there_cannot_be_added(self, lead, world, persona):
        name = world.deactivated.username if persona == "deactivated" else "nobody.at.all"

        response = save(lead, address(Membership, "add"), project="TEAM", name=name, role="viewer")

        assert "No active person goes by this username or e-mail." in errors(response)

    def test_a_member_twice_is_refused(self, lead, world):
        response = save(lead, address(Membership, "add"), project="BUG", name=world.viewer.username, role="lead")

        assert "is a member already" in errors(response)
        assert role_of(world.bug, world.viewer) == "viewer"

    def test_changes_a_role_and_its_rights(self, lead, world):
        row = Membership.objects.get(project=world.bug, person=world.viewer)
        before = newest_event()

        save(lead, address(row), role="developer")

        assert role_of(world.bug, world.viewer) == "developer"
        assert world.bug.grants.filter(user=world.viewer, permission__codename="move_issue").exists()
        assert events_since(before) == [("member.changed", world.lead.pk)]

    def test_the_last_lead_stays_lead(self, lead, world):
        row = Membership.objects.get(project=world.bug, person=world.lead)

        response = save(lead, address(row), role="viewer")
        text = act(lead, Membership, "remove", row)

        assert "A project keeps at least one lead." in errors(response)
        assert "A project keeps at least one lead." in text
        assert role_of(world.bug, world.lead) == "lead"

    def test_removes_a_member_with_all_rights(self, lead, world):
        row = Membership.objects.get(project=world.bug, person=world.viewer)
        before = newest_event()

        act(lead, Membership, "remove", row)

        assert role_of(world.bug, world.viewer) is None
        assert not world.bug.grants.filter(user=world.viewer).exists()
        assert events_since(before) == [("member.removed", world.lead.pk)]


class TestLabels:
    def test_adds_and_changes_a_label(self, lead, world):
        before = newest_event()

        save(lead, address(Label, "add"), project="BUG", name="urgent talk", hue="4")
        label = Label.objects.get(name="urgent talk")
        save(lead, address(label), name="talk", hue="5")

        label.refresh_from_db()
        assert (label.project, label.name, label.hue) == (world.bug, "talk", 5)
        assert events_since(before) == [("label.created", world.lead.pk), ("label.changed", world.lead.pk)]

    def test_a_taken_name_is_refused(self, lead, world):
        response = save(lead, address(Label, "add"), project="BUG", name=world.label("BUG").name.upper(), hue="4")

        assert response.status_code == 422
        assert "There is a label called" in errors(response)

    def test_taking_one_out_of_use_takes_it_off_the_issues(self, lead, world):
        label = world.label("BUG")

        text = act(lead, Label, "remove", label)

        assert "Taken off all issues" in text
        assert not world.bug.issues.filter(label_ids__contains=[label.pk]).exists()
        assert newest_event().kind == "label.removed"
        assert lead.get(address(label)).status_code == 404


class TestStates:
    def test_adds_and_changes_a_state(self, lead, world):
        before = newest_event()

        save(lead, address(State, "add"), project="TEAM", name="Review", category="progress", wip_limit="3")
        state = State.objects.get(project=world.team, name="Review")
        save(lead, address(state), name="In review", wip_is_hard="on", hue="6")

        state.refresh_from_db()
        assert (state.name, state.slug, state.wip_limit, state.wip_is_hard) == ("In review", "review", 3, True)
        assert (state.hue, state.position) == (6, 3)
        assert events_since(before) == [("state.created", world.lead.pk), ("state.changed", world.lead.pk)]

    def test_a_limit_of_nothing_is_refused(self, lead, world):
        response = save(lead, address(world.state("TEAM", "done")), wip_limit="0")

        assert "greater than or equal to 1" in errors(response)

    def test_the_last_start_stays(self, lead, world):
        response = save(lead, address(world.state("BUG", "open")), is_initial=None)

        assert "Issues must be able to start somewhere." in errors(response)
        assert State.objects.get(pk=world.state("BUG", "open").pk).is_initial

    def test_only_an_empty_state_is_taken_out_of_use(self, lead, world):
        save(lead, address(State, "add"), project="TEAM", name="Review", category="progress")
        empty = State.objects.get(project=world.team, name="Review")

        gone = act(lead, State, "remove", empty)
        kept = act(lead, State, "remove", world.state("TEAM", "done"))

        assert "Taken out of use." in gone
        assert "Say to which state the issues of Done go." in kept
        assert State.objects.get(pk=empty.pk).removed_at is not None
        assert State.objects.get(pk=world.state("TEAM", "done").pk).removed_at is None


class TestTransitions:
    def test_allows_a_step_and_changes_what_it_needs(self, lead, world):
        here, there = world.state("BUG", "closed"), world.state("BUG", "open")
        before = newest_event()

        save(lead, address(Transition, "add"), from_state=here.pk, to_state=there.pk, roles=["lead"])
        step = Transition.objects.get(from_state=here, to_state=there)
        save(lead, address(step), roles=["lead", "developer"], needs_assignee="on")

        step.refresh_from_db()
        assert (set(step.roles), step.needs_assignee) == ({"lead", "developer"}, True)
        assert events_since(before) == [("transition.set", world.lead.pk)] * 2

    def test_a_step_stays_in_one_project(self, lead, world):
        here, there = world.state("BUG", "closed"), world.state("TEAM", "done")

        response = save(lead, address(Transition, "add"), from_state=here.pk, to_state=there.pk, roles=["lead"])

        assert "Choose another state of the same project." in errors(response)

    def test_states_of_other_projects_are_no_choice(self, lead, world):
        here, there = world.state("QZFAR", "closed"), world.state("QZFAR", "open")

        response = save(lead, address(Transition, "add"), from_state=here.pk, to_state=there.pk, roles=["lead"])

        assert "not one of the available choices" in errors(response)
        assert not Transition.objects.filter(from_state=here, to_state=there).exists()

    def test_a_step_without_a_role_is_refused(self, lead, world):
        step = world.bug.transitions.first()

        response = save(lead, address(step), roles=None)

        assert "Name at least one role" in errors(response)

    def test_forbids_a_step(self, lead, world):
        step = world.bug.transitions.first()

        text = act(lead, Transition, "forbid", step)

        assert "Forbidden. Issues stay where they are." in text
        assert not Transition.objects.filter(pk=step.pk).exists()
        assert newest_event().kind == "transition.removed"


class TestPeople:
    @pytest.fixture
    def administrator(self, administrator):
        """Who has just said who they are: otherwise the pages about people ask first."""
        sure(administrator)
        return administrator

    def test_who_has_not_said_who_they_are_is_asked_first(self, client_for, world):
        browser, before = client_for("administrator"), newest_event()

        saved = save(browser, address(world.developer), is_active=None)
        chosen = {"action": "deactivate", "_selected_action": [world.developer.pk]}
        acted = browser.post(address(User, "changelist"), chosen)

        assert [answer.headers["Location"].partition("?")[0] for answer in (saved, acted)] == [AGAIN, AGAIN]
        assert User.objects.get(pk=world.developer.pk).is_active
        assert events_since(before) == []

    def test_deactivates_and_activates_with_event_and_history(self, administrator, client_for, world):
        browser = client_for("developer")
        before = newest_event()

        save(administrator, address(world.developer), is_active=None)
        out = browser.get("/", follow=True).context is None or not User.objects.get(pk=world.developer.pk).is_active
        act(administrator, User, "activate", world.developer)

        assert out
        person = User.objects.get(pk=world.developer.pk)
        assert person.is_active
        kinds = ["person.sessions_ended", "person.deactivated", "person.reactivated"]
        assert events_since(before) == [(kind, world.administrator.pk) for kind in kinds]
        assert person.history.latest().history_user == world.administrator

    def test_an_administrator_never_deactivates_themselves(self, administrator, world):
        response = save(administrator, address(world.administrator), is_active=None)
        text = act(administrator, User, "deactivate", world.developer, world.administrator)

        assert "You cannot deactivate your own account." in errors(response)
        assert "You cannot deactivate your own account." in text
        active = User.objects.filter(pk__in=[world.administrator.pk, world.developer.pk], is_active=True)
        assert active.count() == 2

    def test_nothing_else_about_a_person_can_be_changed(self, administrator, world):
        save(administrator, address(world.developer), username="taken.over", is_superuser="on", email="x@mail.example")

        person = User.objects.get(pk=world.developer.pk)
        assert (person.username, person.is_superuser) == (world.developer.username, False)
        assert person.email == world.developer.email

    def test_people_are_not_added_here(self, administrator):
        assert administrator.get(address(User, "add")).status_code == 403
