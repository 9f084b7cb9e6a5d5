"""Creating, changing, archiving, deleting and restoring projects."""

import pytest
from django.db import transaction
from guardian.shortcuts import get_user_perms

from accounts.models import User
from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from projects.enums import Role, Template, Visibility
from projects.events import project_stream
from projects.models import Project, ProjectKey
from projects.permissions import ROLE_PERMS
from projects.queries import current_key
from projects.services.projects import (
    archive_project,
    change_project,
    create_project,
    delete_project,
    restore_project,
    unarchive_project,
)
from tests.factories import PersonFactory, ProjectFactory, role_of


def kinds(project):
    return list(events_of(project_stream(project.pk)).values_list("kind", flat=True))


def new(person, **changes):
    values = {"actor": person, "team": person.teams.get(), "name": "Harbour web", "key": "WEB"} | changes
    return create_project(**values)


def test_create_gives_owner_role_permissions_key_labels_and_event(db):
    person = PersonFactory()

    project = new(person, template=Template.BUG, visibility=Visibility.PUBLIC)

    assert (project.owner, role_of(project, person)) == (person, Role.LEAD)
    assert set(get_user_perms(person, project)) == {perm.value for perm in ROLE_PERMS[Role.LEAD]}
    assert list(project.keys.values_list("key", flat=True)) == ["WEB"]
    assert set(project.labels.values_list("name", flat=True)) == {"regression", "crash", "docs"}
    event = events_of(project_stream(project.pk)).get()
    assert (event.kind, event.actor) == ("project.created", person)
    assert event.data == {"name": "Harbour web", "key": "WEB", "visibility": "public", "template": "bug"}


@pytest.mark.parametrize("taken", ["present", "former", "deleted"])
def test_create_refuses_a_key_that_is_or_was_anothers(db, taken):
    person = PersonFactory()
    other = ProjectFactory(key="WEB")
    if taken == "former":
        change_project(actor=other.owner, project=other, changes={"key": "SITE"})
    if taken == "deleted":
        delete_project(actor=other.owner, project=other, typed_key="WEB")
    before = Project.objects.count()

    with pytest.raises(DomainError, match="The key WEB is or was another project's"), transaction.atomic():
        new(person)

    assert (Project.objects.count(), ProjectKey.objects.get(key="WEB").project) == (before, other)


def test_change_records_old_and_new_and_keeps_history(db):
    project = ProjectFactory(name="Old", visibility=Visibility.PRIVATE)

    change_project(actor=project.owner, project=project, changes={"name": "New", "visibility": Visibility.PUBLIC})

    event = events_of(project_stream(project.pk)).first()
    assert event.data == {
        "changes": {"name": {"from": "Old", "to": "New"}, "visibility": {"from": "private", "to": "public"}}
    }
    assert [row.name for row in Project.history.filter(id=project.pk).order_by("history_id")] == ["Old", "New"]
    assert Project.history.filter(id=project.pk).latest("history_id").history_user == project.owner


def test_change_without_a_difference_leaves_no_trace(db):
    project = ProjectFactory(name="Same")

    change_project(actor=project.owner, project=project, changes={"name": "Same"})

    assert kinds(project) == ["project.created"]
    assert Project.history.filter(id=project.pk).count() == 1


def test_change_of_key_and_back(db):
    project = ProjectFactory(key="WEB")
    change_project(actor=project.owner, project=project, changes={"key": "SITE"})
    change_project(actor=project.owner, project=Project.objects.get(pk=project.pk), changes={"key": "WEB"})

    assert set(project.keys.values_list("key", flat=True)) == {"WEB", "SITE"}
    assert (current_key(project.owner, "SITE"), current_key(project.owner, "WEB")) == ("WEB", None)


def test_change_to_a_taken_key_changes_nothing(db):
    project, other = ProjectFactory(key="WEB"), ProjectFactory(key="SITE")

    with pytest.raises(DomainError, match="The key SITE"), transaction.atomic():
        change_project(actor=project.owner, project=project, changes={"key": "SITE", "name": "Site"})

    assert Project.objects.get(pk=project.pk).key == "WEB"
    assert ProjectKey.objects.get(key="SITE").project == other
    assert kinds(project) == ["project.created"]


def test_change_of_anything_else_is_a_mistake_of_the_caller(db):
    project = ProjectFactory()

    with pytest.raises(ValueError, match="issue_counter"):
        change_project(actor=project.owner, project=project, changes={"issue_counter": 7})


@pytest.mark.parametrize("persona", ["developer", "viewer", "stranger", "removed"])
@pytest.mark.parametrize(
    "act", [archive_project, unarchive_project, lambda **to: change_project(changes={"name": "x"}, **to)]
)
def test_settings_are_refused_to_all_but_leads(world, persona, act):
    before = kinds(world.bug)

    with pytest.raises(PermissionRefused, match="needs the role lead"):
        act(actor=world.person(persona), project=world.bug)

    assert kinds(world.bug) == before


def test_archive_and_back_are_recorded_once_each(db):
    project = ProjectFactory()

    for act in (archive_project, archive_project, unarchive_project, unarchive_project):
        act(actor=project.owner, project=Project.objects.get(pk=project.pk))

    assert kinds(project) == ["project.unarchived", "project.archived", "project.created"]


def test_delete_and_restore_are_the_owners(db):
    project = ProjectFactory()

    deleted = delete_project(actor=project.owner, project=project, typed_key=project.key.lower())
    restored = restore_project(actor=project.owner, project=deleted)

    assert deleted.deleted_at is not None
    assert restored.deleted_at is None
    assert kinds(project) == ["project.restored", "project.deleted", "project.created"]


@pytest.mark.parametrize("typed", ["", "OTHER", "WE"])
def test_delete_needs_the_key(db, typed):
    project = ProjectFactory(key="WEB")

    with pytest.raises(DomainError, match="Type WEB to delete the project"):
        delete_project(actor=project.owner, project=project, typed_key=typed)

    assert Project.objects.get(pk=project.pk).deleted_at is None


def test_delete_is_refused_to_a_lead_who_is_not_the_owner(db):
    lead: User = PersonFactory()
    project = ProjectFactory(members={lead: Role.LEAD})

    with pytest.raises(PermissionRefused, match=f"Only the owner of {project.key}"):
        delete_project(actor=lead, project=project, typed_key=project.key)

    assert Project.objects.get(pk=project.pk).deleted_at is None


def test_key_of_a_deleted_project_leads_nowhere(db):
    project = ProjectFactory()
    renamed = change_project(actor=project.owner, project=project, changes={"key": "SITE"})
    before = current_key(project.owner, project.key)

    delete_project(actor=project.owner, project=renamed, typed_key="SITE")

    assert (before, current_key(project.owner, project.key)) == ("SITE", None)
