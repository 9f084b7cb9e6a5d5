"""The world after a real transaction is the world as it was built: every row, every sequence, every number after it."""

import pytest
from django.db import connection

from accounts.models import User
from issues.models import Issue
from notifications.models import Event
from projects.models import Project
from tests.factories import IssueFactory, PersonFactory, ProjectFactory
from tests.restoring import Kept

pytestmark = pytest.mark.django_db(transaction=True)


def held(kept):
    """Return the rows of each table, and the sequences; where on the disk a row lies is nobody's business."""
    return {table: sorted(rows.splitlines()) for table, rows in kept.rows.items()}, kept.sequences


def change_everything(world):
    """Add by the services, and what no service does: change and remove rows behind every trigger, in every table."""
    IssueFactory(project=ProjectFactory(key="LATER"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET display_name = 'otherwise' WHERE id = %s", [world.lead.pk])
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM notifications_event WHERE id % 2 = 0")
        cursor.execute("DELETE FROM django_content_type")
        cursor.execute("SET session_replication_role = DEFAULT")


def test_every_row_and_sequence_is_as_it_was(world):
    kept = Kept.now()
    before = held(Kept.now())
    change_everything(world)
    assert held(Kept.now()) != before

    kept.put_back()

    assert held(Kept.now()) == before


def test_an_empty_database_is_filled_again(world):
    kept = Kept.now()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE {}".format(", ".join(kept.rows)))  # the names of our own tables
        cursor.execute("SELECT setval('issues_issue_id_seq', 1, false)")

    kept.put_back()

    assert held(Kept.now()) == held(kept)


def test_what_was_put_back_is_written_no_second_time(world):
    kept = Kept.now()
    change_everything(world)
    kept.put_back()
    marks = Kept.now().marks

    kept.put_back()

    assert Kept.now().marks == marks


def test_triggers_and_foreign_keys_hold_again(world):
    kept = Kept.now()
    change_everything(world)

    kept.put_back()

    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
    connection.check_constraints()


@pytest.mark.parametrize("round_", [1, 2])
def test_each_real_transaction_begins_with_the_built_world(world, round_):
    assert not User.objects.filter(username="newcomer").exists()
    found = {key: (issue.pk, issue.version) for key, issue in world.issues.items()}
    assert {issue.key: (issue.pk, issue.version) for issue in Issue.objects.select_related("project")} == found
    assert set(Project.objects.values_list("pk", flat=True)) == {project.pk for project in world.projects.values()}

    PersonFactory(username="newcomer")
    IssueFactory(project=world.bug)
    assert Event.objects.filter(kind="issue.created").count() == len(found) + 1
