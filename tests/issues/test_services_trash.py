"""Deleting issues, and getting them back."""

import pytest
from django.db import transaction

from config.errors import DomainError, PermissionRefused
from issues.models import Issue
from issues.services.moving import move_issue
from issues.services.trash import delete_issue, restore_issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.models import Project
from projects.services.workflow import change_state
from tests.factories import IssueFactory
from tests.issues.records import again, events_after, fingerprint, history_of

pytestmark = pytest.mark.django_db


def test_an_issue_goes_to_the_trash_and_comes_back_whole(world):
    issue, before = world.issue("BUG-3"), head_of(project_stream(world.bug.pk))

    delete_issue(actor=world.lead, issue=issue)
    gone = again(issue)
    restore_issue(actor=world.lead, issue=issue)

    found = again(issue)
    assert gone.deleted_at is not None
    assert found.deleted_at is None
    same = ("number", "title", "description", "state_id", "assignee_id", "label_ids", "resolution")
    assert [getattr(found, name) for name in same] == [getattr(issue, name) for name in same]
    assert [row[0] for row in history_of(issue)[-2:]] == [issue.version + 1, issue.version + 2]
    data = {"key": "BUG-3", "title": issue.title}
    assert events_after(world.bug, before) == [
        ("issue.deleted", world.lead, f"issue:{issue.pk}", data),
        ("issue.restored", world.lead, f"issue:{issue.pk}", data),
    ]


def test_a_restored_issue_stands_at_the_foot(world):
    delete_issue(actor=world.lead, issue=world.issue("BUG-1"))

    restore_issue(actor=world.lead, issue=world.issue("BUG-1"))

    column = Issue.objects.filter(state=world.state("BUG", "open"), deleted_at__isnull=True).order_by("rank")
    assert [issue.number for issue in column][-1] == 1


def test_a_number_is_never_given_again(world):
    delete_issue(actor=world.lead, issue=world.issue("BUG-8"))

    assert IssueFactory(project=world.bug).number == 9


def test_restoring_what_is_not_deleted_changes_nothing(world):
    before = fingerprint()

    restore_issue(actor=world.lead, issue=world.issue("BUG-1"))

    assert fingerprint() == before


def test_deleting_twice_says_that_it_is_in_the_trash(world):
    delete_issue(actor=world.lead, issue=world.issue("BUG-1"))

    with pytest.raises(DomainError, match=r"BUG-1 is in the trash\. Restore it first"):
        delete_issue(actor=world.lead, issue=world.issue("BUG-1"))


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger", "removed"])
@pytest.mark.parametrize(("service", "key"), [(delete_issue, "BUG-1"), (restore_issue, "BUG-7")])
def test_refuses_who_may_not(world, persona, service, key):
    before = fingerprint()

    with pytest.raises(PermissionRefused, match="Deleting and restoring issues in BUG needs the role lead"):
        service(actor=world.person(persona), issue=world.issue(key))

    assert fingerprint() == before


def test_restoring_into_a_full_column_is_refused_with_its_reason(world):
    doing = world.state("TEAM", "in-progress")
    delete_issue(actor=world.lead, issue=world.issue("TEAM-2"))
    move_issue(actor=world.lead, issue=world.issue("TEAM-1"), to=doing)
    change_state(actor=world.lead, state=doing, changes={"wip_limit": 1, "wip_is_hard": True, "is_initial": False})
    issue = world.issue("TEAM-2")
    issue.project = Project.objects.get(pk=world.team.pk)

    with pytest.raises(DomainError, match="In progress is full: 1 of 1") as refused, transaction.atomic():
        restore_issue(actor=world.lead, issue=issue)

    assert refused.value.code == "wip_limit"
    assert again(issue).deleted_at is not None
