"""Moving issues: into another state, within a column, and with what the step needs."""

import pytest
from django.db import transaction

from config.errors import Conflict, DomainError, PermissionRefused
from issues.models import Issue
from issues.services.moving import MoveRefused, Place, move_issue, moves_for
from issues.services.trash import delete_issue
from notifications.queries import head_of
from projects.access import access_to
from projects.events import project_stream
from projects.models import Project, Transition
from projects.services.workflow import change_state, remove_transition
from tests.factories import IssueFactory, ProjectFactory
from tests.issues.records import again, events_after, fingerprint, history_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def column():
    """Five cards of a task project in their order, and the state they are in."""
    project = ProjectFactory()
    cards = [IssueFactory(project=project) for _card in range(5)]
    return cards, cards[0].state


def numbers(state):
    return list(Issue.objects.filter(state=state).order_by("rank").values_list("number", flat=True))


def test_moves_with_history_and_event(world):
    issue, to = world.issue("BUG-5"), world.state("BUG", "in-progress")
    before = head_of(project_stream(world.bug.pk))

    move_issue(actor=world.developer, issue=issue, to=to)

    found = again(issue)
    assert (found.state, found.version) == (to, issue.version + 1)
    assert history_of(issue)[-1] == (found.version, world.developer, "~")
    data = {
        "key": "BUG-5",
        "title": issue.title,
        "state": "In progress",
        "changes": {"state": {"from": "Open", "to": "In progress"}},
    }
    assert events_after(world.bug, before) == [("issue.moved", world.developer, f"issue:{issue.pk}", data)]


@pytest.mark.parametrize(
    ("place", "order"),
    [
        (Place(), [4, 1, 2, 3, 5]),
        (Place(foot=True), [1, 2, 3, 5, 4]),
        (Place(after=1), [1, 4, 2, 3, 5]),
        (Place(after=3), [1, 2, 3, 4, 5]),
        (Place(after=5), [1, 2, 3, 5, 4]),
        (Place(before=1), [4, 1, 2, 3, 5]),
        (Place(before=5), [1, 2, 3, 4, 5]),
        (Place(before=2), [1, 4, 2, 3, 5]),
        (Place(after=99), [1, 2, 3, 4, 5]),
    ],
)
def test_places_a_card_within_its_column(column, place, order):
    cards, state = column
    expected = order if place != Place() else [1, 2, 3, 4, 5]

    move_issue(actor=cards[3].project.owner, issue=cards[3], to=state, place=place)

    # Without a neighbour, a card that is there already stays where it is; one whose neighbour has left goes to the top.
    assert numbers(state) == ([4, 1, 2, 3, 5] if place.after == 99 else expected)


@pytest.mark.parametrize(
    ("place", "order"),
    [
        (Place(), [3, 1, 2]),
        (Place(foot=True), [1, 2, 3]),
        (Place(after=1), [1, 3, 2]),
        (Place(before=2), [1, 3, 2]),
        (Place(after=99), [3, 1, 2]),
    ],
)
def test_places_a_card_that_comes_from_elsewhere(column, place, order):
    cards, state = column
    owner, doing = cards[0].project.owner, state.project.states.get(slug="in-progress")
    for card in (cards[0], cards[1]):
        move_issue(actor=owner, issue=card, to=doing, place=Place(foot=True))

    move_issue(actor=owner, issue=cards[2], to=doing, place=place)

    assert numbers(doing) == order
    assert numbers(state) == [4, 5]


def test_a_reorder_is_told_as_an_order_and_writes_one_row(column):
    cards, state = column
    owner, project = cards[0].project.owner, cards[0].project
    before = head_of(project_stream(project.pk))

    move_issue(actor=owner, issue=cards[4], to=state, place=Place(before=1))

    assert [event[0] for event in events_after(project, before)] == ["issue.ordered"]
    assert [again(card).version for card in cards] == [1, 1, 1, 1, 2]


def test_dropping_a_card_where_it_lies_writes_nothing(column):
    cards, state = column
    before = fingerprint()

    for place in (Place(), Place(after=2), Place(before=4)):
        move_issue(actor=cards[2].project.owner, issue=cards[2], to=state, place=place)

    assert fingerprint() == before


def test_the_assignee_and_note_that_a_step_needs_come_with_the_move(world):
    before = head_of(project_stream(world.bug.pk))

    move_issue(
        actor=world.lead, issue=world.issue("BUG-1"), to=world.state("BUG", "in-progress"), assignee=world.developer
    )
    move_issue(
        actor=world.developer,
        issue=world.issue("BUG-1"),
        to=world.state("BUG", "resolved"),
        resolution="  Tightened. ",
    )

    found = again(world.issue("BUG-1"))
    assert (found.state.slug, found.assignee, found.resolution) == ("resolved", world.developer, "Tightened.")
    assert [event[3]["changes"] for event in events_after(world.bug, before)] == [
        {"state": {"from": "Open", "to": "In progress"}, "assignee": {"from": None, "to": world.developer.name}},
        {"state": {"from": "In progress", "to": "Resolved"}, "resolution": {"from": "", "to": "Tightened."}},
    ]


def test_a_developer_may_take_an_issue_on_by_moving_it(world):
    move_issue(
        actor=world.developer,
        issue=world.issue("BUG-1"),
        to=world.state("BUG", "in-progress"),
        assignee=world.developer,
    )

    assert again(world.issue("BUG-1")).assignee == world.developer


def test_a_move_that_is_refused_leaves_assignee_and_note(world):
    before = fingerprint()

    with pytest.raises(MoveRefused), transaction.atomic():
        move_issue(
            actor=world.lead,
            issue=world.issue("BUG-1"),
            to=world.state("BUG", "closed"),
            assignee=world.lead,
            resolution="x",
        )

    assert fingerprint() == before


@pytest.mark.parametrize(
    ("persona", "key", "to", "code", "status"),
    [
        ("viewer", "BUG-5", "in-progress", "permission", 403),
        ("developer", "BUG-5", "resolved", "no_transition", 422),
        ("developer", "BUG-3", "closed", "role", 422),
        ("developer", "BUG-6", "resolved", "not_yours", 422),
        ("lead", "BUG-1", "in-progress", "needs_assignee", 422),
        ("lead", "BUG-6", "resolved", "needs_resolution", 422),
    ],
)
def test_refusals_of_the_guard(world, persona, key, to, code, status):
    before = fingerprint()

    with pytest.raises(MoveRefused) as refused, transaction.atomic():
        move_issue(actor=world.person(persona), issue=world.issue(key), to=world.state("BUG", to))

    assert (refused.value.refusal.code, refused.value.code, refused.value.status) == (code, code, status)
    assert fingerprint() == before


@pytest.mark.parametrize("persona", ["stranger", "removed"])
def test_who_may_not_read_may_not_move(world, persona):
    with pytest.raises(PermissionRefused):
        move_issue(actor=world.person(persona), issue=world.issue("BUG-5"), to=world.state("BUG", "in-progress"))


def test_a_lead_takes_every_step_on_any_issue(world):
    for slug in ("in-progress", "resolved", "closed"):
        move_issue(
            actor=world.lead,
            issue=world.issue("BUG-5"),
            to=world.state("BUG", slug),
            resolution="Done." if slug == "resolved" else None,
        )

    assert again(world.issue("BUG-5")).state.slug == "closed"


def test_a_state_of_another_project_is_refused(world):
    with pytest.raises(MoveRefused) as refused:
        move_issue(actor=world.lead, issue=world.issue("BUG-5"), to=world.state("QZFAR", "in-progress"))

    assert refused.value.code == "no_transition"


def test_a_full_column_refuses_but_lets_its_own_cards_be_ordered(world):
    state = world.state("TEAM", "in-progress")
    change_state(actor=world.lead, state=state, changes={"wip_limit": 1, "wip_is_hard": True})
    project = Project.objects.get(pk=world.team.pk)
    inside, outside = world.issue("TEAM-2"), world.issue("TEAM-1")
    inside.project = outside.project = project

    with pytest.raises(MoveRefused, match="In progress is full: 1 of 1"), transaction.atomic():
        move_issue(actor=world.lead, issue=outside, to=state)
    move_issue(actor=world.lead, issue=inside, to=state, place=Place(foot=True))

    assert numbers(state) == [2]


def test_a_card_that_someone_moved_meanwhile_is_a_conflict(world):
    issue, seen = world.issue("BUG-5"), world.state("BUG", "open")
    move_issue(actor=world.lead, issue=issue, to=world.state("BUG", "in-progress"))

    with pytest.raises(Conflict, match="BUG-5 was moved to In progress meanwhile"):
        move_issue(actor=world.developer, issue=issue, to=world.state("BUG", "resolved"), seen=seen)
    # Wanting what has happened already is none.
    move_issue(actor=world.developer, issue=issue, to=world.state("BUG", "in-progress"), seen=seen)


def test_a_workflow_that_changed_this_very_moment_is_a_sentence(world):
    issue = world.issue("BUG-5")
    access_to(issue.project, world.lead)
    stale = world.issues["BUG-5"]
    step = Transition.objects.get(from_state__slug="open", project=world.bug)
    move_refused_by_database = world.state("BUG", "in-progress")
    moves_for(access_to(issue.project, world.lead), issue, {})
    remove_transition(actor=world.lead, step=step)

    with pytest.raises(DomainError, match="They may have changed; reload the page") as refused, transaction.atomic():
        move_issue(actor=world.lead, issue=stale, to=move_refused_by_database)

    assert refused.value.code == "issue_transition_exists"


def test_someone_from_elsewhere_is_not_assigned_by_a_move(world):
    with pytest.raises(DomainError) as refused:
        move_issue(
            actor=world.lead,
            issue=world.issue("BUG-1"),
            to=world.state("BUG", "in-progress"),
            assignee=world.stranger,
        )

    assert refused.value.code == "not_assignable"


def test_a_note_too_long_is_refused(world):
    with pytest.raises(DomainError, match="resolution"):
        move_issue(
            actor=world.lead, issue=world.issue("BUG-6"), to=world.state("BUG", "resolved"), resolution="x" * 4001
        )


def test_an_issue_in_the_trash_is_not_moved(world):
    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))

    with pytest.raises(DomainError, match="is in the trash"):
        move_issue(actor=world.lead, issue=world.issue("BUG-5"), to=world.state("BUG", "in-progress"))


def test_moves_for_names_every_column_and_why_not(world, django_assert_num_queries):
    issue = world.issue("BUG-1")
    access = access_to(issue.project, world.developer)

    found = moves_for(access, issue, {})

    by_slug = {slug: found[state.pk] for slug, state in world.states["BUG"].items()}
    assert {slug: refusal.code if refusal else "" for slug, refusal in by_slug.items()} == {
        "open": "",
        "in-progress": "needs_assignee",
        "resolved": "no_transition",
        "closed": "no_transition",
    }
    with django_assert_num_queries(0):
        moves_for(access, issue, {})
