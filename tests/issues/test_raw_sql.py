"""What PostgreSQL refuses, whoever asks and by whatever way: proven without a line of our own Python between."""

import pytest
from django.apps import apps
from django.db import connection

from accounts.services.instance import change_instance
from issues.models import Issue
from notifications.models import Event, EventStream
from projects.models import Label, Membership, Project, State
from tests.issues.placing import refusal_of, refusal_of_sql

pytestmark = pytest.mark.django_db

HISTORY_TABLES = sorted(model._meta.db_table for model in apps.get_models() if model.__name__.startswith("Historical"))


def test_every_model_of_people_and_work_has_history():
    tracked = {model._meta.label for model in apps.get_models() if hasattr(model, "history")}

    assert tracked == {
        "accounts.InstanceSettings",
        "accounts.Team",
        "accounts.TeamMembership",
        "accounts.User",
        "chat.Message",
        "files.File",
        "issues.Issue",
        "projects.Label",
        "projects.Membership",
        "projects.Project",
        "projects.State",
        "projects.Transition",
    }


@pytest.mark.parametrize("table", HISTORY_TABLES)
def test_history_rows_cannot_be_changed_or_deleted(world, table):
    change_instance(actor=world.administrator, changes={"session_days": 7})
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0, "there must be something to protect"

    assert "Cannot update or delete" in refusal_of(f"UPDATE {table} SET history_type = '-'", [])
    assert "Cannot update or delete" in refusal_of(f"DELETE FROM {table}", [])


def test_events_cannot_be_changed_or_deleted(world):
    event = Event.objects.earliest("pk")

    assert "Cannot update or delete" in refusal_of(
        "UPDATE notifications_event SET data = '{}' WHERE id = %s", [event.pk]
    )
    assert "Cannot update or delete" in refusal_of("DELETE FROM notifications_event WHERE id = %s", [event.pk])


def test_streams_only_go_forward(world):
    stream = EventStream.objects.filter(seq__gt=1).earliest("pk")
    sql = "UPDATE notifications_eventstream SET {} WHERE id = %s"

    assert "Cannot update" in refusal_of(sql.format("seq = seq - 1"), [stream.pk])
    assert "Cannot update" in refusal_of(sql.format("seq = seq"), [stream.pk])
    assert "Cannot update" in refusal_of(sql.format("seq = seq + 1, name = 'other'"), [stream.pk])
    assert "Cannot delete" in refusal_of("DELETE FROM notifications_eventstream WHERE id = %s", [stream.pk])


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"number": 999}, "issue_number_fixed"),
        ({"version": 0}, "issue_version_grows"),
        ({"title": ""}, "issue_has_title"),
        ({"kind": "saga"}, "issue_kind_known"),
        ({"priority": 9}, "issue_priority_known"),
        ({"version": 99}, ""),
        ({"title": "Another title"}, ""),
    ],
)
def test_issue_columns_keep_their_rules(world, columns, rule):
    assert refusal_of_sql(world.issue("BUG-2"), **columns) == rule


def test_an_issue_cannot_change_its_project(world):
    target = world.state("TEAM", "in-progress")

    assert refusal_of_sql(world.issue("BUG-2"), project_id=world.team.pk) == "issue_state_of_project"
    assert refusal_of_sql(world.issue("BUG-2"), project_id=world.team.pk, state_id=target.pk) == "issue_number_fixed"


def test_an_issue_cannot_enter_a_state_of_another_project(world):
    foreign = world.state("QZFAR", "in-progress")

    assert refusal_of_sql(world.issue("BUG-1"), state_id=foreign.pk) == "issue_state_of_project"


def test_labels_must_be_the_projects_own(world):
    issue = world.issue("BUG-1")

    assert refusal_of_sql(issue, label_ids=[world.label("QZFAR").pk]) == "issue_labels_of_project"
    assert refusal_of_sql(issue, label_ids=[world.label("BUG").pk, 10**9]) == "issue_labels_of_project"
    assert refusal_of_sql(issue, label_ids=[world.label("BUG").pk]) == ""
    assert refusal_of_sql(issue, label_ids=[]) == ""


@pytest.mark.parametrize("model", [Issue, Project, State, Label])
def test_rows_that_history_points_to_cannot_be_deleted(world, model):
    table = model._meta.db_table

    assert "Cannot delete rows" in refusal_of(f"DELETE FROM {table}", [])


def test_the_counter_of_a_project_never_goes_back(world):
    sql = "UPDATE projects_project SET issue_counter = issue_counter - 1 WHERE id = %s"

    assert "Cannot update" in refusal_of(sql, [world.bug.pk])


def test_a_number_beyond_the_counter_is_refused(world):
    sql = """
        INSERT INTO issues_issue (project_id, number, title, description, kind, state_id, priority, reporter_id,
            label_ids, resolution, rank, version, created_at, updated_at)
        VALUES (%s, %s, 't', '', 'task', %s, 0, %s, '{}', '', 'V', 1, now(), now())
    """
    start, counter = world.state("BUG", "open").pk, world.bug.issue_counter

    assert refusal_of(sql, [world.bug.pk, counter + 1, start, world.lead.pk]) == "issue_number_counted"
    assert refusal_of(sql, [world.bug.pk, counter, start, world.lead.pk]) == "issue_number_unique"


def test_a_transition_joins_states_of_one_project(world):
    sql = """
        INSERT INTO projects_transition (project_id, from_state_id, to_state_id, roles, needs_assignee,
            needs_resolution, own_only)
        VALUES (%s, %s, %s, '{lead}', false, false, false)
    """
    here, there = world.state("BUG", "closed").pk, world.state("TEAM", "to-do").pk

    assert refusal_of(sql, [world.bug.pk, here, there]) == "transition_one_project"
    assert refusal_of(sql, [world.bug.pk, here, here]) in {"transition_moves", "transition_one_project"}
    assert refusal_of(sql, [world.bug.pk, here, world.state("BUG", "open").pk]) == ""


def test_the_last_lead_stays(world):
    lead = Membership.objects.get(project=world.bug, role="lead")

    assert refusal_of("DELETE FROM projects_membership WHERE id = %s", [lead.pk]) == "membership_last_lead"
    demote = "UPDATE projects_membership SET role = 'viewer', given_role = 'viewer', team_role = NULL WHERE id = %s"
    assert refusal_of(demote, [lead.pk]) == "membership_last_lead"
    assert (
        refusal_of("UPDATE projects_membership SET role = 'boss' WHERE id = %s", [lead.pk]) == "membership_role_known"
    )


@pytest.mark.parametrize("key", ["bug", "B", "1BUG", "TOOLONGAKEY", "BU-G", "BUG\n"])
def test_a_projects_key_keeps_its_form(world, key):
    assert refusal_of("UPDATE projects_project SET key = %s WHERE id = %s", [key, world.bug.pk]) in {
        "project_key_format",
        "value too long for type character varying(10)",
    }


@pytest.mark.parametrize("column", ["username", "email"])
def test_names_of_people_are_unique_without_regard_to_case(world, column):
    sql = f"UPDATE accounts_user SET {column} = upper(%s) WHERE id = %s"

    assert refusal_of(sql, [getattr(world.lead, column), world.viewer.pk]) == f"{column}_unique"
