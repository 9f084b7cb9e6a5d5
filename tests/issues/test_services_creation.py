"""Creating issues."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from config import clock
from config.errors import DomainError, PermissionRefused
from issues.enums import Kind, Priority
from issues.models import Issue
from issues.services.creation import create_issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.models import Project
from projects.services.labels import retire_label
from projects.services.workflow import change_state
from tests.factories import canary
from tests.issues.records import again, events_after, fingerprint, history_of

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_creates_with_every_field_history_and_event(world):
    before = head_of(project_stream(world.team.pk))

    with clock.at(NOON):
        issue = create_issue(
            actor=world.developer,
            project=world.team,
            title="  Buy a kettle  ",
            description="A *big* one.",
            kind=Kind.CHORE,
            state=world.state("TEAM", "in-progress"),
            priority=Priority.HIGH,
            assignee=world.viewer,
            label_ids=[world.label("TEAM").pk],
            due_on=date(2025, 6, 30),
            estimate=3,
        )

    found = again(issue)
    assert (found.key, found.title, found.description, found.kind, found.priority) == (
        "TEAM-5",
        "Buy a kettle",
        "A *big* one.",
        "chore",
        3,
    )
    assert (found.state.slug, found.assignee, found.reporter_id) == ("in-progress", world.viewer, world.developer.pk)
    assert (found.label_ids, found.due_on, found.estimate) == ([world.label("TEAM").pk], date(2025, 6, 30), 3)
    assert (found.version, found.created_at, found.updated_at, found.deleted_at) == (1, NOON, NOON, None)
    assert history_of(issue) == [(1, world.developer, "+")]
    assert Issue.history.get(id=issue.pk).history_date == NOON
    data = {
        "key": "TEAM-5",
        "title": "Buy a kettle",
        "state": "In progress",
        "kind": "chore",
        "assignee": world.viewer.name,
        "assignee_ids": {"from": None, "to": world.viewer.pk},
    }
    assert events_after(world.team, before) == [("issue.created", world.developer, f"issue:{issue.pk}", data)]


def test_starts_in_the_first_start_at_the_foot_of_the_column(world):
    first = create_issue(actor=world.developer, project=world.bug, title=canary())
    second = create_issue(actor=world.developer, project=world.bug, title=canary())

    assert (first.state.slug, second.number) == ("open", first.number + 1)
    ranks = list(Issue.objects.filter(state=first.state).order_by("rank").values_list("number", flat=True))
    assert ranks[-2:] == [first.number, second.number]


@pytest.mark.parametrize("persona", ["viewer", "stranger", "removed"])
def test_refuses_who_may_not(world, persona):
    before = fingerprint()

    with pytest.raises(PermissionRefused, match="needs the role developer or lead"):
        create_issue(actor=world.person(persona), project=world.bug, title="No")

    assert fingerprint() == before


@pytest.mark.parametrize("project", ["archived", "deleted"])
def test_refuses_in_a_project_that_is_not_active(world, project):
    with pytest.raises(PermissionRefused):
        create_issue(actor=world.lead, project=getattr(world, project), title="No")


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"title": ""}, "invalid", "title"),
        ({"title": "   "}, "invalid", "title"),
        ({"title": "x" * 201}, "invalid", "title"),
        ({"description": "x" * (64 * 1024 + 1)}, "invalid", "description"),
        ({"kind": "saga"}, "invalid", "kind"),
        ({"priority": 9}, "invalid", "priority"),
        ({"estimate": 1000}, "invalid", "estimate"),
    ],
)
def test_refuses_values_that_no_form_would_pass(world, values, code, words):
    before = fingerprint()

    with pytest.raises(DomainError, match=words) as refused, transaction.atomic():
        create_issue(actor=world.lead, project=world.bug, **{"title": "Fine"} | values)

    assert refused.value.code == code
    assert fingerprint() == before


def test_refuses_people_labels_and_states_of_elsewhere(world):
    before = fingerprint()
    cases = [
        ({"assignee": world.stranger}, "not_assignable"),
        ({"assignee": world.deactivated}, "not_assignable"),
        ({"assignee": world.removed}, "not_assignable"),
        ({"label_ids": [world.label("TEAM").pk]}, "label_gone"),
        ({"label_ids": [world.label("BUG").pk, 10**9]}, "label_gone"),
        ({"state": world.state("BUG", "closed")}, "start"),
        ({"state": world.state("QZFAR", "open")}, "issue_state_of_project"),
    ]

    for values, code in cases:
        with pytest.raises(DomainError) as refused, transaction.atomic():
            create_issue(actor=world.lead, project=world.bug, title="No", **values)
        assert refused.value.code == code
        assert "cnry" not in str(refused.value) or world.far.name not in str(refused.value)

    assert fingerprint() == before


def test_refuses_a_label_that_is_out_of_use(world):
    retire_label(actor=world.lead, label=world.label("BUG"))

    with pytest.raises(DomainError, match="removed meanwhile"):
        create_issue(actor=world.lead, project=world.bug, title="No", label_ids=[world.label("BUG").pk])


def test_refuses_a_full_column_and_takes_no_number(world):
    state = world.state("TEAM", "in-progress")
    change_state(actor=world.lead, state=state, changes={"wip_limit": 1, "wip_is_hard": True})
    project = Project.objects.get(pk=world.team.pk)

    with pytest.raises(DomainError, match="In progress is full: 1 of 1"):
        create_issue(actor=world.lead, project=project, title="No", state=state)

    assert create_issue(actor=world.lead, project=project, title="Yes").number == 5


def test_a_rollback_gives_the_number_back(world):
    with transaction.atomic():
        create_issue(actor=world.lead, project=world.bug, title="Taken back")
        transaction.set_rollback(True)

    assert create_issue(actor=world.lead, project=world.bug, title="Kept").number == 9
