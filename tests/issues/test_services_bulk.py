"""Changing many issues at once: all or nothing."""

import pytest
from django.db import transaction

from config.errors import DomainError, PermissionRefused
from issues.models import Issue
from issues.services.bulk import BULK_LIMIT, BulkRefused, change_issues
from notifications.models import EventStream
from notifications.queries import head_of, verify
from projects.events import project_stream
from projects.models import Project
from projects.services.labels import create_label
from projects.services.workflow import change_state
from tests.factories import IssueFactory
from tests.issues.records import again, events_after, fingerprint, history_of

pytestmark = pytest.mark.django_db


def test_each_issue_gets_its_history_and_event(world):
    before = head_of(project_stream(world.bug.pk))

    changed = change_issues(
        actor=world.developer,
        project=world.bug,
        numbers=[1, 5, 6],
        changes={"priority": 1, "assignee": world.viewer},
    )

    assert [issue.number for issue in changed] == [1, 5, 6]
    for key in ("BUG-1", "BUG-5", "BUG-6"):
        found = again(world.issue(key))
        assert (found.priority, found.assignee, found.version) == (1, world.viewer, world.issue(key).version + 1)
        assert history_of(found)[-1] == (found.version, world.developer, "~")
    events = events_after(world.bug, before)
    assert [event[3]["key"] for event in events] == ["BUG-1", "BUG-5", "BUG-6"]
    assert events[1] == (
        "issue.changed",
        world.developer,
        f"issue:{world.issue('BUG-5').pk}",
        {
            "key": "BUG-5",
            "title": world.issue("BUG-5").title,
            "changes": {
                "assignee": {"from": world.developer.name, "to": world.viewer.name},
                "priority": {"from": "high", "to": "low"},
            },
            "assignee_ids": {"from": world.developer.pk, "to": world.viewer.pk},
        },
    )
    assert verify(EventStream.objects.get(name=project_stream(world.bug.pk))) is None


def test_history_holds_the_whole_row_of_each(world):
    change_issues(actor=world.lead, project=world.bug, numbers=[1, 5], changes={"priority": 1})

    for key in ("BUG-1", "BUG-5"):
        found = again(world.issue(key))
        past = Issue.history.filter(id=found.pk).latest("history_id")
        fields = (
            "title",
            "description",
            "state_id",
            "assignee_id",
            "label_ids",
            "rank",
            "version",
            "priority",
            "number",
        )
        assert [getattr(past, field) for field in fields] == [getattr(found, field) for field in fields]
        assert past.history_date == found.updated_at


def test_issues_move_to_the_foot_in_their_order(world):
    to = world.state("TEAM", "done")

    change_issues(actor=world.developer, project=world.team, numbers=[2, 1], changes={"state": to})

    column = Issue.objects.filter(state=to, deleted_at__isnull=True).order_by("rank").values_list("number", flat=True)
    assert list(column) == [3, 1, 2]


def test_a_note_fills_those_that_have_none(world):
    change_issues(
        actor=world.lead,
        project=world.bug,
        numbers=[2, 6, 8],
        changes={"state": world.state("BUG", "resolved")},
        resolution=" All done. ",
    )

    assert {again(world.issue(key)).resolution for key in ("BUG-2", "BUG-6", "BUG-8")} == {"All done."}
    assert {again(world.issue(key)).state.slug for key in ("BUG-2", "BUG-6", "BUG-8")} == {"resolved"}


def test_one_refusal_stops_all_and_every_refusal_is_told(world):
    before = fingerprint()

    with pytest.raises(BulkRefused) as refused, transaction.atomic():
        change_issues(
            actor=world.developer,
            project=world.bug,
            numbers=[1, 4, 5, 6],
            changes={"state": world.state("BUG", "in-progress"), "priority": 4},
        )

    assert [(refusal.issue.number, refusal.message) for refusal in refused.value.refusals] == [
        (1, "In progress needs an assignee; BUG-1 has none."),
        (4, "Closed is the end: no step leads on from it."),
    ]
    assert str(refused.value) == "Nothing was changed: 2 issues stand in the way, of 4."
    assert fingerprint() == before


def test_a_limit_counts_all_that_arrive(world):
    state = world.state("TEAM", "in-progress")
    change_state(actor=world.lead, state=state, changes={"wip_limit": 2, "wip_is_hard": True})
    project = Project.objects.get(pk=world.team.pk)

    with pytest.raises(BulkRefused) as refused, transaction.atomic():
        change_issues(actor=world.lead, project=project, numbers=[1, 2, 3], changes={"state": state})
    assert [refusal.issue.number for refusal in refused.value.refusals] == [3]

    change_issues(actor=world.lead, project=project, numbers=[1, 2], changes={"state": state})
    assert Issue.objects.filter(state=state, deleted_at__isnull=True).count() == 2


def test_labels_are_added_and_removed(world):
    own = world.label("BUG")
    other = create_label(actor=world.lead, project=world.bug, name="another", hue=3)
    before = head_of(project_stream(world.bug.pk))

    change_issues(
        actor=world.developer,
        project=world.bug,
        numbers=[1, 2],
        changes={"add_label": other.pk, "remove_label": own.pk},
    )

    assert [again(world.issue(key)).label_ids for key in ("BUG-1", "BUG-2")] == [[other.pk], [other.pk]]
    changes = [event[3]["changes"] for event in events_after(world.bug, before)]
    assert changes == [{"labels": {"added": ["another"], "removed": [own.name]}}] * 2


def test_only_what_changes_is_written(world):
    before = head_of(project_stream(world.bug.pk))

    changed = change_issues(actor=world.lead, project=world.bug, numbers=[2, 5, 6], changes={"assignee": world.lead})

    assert [issue.number for issue in changed] == [2, 5]
    assert len(events_after(world.bug, before)) == 2
    assert again(world.issue("BUG-6")).version == world.issue("BUG-6").version


@pytest.mark.parametrize("numbers", [[1], [1, 2]])
def test_one_and_many_take_the_same_way(world, numbers):
    changed = change_issues(actor=world.lead, project=world.bug, numbers=numbers, changes={"priority": 0})

    assert [(again(issue).priority, history_of(issue)[-1][1]) for issue in changed] == [(0, world.lead)] * len(numbers)


def test_a_hundred_issues_take_as_many_statements_as_two(world, django_assert_max_num_queries):
    many = [IssueFactory(project=world.team).number for _issue in range(100)]

    with django_assert_max_num_queries(16):
        change_issues(
            actor=world.lead,
            project=world.team,
            numbers=many,
            changes={"state": world.state("TEAM", "done"), "priority": 2},
        )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assignee": "stranger"}, "not_assignable"),
        ({"assignee": "removed"}, "not_assignable"),
        ({"add_label": "QZFAR"}, "label_gone"),
        ({"assignee": None}, "bulk"),
    ],
)
def test_refusals_write_nothing(world, changes, code):
    before = fingerprint()
    field, value = next(iter(changes.items()))
    wanted = {"add_label": lambda: world.label(value).pk, "assignee": lambda: world.person(value) if value else None}[
        field
    ]()

    with pytest.raises(DomainError) as refused, transaction.atomic():
        change_issues(actor=world.lead, project=world.bug, numbers=[1, 2], changes={field: wanted})

    assert refused.value.code == code
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("numbers", "code", "words"),
    [
        ([], "none", "at least one"),
        ([1, 99], "missing", "BUG-99 no longer exists or is in the trash"),
        ([1, 7], "missing", "BUG-7 no longer exists or is in the trash"),
        (list(range(BULK_LIMIT + 1)), "too_many", "at most 500"),
    ],
)
def test_refuses_a_choice_that_does_not_hold(world, numbers, code, words):
    before = fingerprint()

    with pytest.raises(DomainError, match=words) as refused:
        change_issues(actor=world.lead, project=world.bug, numbers=numbers, changes={"priority": 1})

    assert refused.value.code == code
    assert fingerprint() == before


@pytest.mark.parametrize("persona", ["viewer", "stranger", "removed"])
@pytest.mark.parametrize("field", ["state", "assignee", "priority", "add_label"])
def test_refuses_who_may_not(world, persona, field):
    values = {
        "state": world.state("BUG", "in-progress"),
        "assignee": world.lead,
        "priority": 1,
        "add_label": world.label("BUG").pk,
    }
    before = fingerprint()

    with pytest.raises(PermissionRefused):
        change_issues(actor=world.person(persona), project=world.bug, numbers=[1, 5], changes={field: values[field]})

    assert fingerprint() == before


def test_other_fields_are_not_for_bulk_changes(world):
    with pytest.raises(ValueError, match="not for bulk changes"):
        change_issues(actor=world.lead, project=world.bug, numbers=[1], changes={"number": 2})
