"""Issues in the admin: the same services, guards, versions and events as on the product's own pages."""

import pytest
from bs4 import BeautifulSoup

from issues.models import Issue
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from notifications.models import Event
from projects.services.labels import create_label
from projects.services.workflow import change_state, set_transition
from tests.adminpages import act, address, errors, events_since, filled, newest_event, save


@pytest.fixture
def lead(client_for):
    return client_for("lead")


def fresh(issue):
    return Issue.objects.select_related("project", "state", "assignee").get(pk=issue.pk)


class TestAdding:
    def test_creates_through_the_service_and_goes_on_to_the_issue(self, lead, world):
        before = newest_event()

        response = save(
            lead, address(Issue, "add"), project="BUG", title="From the admin", priority="2", description="a\nb"
        )

        issue = Issue.objects.get(title="From the admin")
        assert response.headers["Location"] == address(issue)
        assert (issue.key, issue.state.slug, issue.reporter, issue.priority) == ("BUG-9", "open", world.lead, 2)
        assert events_since(before) == [("issue.created", world.lead.pk)]
        assert [row.history_user for row in issue.history.all()] == [world.lead]

    def test_only_active_projects_that_the_person_leads_can_be_chosen(self, lead, world):
        page = lead.get(address(Issue, "add"))
        options = BeautifulSoup(page.content, "html.parser").select("#id_project option")

        response = save(lead, address(Issue, "add"), project="QZFAR", title="Smuggled")

        assert {option["value"] for option in options} == {"", "BUG", "TEAM", "INNER", "OPEN"}
        assert "not one of the available choices" in errors(response)
        assert not Issue.objects.filter(title="Smuggled").exists()

    def test_a_blank_title_is_refused_and_the_rest_is_kept(self, lead, world):
        response = save(lead, address(Issue, "add"), project="BUG", title=" ", description="Keep this")

        assert "This field is required." in errors(response)
        assert "Keep this" in response.content.decode()


class TestChanging:
    def test_saving_untouched_changes_nothing(self, lead, world):
        issue = world.issue("BUG-2")
        before = newest_event()

        response = save(lead, address(issue))

        assert response.status_code == 302
        assert fresh(issue).version == issue.version
        assert events_since(before) == []

    def test_changes_fields_labels_and_assignee_with_history_and_event(self, lead, world):
        issue = world.issue("BUG-1")
        label = create_label(actor=world.lead, project=world.bug, name="fresh", hue=3)
        before = newest_event()

        save(
            lead,
            address(issue),
            title="New words",
            assignee=world.developer.pk,
            labels=[label.pk],
            due_on="2025-04-01",
            estimate="5",
        )

        changed = fresh(issue)
        assert (changed.title, changed.assignee, changed.label_ids) == ("New words", world.developer, [label.pk])
        assert (str(changed.due_on), changed.estimate, changed.version) == ("2025-04-01", 5, issue.version + 1)
        assert events_since(before) == [("issue.changed", world.lead.pk)]
        assert set(newest_event().data["changes"]) == {"title", "assignee", "labels", "due_on", "estimate"}
        assert changed.history.latest().history_user == world.lead

    def test_a_move_fills_in_first_what_the_step_needs(self, lead, world):
        issue = world.issue("BUG-1")
        before = newest_event()

        save(lead, address(issue), assignee=world.lead.pk, state=world.state("BUG", "in-progress").pk)

        assert fresh(issue).state.slug == "in-progress"
        assert events_since(before) == [("issue.changed", world.lead.pk), ("issue.moved", world.lead.pk)]

    def test_a_move_takes_away_last_what_the_old_state_needs(self, lead, world):
        issue = world.issue("BUG-2")
        _allow_back(world)

        save(lead, address(issue), assignee="", state=world.state("BUG", "open").pk)

        assert (fresh(issue).state.slug, fresh(issue).assignee) == ("open", None)

    def test_a_move_takes_one_thing_away_and_fills_in_another(self, lead, world):
        issue, here, there = world.issue("BUG-2"), world.state("BUG", "in-progress"), world.state("BUG", "open")
        needs = {"roles": ["lead"], "needs_resolution": True}
        set_transition(actor=world.lead, from_state=here, to_state=there, needs=needs)

        save(lead, address(issue), assignee="", resolution="Cannot be seen any more", state=there.pk)

        changed = fresh(issue)
        assert (changed.state.slug, changed.assignee, changed.resolution) == ("open", None, "Cannot be seen any more")


class TestRefusals:
    def test_a_guard_refuses_with_its_sentence_and_the_input_stays(self, lead, world):
        issue = world.issue("BUG-1")
        before = newest_event()

        response = save(lead, address(issue), title="Half done", state=world.state("BUG", "in-progress").pk)

        assert response.status_code == 422
        assert "In progress needs an assignee; BUG-1 has none." in errors(response)
        assert filled(response.content.decode())["title"] == ["Half done"]
        assert fresh(issue).title == issue.title
        assert events_since(before) == []

    def test_a_step_that_does_not_exist_is_refused(self, lead, world):
        issue = world.issue("BUG-1")

        response = save(lead, address(issue), state=world.state("BUG", "closed").pk, assignee=world.lead.pk)

        assert "From Open an issue goes to In progress, not straight to Closed." in errors(response)
        assert (fresh(issue).state.slug, fresh(issue).assignee) == ("open", None)

    def test_a_full_column_is_refused(self, lead, world):
        progress = world.state("TEAM", "in-progress")
        change_state(actor=world.lead, state=progress, changes={"wip_limit": 1, "wip_is_hard": True})

        response = save(lead, address(world.issue("TEAM-1")), state=progress.pk)

        assert "In progress is full: 1 of 1." in errors(response)

    def test_what_the_state_needs_cannot_be_taken_away(self, lead, world):
        response = save(lead, address(world.issue("BUG-2")), assignee="")

        assert "BUG-2 is in In progress, which needs an assignee." in errors(response)

    def test_the_same_field_changed_by_two_is_a_conflict_shown_at_the_field(self, lead, world):
        issue = world.issue("BUG-1")
        data = filled(lead.get(address(issue)).content.decode())
        edit_issue(actor=world.developer, issue=issue, changes={"title": "Theirs"})

        response = lead.post(address(issue), data | {"title": "Yours"})

        assert response.status_code == 409
        assert "Someone changed BUG-1 while you were editing it." in errors(response)
        assert "Meanwhile: Theirs." in errors(response)
        assert filled(response.content.decode())["title"] == ["Yours"]
        assert fresh(issue).title == "Theirs"

    def test_different_fields_merge_labels_included(self, lead, world):
        issue = world.issue("BUG-1")
        theirs = create_label(actor=world.lead, project=world.bug, name="theirs", hue=1)
        yours = create_label(actor=world.lead, project=world.bug, name="yours", hue=1)
        data = filled(lead.get(address(issue)).content.decode())
        edit_issue(actor=world.developer, issue=issue, changes={"title": "Theirs"}, add_labels=[theirs.pk])

        lead.post(address(issue), data | {"priority": "4", "labels": [*data["labels"], yours.pk]})

        merged = fresh(issue)
        assert (merged.title, merged.priority) == ("Theirs", 4)
        assert set(merged.label_ids) == {world.label("BUG").pk, theirs.pk, yours.pk}

    def test_a_move_based_on_an_old_state_is_refused(self, lead, world):
        issue = world.issue("TEAM-1")
        data = filled(lead.get(address(issue)).content.decode())
        move_issue(actor=world.developer, issue=issue, to=world.state("TEAM", "done"))

        response = lead.post(address(issue), data | {"state": world.state("TEAM", "in-progress").pk})

        assert "TEAM-1 was moved to Done meanwhile." in errors(response)
        assert fresh(issue).state.slug == "done"

    def test_an_unknown_version_is_refused(self, lead, world):
        issue = world.issue("BUG-1")

        response = save(lead, address(issue), seen_version="999", title="Out of nowhere")

        assert (response.status_code, fresh(issue).title) == (409, issue.title)

    @pytest.mark.parametrize("field", ["state", "assignee", "labels"])
    def test_things_of_other_projects_are_no_choice(self, lead, world, field):
        issue = world.issue("BUG-1")
        foreign = {
            "state": world.state("QZFAR", "open").pk,
            "assignee": world.far_owner.pk,
            "labels": [world.label("QZFAR").pk],
        }

        response = save(lead, address(issue), **{field: foreign[field]})

        assert "not one of the available choices" in errors(response)
        assert fresh(issue).version == issue.version

    def test_an_issue_of_an_archived_project_is_shown_and_not_changed(self, lead, world):
        issue = world.issue("SHELF-1")

        response = save(lead, address(issue), title="Too late")

        assert response.status_code == 403
        assert "SHELF is archived" in errors(response)


class TestTrash:
    def test_the_list_leaves_the_trash_out_unless_asked(self, lead, world):
        page = lead.get("/admin/issues/issue/?project=BUG").content.decode()
        trash = lead.get("/admin/issues/issue/?project=BUG&trash=yes").content.decode()

        gone = world.issue("BUG-7").title
        assert (gone in page, gone in trash, world.issue("BUG-1").title in trash) == (False, True, False)

    def test_puts_issues_into_the_trash_and_restores_them(self, lead, world):
        issues = world.issue("BUG-1"), world.issue("BUG-5")
        before = newest_event()

        deleted = act(lead, Issue, "put_into_trash", *issues)
        restored = act(lead, Issue, "restore", *issues, query="?trash=yes")

        assert ("Put into the trash." in deleted, "Restored." in restored) == (True, True)
        kinds = ["issue.deleted", "issue.deleted", "issue.restored", "issue.restored"]
        assert events_since(before) == [(kind, world.lead.pk) for kind in kinds]

    def test_restores_all_or_none(self, lead, world):
        first = world.issue("TEAM-1")
        act(lead, Issue, "put_into_trash", first)
        to_do = world.state("TEAM", "to-do")
        change_state(actor=world.lead, state=to_do, changes={"wip_limit": 1, "wip_is_hard": True})
        before = newest_event()

        text = act(lead, Issue, "restore", first, world.issue("TEAM-4"), query="?trash=yes")

        assert "To do is full: 1 of 1." in text
        assert fresh(first).deleted_at is not None
        assert events_since(before) == []

    def test_an_issue_in_the_trash_is_not_edited(self, lead, world):
        response = save(lead, address(world.issue("BUG-7")), title="Ghost")

        assert "BUG-7 is in the trash. Restore it first." in errors(response)

    def test_actions_do_not_reach_other_projects(self, lead, world):
        issue = world.issue("QZFAR-1")

        act(lead, Issue, "put_into_trash", issue)

        assert fresh(issue).deleted_at is None


class TestAdministrator:
    def test_edits_issues_of_every_project_in_their_own_name(self, client_for, world):
        issue = world.issue("QZFAR-1")
        before = newest_event()

        save(client_for("administrator"), address(issue), title="Put right")

        assert fresh(issue).title == "Put right"
        assert events_since(before) == [("issue.changed", world.administrator.pk)]
        assert Event.objects.latest("pk").stream.name == f"project:{world.far.pk}"


def _allow_back(world):
    here, there = world.state("BUG", "in-progress"), world.state("BUG", "open")
    set_transition(actor=world.lead, from_state=here, to_state=there, needs={"roles": ["lead"]})
