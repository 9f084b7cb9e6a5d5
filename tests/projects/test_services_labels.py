"""Labels: created, changed and retired under the project's lock, each with its event."""

import pytest

from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from projects.events import project_stream
from projects.models import Label, Project
from projects.queries import labels_of
from projects.services.labels import change_label, create_label, retire_label
from tests.factories import ProjectFactory


@pytest.fixture
def project(db):
    return ProjectFactory()


def newest(project):
    event = events_of(project_stream(project.pk)).first()
    return event.kind, event.data


def revision(project):
    return Project.objects.get(pk=project.pk).revision


def names(project):
    return list(labels_of(project).values_list("name", flat=True))


def make(project, name="access", hue=1):
    return create_label(actor=project.owner, project=project, name=name, hue=hue)


def test_create_draws_a_new_revision(project):
    before = revision(project)

    label = make(project)

    assert (label.name, label.hue) == ("access", 1)
    assert newest(project) == ("label.created", {"label": "access"})
    assert revision(project) != before


@pytest.mark.parametrize("name", ["docs", "DOCS"])
def test_create_refuses_a_taken_name(project, name):
    before = (names(project), revision(project))

    with pytest.raises(DomainError, match=f"There is a label called {name} already"):
        make(project, name)

    assert (names(project), revision(project)) == before


def test_create_takes_the_name_of_a_removed_one_and_of_another_project(project):
    retire_label(actor=project.owner, label=make(project))

    make(project)
    make(ProjectFactory())

    assert names(project).count("access") == 1


def test_change_records_what_became_what(project):
    label = make(project)

    change_label(actor=project.owner, label=label, name="entry", hue=4)

    changes = {"name": {"from": "access", "to": "entry"}, "hue": {"from": 1, "to": 4}}
    assert newest(project) == ("label.changed", {"label": "entry", "changes": changes})


def test_change_of_case_is_no_clash_with_itself(project):
    label = make(project)

    change_label(actor=project.owner, label=label, name="Access", hue=1)

    assert Label.objects.get(pk=label.pk).name == "Access"


def test_change_without_a_difference_leaves_no_trace(project):
    label = make(project)
    before = (newest(project), revision(project), label.history.count())

    change_label(actor=project.owner, label=label, name="access", hue=1)

    assert (newest(project), revision(project), label.history.count()) == before


def test_retire_keeps_the_row(project):
    label = make(project)

    retire_label(actor=project.owner, label=label)

    assert Label.objects.get(pk=label.pk).removed_at is not None
    assert "access" not in names(project)
    assert newest(project) == ("label.removed", {"label": "access"})


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger", "removed"])
def test_labels_are_the_leads(world, persona):
    actor, label = world.person(persona), world.label("BUG")

    for act in (
        lambda: create_label(actor=actor, project=world.bug, name="x", hue=1),
        lambda: change_label(actor=actor, label=label, name="x", hue=1),
        lambda: retire_label(actor=actor, label=label),
    ):
        with pytest.raises(PermissionRefused):
            act()

    assert names(world.bug) == sorted([label.name, "crash", "docs", "regression"])
