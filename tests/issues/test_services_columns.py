"""What happens to issues when a column or a label goes, and when ranks have grown long."""

import pytest
from django.db import transaction

from config.errors import DomainError, PermissionRefused
from issues import rank
from issues.models import Issue
from issues.services.columns import remove_label, remove_state, renew_ranks
from issues.services.moving import Place, move_issue
from issues.tasks import renew_long_ranks
from notifications.queries import head_of
from projects.events import project_stream
from projects.models import Project, Transition
from projects.services.workflow import change_state
from tests.factories import IssueFactory, ProjectFactory
from tests.issues.records import again, events_after, fingerprint

pytestmark = pytest.mark.django_db


def test_issues_of_a_removed_state_go_where_the_lead_says(world):
    before, doing = head_of(project_stream(world.bug.pk)), world.state("BUG", "in-progress")

    moved = remove_state(actor=world.lead, state=doing, to=world.state("BUG", "open"))

    assert moved == 3
    assert {again(world.issue(key)).state.slug for key in ("BUG-2", "BUG-6", "BUG-8")} == {"open"}
    doing.refresh_from_db()
    assert doing.removed_at is not None
    assert not Transition.objects.filter(from_state=doing).exists()
    assert not Transition.objects.filter(to_state=doing).exists()
    kinds = [event[0] for event in events_after(world.bug, before)]
    assert kinds.count("issue.moved") == 3
    assert kinds[-1] == "state.removed"


def test_issues_in_the_trash_go_as_well(world):
    change_state(actor=world.lead, state=world.state("BUG", "in-progress"), changes={"is_initial": True})
    bug = Project.objects.get(pk=world.bug.pk)
    state = bug.states.get(slug="open")

    remove_state(actor=world.lead, state=state, to=world.state("BUG", "closed"))

    found = again(world.issue("BUG-7"))
    assert (found.state.slug, found.deleted_at is None) == ("closed", False)
    assert not Issue.objects.filter(state=state).exists()


def test_an_empty_state_needs_no_target(world):
    for number in (1, 2, 3):
        Issue.objects.get(project=world.team, number=number)
    empty = ProjectFactory()

    moved = remove_state(actor=empty.owner, state=empty.states.get(slug="in-progress"), to=None)

    assert moved == 0


@pytest.mark.parametrize("target", [None, ("BUG", "in-progress"), ("TEAM", "to-do"), ("QZFAR", "open")])
def test_a_wrong_target_is_refused(world, target):
    before = fingerprint()

    with pytest.raises(DomainError, match="Say to which state") as refused, transaction.atomic():
        remove_state(
            actor=world.lead, state=world.state("BUG", "in-progress"), to=world.state(*target) if target else None
        )

    assert refused.value.code == "target"
    assert fingerprint() == before


def test_a_target_without_room_is_refused(world):
    target = world.state("BUG", "open")
    change_state(actor=world.lead, state=target, changes={"wip_limit": 4, "wip_is_hard": True})
    target.refresh_from_db()

    with pytest.raises(DomainError, match="raise its limit first") as refused, transaction.atomic():
        remove_state(actor=world.lead, state=world.state("BUG", "in-progress"), to=target)

    assert refused.value.code == "wip_limit"


def test_the_last_start_is_not_removed(world):
    before = fingerprint()

    with pytest.raises(DomainError, match="start somewhere"), transaction.atomic():
        remove_state(actor=world.lead, state=world.state("BUG", "open"), to=world.state("BUG", "in-progress"))

    assert fingerprint() == before


def test_a_removed_label_leaves_every_issue_also_in_the_trash(world):
    label, before = world.label("BUG"), head_of(project_stream(world.bug.pk))

    carried = remove_label(actor=world.lead, label=label)

    assert carried == 8
    assert not Issue.objects.filter(label_ids__contains=[label.pk]).exists()
    label.refresh_from_db()
    assert label.removed_at is not None
    kinds = [event[0] for event in events_after(world.bug, before)]
    assert kinds == ["issue.changed"] * 8 + ["label.removed"]
    assert Issue.history.filter(id=world.issue("BUG-1").pk).latest("history_id").history_user == world.lead


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger", "removed"])
@pytest.mark.parametrize("what", ["state", "label"])
def test_refuses_who_may_not(world, persona, what):
    actor, before = world.person(persona), fingerprint()
    services = {
        "state": lambda: remove_state(actor=actor, state=world.state("BUG", "closed"), to=world.state("BUG", "open")),
        "label": lambda: remove_label(actor=actor, label=world.label("BUG")),
    }

    with pytest.raises(PermissionRefused):
        services[what]()

    assert fingerprint() == before


def test_long_ranks_are_renewed_in_the_same_order():
    project = ProjectFactory()
    cards = [IssueFactory(project=project) for _card in range(4)]
    state = cards[0].state
    # Push two cards in turn into the gap below the first until a rank is too long, as eager people would.
    turn = 0
    while not any(len(text) > rank.LONG for text in Issue.objects.filter(state=state).values_list("rank", flat=True)):
        move_issue(actor=project.owner, issue=cards[1 + turn % 2], to=state, place=Place(after=1))
        turn += 1
    order = list(Issue.objects.filter(state=state).order_by("rank").values_list("number", flat=True))

    renew_long_ranks()

    column = Issue.objects.filter(state=state).order_by("rank")
    assert [issue.number for issue in column] == order
    assert all(len(issue.rank) <= rank.WIDTH for issue in column)
    assert renew_ranks(state=state) == 0
