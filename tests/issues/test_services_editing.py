"""Editing issues: merging, conflicts, labels, and what stays untouched."""

from datetime import date

import pytest
from django.db import transaction

from config.errors import Conflict, DomainError, PermissionRefused
from issues.services.editing import EDITABLE, Clash, EditConflict, edit_issue
from issues.services.trash import delete_issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.services.labels import create_label
from tests.issues.records import again, events_after, fingerprint, history_of

pytestmark = pytest.mark.django_db


def head(project):
    return head_of(project_stream(project.pk))


@pytest.mark.parametrize(
    ("field", "value", "old", "new"),
    [
        ("title", "Another title", None, "Another title"),
        ("kind", "bug", "task", "bug"),
        ("priority", 4, "high", "urgent"),
        ("due_on", date(2025, 7, 1), None, "2025-07-01"),
        ("estimate", 5, None, 5),
        ("resolution", "Tightened.", None, "Tightened."),
    ],
)
def test_each_field_is_saved_with_history_and_event(world, field, value, old, new):
    issue, before = world.issue("BUG-3"), head(world.bug)
    old = getattr(issue, field) if field in {"title", "resolution"} else old

    edit_issue(actor=world.developer, issue=issue, changes={field: value})

    found = again(issue)
    assert getattr(found, field) == value
    assert found.version == issue.version + 1
    assert history_of(issue)[-1] == (found.version, world.developer, "~")
    data = {"key": "BUG-3", "title": found.title, "changes": {field: {"from": old, "to": new}}}
    assert events_after(world.bug, before) == [("issue.changed", world.developer, f"issue:{issue.pk}", data)]


def test_a_description_is_told_by_its_length_only(world):
    issue, before = world.issue("BUG-1"), head(world.bug)

    edit_issue(actor=world.lead, issue=issue, changes={"description": "12345"})

    change = events_after(world.bug, before)[0][3]["changes"]["description"]
    assert change == {"from": len(issue.description), "to": 5}


def test_an_assignee_is_told_by_name(world):
    before = head(world.bug)

    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"assignee": world.viewer})

    change = events_after(world.bug, before)[0][3]["changes"]["assignee"]
    assert change == {"from": world.developer.name, "to": world.viewer.name}


def test_nothing_is_written_where_nothing_changes(world):
    issue, before = world.issue("BUG-3"), fingerprint()

    for version in (None, issue.version):
        edit_issue(
            actor=world.lead,
            issue=issue,
            changes={"title": issue.title, "assignee": world.developer},
            version=version,
            add_labels=issue.label_ids,
        )

    assert fingerprint() == before


def test_different_fields_of_two_people_merge(world):
    issue = world.issue("BUG-3")

    edit_issue(actor=world.lead, issue=issue, changes={"title": "Theirs"}, version=issue.version)
    edit_issue(
        actor=world.developer,
        issue=issue,
        changes={"title": issue.title, "estimate": 8},
        version=issue.version,
    )

    found = again(issue)
    assert (found.title, found.estimate, found.version) == ("Theirs", 8, issue.version + 2)


def test_the_same_field_of_two_people_is_shown_to_the_second(world):
    issue = world.issue("BUG-3")
    edit_issue(actor=world.lead, issue=issue, changes={"title": "Theirs"}, version=issue.version)
    before = fingerprint()

    with pytest.raises(EditConflict) as refused, transaction.atomic():
        edit_issue(
            actor=world.developer,
            issue=issue,
            changes={"title": "Mine", "estimate": 8},
            version=issue.version,
        )

    assert refused.value.clashes == [Clash("title", issue.title, "Theirs", "Mine")]
    assert refused.value.status == 409
    assert fingerprint() == before


def test_two_assignees_are_a_conflict_between_people(world):
    issue = world.issue("BUG-2")
    edit_issue(actor=world.lead, issue=issue, changes={"assignee": world.viewer}, version=issue.version)

    with pytest.raises(EditConflict) as refused:
        edit_issue(actor=world.developer, issue=issue, changes={"assignee": world.lead}, version=issue.version)

    assert refused.value.clashes == [Clash("assignee", world.developer, world.viewer, world.lead)]


def test_the_same_change_of_two_people_is_no_conflict(world):
    issue = world.issue("BUG-3")
    edit_issue(actor=world.lead, issue=issue, changes={"title": "Same"}, version=issue.version)
    before = fingerprint()

    edit_issue(actor=world.developer, issue=issue, changes={"title": "Same"}, version=issue.version)

    assert fingerprint() == before


def test_a_version_that_never_was_is_refused(world):
    with pytest.raises(Conflict, match="not known"):
        edit_issue(actor=world.lead, issue=world.issue("BUG-3"), changes={"title": "Mine"}, version=999)


def test_labels_are_added_and_removed_never_replaced(world):
    issue, own = world.issue("BUG-1"), world.label("BUG")
    other = create_label(actor=world.lead, project=world.bug, name="another", hue=3)
    before = head(world.bug)

    edit_issue(actor=world.lead, issue=issue, changes={}, version=issue.version, add_labels=[other.pk])
    edit_issue(actor=world.developer, issue=issue, changes={}, version=issue.version, remove_labels=[own.pk])

    assert again(issue).label_ids == [other.pk]
    assert [data["changes"]["labels"] for _kind, _actor, _subject, data in events_after(world.bug, before)] == [
        {"added": ["another"], "removed": []},
        {"added": [], "removed": [own.name]},
    ]


def test_labels_of_another_project_are_refused(world):
    with pytest.raises(DomainError, match="removed meanwhile"):
        edit_issue(actor=world.lead, issue=world.issue("BUG-1"), changes={}, add_labels=[world.label("QZFAR").pk])


@pytest.mark.parametrize(
    ("slug", "changes", "code"),
    [
        ("BUG-2", {"assignee": None}, "keeps_assignee"),
        ("BUG-3", {"resolution": " "}, "keeps_resolution"),
        ("BUG-3", {"assignee": None}, "keeps_assignee"),
        ("BUG-1", {"title": " "}, "invalid"),
        ("BUG-1", {"title": "x" * 201}, "invalid"),
        ("BUG-1", {"estimate": -1}, "invalid"),
        ("BUG-1", {"kind": "saga"}, "invalid"),
    ],
)
def test_refusals_write_nothing(world, slug, changes, code):
    before = fingerprint()

    with pytest.raises(DomainError) as refused, transaction.atomic():
        edit_issue(actor=world.lead, issue=world.issue(slug), changes=changes)

    assert refused.value.code == code
    assert fingerprint() == before


@pytest.mark.parametrize("persona", ["stranger", "removed", "deactivated", "administrator"])
def test_only_active_members_can_be_assigned(world, persona):
    with pytest.raises(DomainError, match="is not a member of BUG"):
        edit_issue(actor=world.lead, issue=world.issue("BUG-1"), changes={"assignee": world.person(persona)})


@pytest.mark.parametrize("persona", ["viewer", "stranger", "removed"])
@pytest.mark.parametrize("change", ["title", "assignee", "label"])
def test_refuses_who_may_not(world, persona, change):
    before, changes, labels = fingerprint(), {}, []
    if change == "label":
        labels = [world.label("BUG").pk]
    else:
        changes = {"title": "No"} if change == "title" else {"assignee": world.lead}

    with pytest.raises(PermissionRefused):
        edit_issue(actor=world.person(persona), issue=world.issue("BUG-1"), changes=changes, remove_labels=labels)

    assert fingerprint() == before


@pytest.mark.parametrize(
    "field",
    [
        "number",
        "project",
        "state",
        "version",
        "reporter",
        "rank",
        "deleted_at",
        "delete",
        "pk",
        "label_ids",
        "__class__",
    ],
)
def test_other_fields_are_not_editable(world, field):
    assert field not in EDITABLE

    with pytest.raises(ValueError, match="not editable"):
        edit_issue(actor=world.lead, issue=world.issue("BUG-1"), changes={field: 1})


def test_an_issue_in_the_trash_is_not_edited(world):
    issue = world.issue("BUG-1")
    delete_issue(actor=world.lead, issue=issue)

    with pytest.raises(DomainError, match="BUG-1 is in the trash"):
        edit_issue(actor=world.lead, issue=issue, changes={"title": "No"})
