"""States and transitions: what the services write, refuse and record."""

import pytest

from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from projects.enums import Category
from projects.events import project_stream
from projects.models import Project, State, Transition
from projects.services.workflow import (
    change_state,
    create_state,
    order_states,
    remove_transition,
    retire_state,
    set_transition,
)
from projects.workflow import workflow_of

NEEDS = {"roles": ["lead"], "needs_assignee": True}


def newest(world):
    event = events_of(project_stream(world.bug.pk)).first()
    return event.kind, event.data


def fresh(world):
    return workflow_of(Project.objects.get(pk=world.bug.pk))


def slugs(world):
    return [state.slug for state in fresh(world).states]


def state(world, slug):
    return State.objects.select_related("project").get(project=world.bug, slug=slug, removed_at__isnull=True)


def create(world, name="Review", **values):
    return create_state(
        actor=world.lead, project=world.bug, values={"name": name, "category": Category.PROGRESS} | values
    )


def test_create_stands_last_with_a_slug(world):
    created = create(world, wip_limit=3)

    assert (slugs(world)[-1], created.position) == ("review", 4)
    assert newest(world) == ("state.created", {"state": "Review", "category": "progress"})


@pytest.mark.parametrize(("name", "slug"), [("Prüfung!", "prufung"), ("検証", "state"), ("Open ?", "open-2")])
def test_create_finds_a_free_slug(world, name, slug):
    assert create(world, name).slug == slug


def test_create_takes_the_slug_of_a_removed_state(world):
    retire_state(actor=world.lead, state=create(world))

    assert create(world).slug == "review"


@pytest.mark.parametrize("name", ["Open", "OPEN"])
def test_create_refuses_a_taken_name(world, name):
    with pytest.raises(DomainError, match=f"There is a state called {name} already"):
        create(world, name)

    assert slugs(world) == ["open", "in-progress", "resolved", "closed"]


def test_create_of_an_unknown_field_is_a_mistake_of_the_caller(world):
    with pytest.raises(ValueError, match="slug"):
        create(world, slug="mine")


def test_change_reaches_the_next_reader(world):
    before = fresh(world)

    change_state(actor=world.lead, state=state(world, "open"), changes={"name": "New", "wip_limit": 5})

    assert (before.by_slug("open").name, fresh(world).by_slug("open").name) == ("Open", "New")
    changes = {"name": {"from": "Open", "to": "New"}, "wip_limit": {"from": None, "to": 5}}
    assert newest(world) == ("state.changed", {"state": "New", "changes": changes})


def test_change_without_a_difference_leaves_no_trace(world):
    before = newest(world)

    change_state(actor=world.lead, state=state(world, "open"), changes={"name": "Open"})

    assert newest(world) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"name": "closed"}, "There is a state called closed already"), ({"is_initial": False}, "must be able to start")],
)
def test_change_refused_changes_nothing(world, changes, message):
    before = newest(world)

    with pytest.raises(DomainError, match=message):
        change_state(actor=world.lead, state=state(world, "open"), changes=changes)

    assert newest(world) == before
    assert (state(world, "open").name, state(world, "open").is_initial) == ("Open", True)


def test_order_puts_columns_so(world):
    order = ["closed", "open", "in-progress", "resolved"]

    order_states(actor=world.lead, project=world.bug, slugs=order)

    assert slugs(world) == order
    assert newest(world) == ("states.ordered", {"order": ["Closed", "Open", "In progress", "Resolved"]})


@pytest.mark.parametrize(
    "order", [[], ["open"], ["open", "open", "resolved", "closed"], ["open", "x", "resolved", "closed"]]
)
def test_order_names_each_state_once(world, order):
    before = slugs(world)

    with pytest.raises(DomainError, match="The states have changed meanwhile"):
        order_states(actor=world.lead, project=world.bug, slugs=order)

    assert slugs(world) == before


def test_retire_takes_its_steps_along_and_keeps_the_row(world):
    created = create(world)
    set_transition(actor=world.lead, from_state=state(world, "open"), to_state=created, needs=NEEDS)

    retire_state(actor=world.lead, state=created)

    assert not Transition.objects.filter(to_state=created).exists()
    assert State.objects.get(pk=created.pk).removed_at is not None
    assert newest(world) == ("state.removed", {"state": "Review"})


def test_set_transition_makes_then_changes(world):
    ends = {"from_state": state(world, "closed"), "to_state": state(world, "open")}

    set_transition(actor=world.lead, needs=NEEDS, **ends)
    first = newest(world)
    set_transition(actor=world.lead, needs=NEEDS | {"roles": ["developer", "lead"]}, **ends)

    after = {"roles": ["lead"], "needs_assignee": True, "needs_resolution": False, "own_only": False}
    wider = after | {"roles": ["developer", "lead"]}
    assert first == ("transition.set", {"from": "Closed", "to": "Open", "before": None, "after": after})
    assert newest(world) == ("transition.set", {"from": "Closed", "to": "Open", "before": after, "after": wider})
    assert Transition.objects.get(**ends).roles == ["developer", "lead"]


def test_set_transition_that_is_so_already_leaves_no_trace(world):
    ends = {"from_state": state(world, "closed"), "to_state": state(world, "open")}
    set_transition(actor=world.lead, needs=NEEDS, **ends)
    before = (newest(world), world.bug.revision)

    set_transition(actor=world.lead, needs=NEEDS, **ends)

    assert (newest(world), world.bug.revision) == before


def test_set_transition_needs_a_role(world):
    with pytest.raises(DomainError, match="Name at least one role"):
        set_transition(
            actor=world.lead, from_state=state(world, "closed"), to_state=state(world, "open"), needs={"roles": []}
        )

    assert not Transition.objects.filter(from_state=state(world, "closed")).exists()


def test_remove_transition_forbids_the_step(world):
    step = Transition.objects.get(from_state=state(world, "open"), to_state=state(world, "in-progress"))

    remove_transition(actor=world.lead, step=step)

    assert fresh(world).ways_from(state(world, "open").pk) == []
    assert newest(world) == ("transition.removed", {"from": "Open", "to": "In progress"})


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger", "removed"])
def test_workflow_is_the_leads(world, persona):
    actor, before = world.person(persona), newest(world)
    opened, closed = state(world, "open"), state(world, "closed")

    for act in (
        lambda: create_state(actor=actor, project=world.bug, values={"name": "x", "category": "open"}),
        lambda: change_state(actor=actor, state=opened, changes={"name": "x"}),
        lambda: order_states(actor=actor, project=world.bug, slugs=slugs(world)[::-1]),
        lambda: retire_state(actor=actor, state=closed),
        lambda: set_transition(actor=actor, from_state=closed, to_state=opened, needs=NEEDS),
        lambda: remove_transition(actor=actor, step=Transition.objects.filter(from_state=opened).get()),
    ):
        with pytest.raises(PermissionRefused):
            act()

    assert newest(world) == before
