"""The services that keep files: what they write, what they refuse, and that two at once write once."""

import pytest
from django.db import transaction

from config.errors import DomainError, PermissionRefused
from files.models import File, ObjectDeletion
from files.services.keeping import purge_file, remove_file, rename_file, restore_file
from files.space import usage_of
from issues.services.trash import delete_issue
from notifications.queries import head_of
from projects.events import project_stream
from tests.files.sending import picture, send, send_to
from tests.issues.records import events_after
from tests.parallel import at_once

ACTS = {
    "rename": lambda actor, file: rename_file(actor=actor, file=file, name="other.txt"),
    "remove": lambda actor, file: remove_file(actor=actor, file=file),
    "restore": lambda actor, file: restore_file(actor=actor, file=file),
    "purge": lambda actor, file: purge_file(actor=actor, file=file),
}


@pytest.fixture
def file(world):
    return send(world.developer, world.bug, "report.txt")


def history_of(file):
    rows = File.history.filter(id=file.pk).order_by("history_id")
    return [(row.history_user, row.name, row.removed_by, row.purged_at is not None) for row in rows]


def told(file, seq):
    return [(kind, actor, subject) for kind, actor, subject, _data in events_after(file.project, seq)]


@pytest.mark.django_db
def test_each_act_is_told_once_and_stands_in_the_history(world, file):
    seq, before = head_of(project_stream(world.bug.pk)), len(history_of(file))
    subject = f"file:{file.pk}"

    file = rename_file(actor=world.developer, file=file, name="../results.txt")
    file = remove_file(actor=world.lead, file=file)
    file = restore_file(actor=world.developer, file=file)
    file = purge_file(actor=world.lead, file=file)

    assert told(file, seq) == [
        ("file.renamed", world.developer, subject),
        ("file.removed", world.lead, subject),
        ("file.restored", world.developer, subject),
        ("file.purged", world.lead, subject),
    ]
    assert history_of(file)[before:] == [
        (world.developer, "results.txt", None, False),
        (world.lead, "results.txt", world.lead, False),
        (world.developer, "results.txt", None, False),
        (world.lead, "results.txt", world.lead, True),
    ]


@pytest.mark.django_db
def test_a_new_name_is_told_beside_the_old_one(world, file):
    seq = head_of(project_stream(world.bug.pk))

    rename_file(actor=world.developer, file=file, name="results.txt")

    data = events_after(world.bug, seq)[0][3]
    assert (data["from"], data["to"], data["name"], data["uuid"]) == (
        "report.txt",
        "results.txt",
        "results.txt",
        str(file.uuid),
    )


@pytest.mark.django_db
def test_what_befalls_a_file_of_an_issue_stands_under_the_issue(world):
    file = send_to(world.issue("BUG-1"), "report.txt")
    seq = head_of(project_stream(world.bug.pk))

    remove_file(actor=world.lead, file=file)

    assert told(file, seq) == [("file.removed", world.lead, f"issue:{world.issue('BUG-1').pk}")]


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["rename", "restore"])
def test_what_changes_nothing_is_not_told(world, file, act):
    seq, before = head_of(project_stream(world.bug.pk)), history_of(file)
    acts = ACTS | {"rename": lambda actor, file: rename_file(actor=actor, file=file, name=file.name)}

    acts[act](world.developer, file)

    assert (told(file, seq), history_of(file)) == ([], before)


@pytest.mark.django_db
def test_what_goes_for_good_takes_its_objects_and_gives_its_space_back(world):
    file = send(world.lead, world.bug, "photo.png", picture())
    before = usage_of(None, world.bug).kept_bytes

    purge_file(actor=world.lead, file=file)

    keys = {file.incoming_key, file.key, file.quarantine_key, file.form_key("thumb"), file.form_key("screen")}
    assert set(ObjectDeletion.objects.filter(key__contains=str(file.uuid)).values_list("key", flat=True)) == keys
    assert usage_of(None, world.bug).kept_bytes == before - file.size


@pytest.mark.django_db
def test_what_is_only_removed_keeps_its_space(world, file):
    before = usage_of(None, world.bug).kept_bytes

    remove_file(actor=world.lead, file=file)

    assert usage_of(None, world.bug).kept_bytes == before


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("persona", ["viewer", "stranger"])
def test_others_change_nothing(world, file, act, persona):
    with pytest.raises(PermissionRefused):
        ACTS[act](world.person(persona), file)

    assert (File.objects.get(pk=file.pk).name, File.objects.get(pk=file.pk).removed_at) == ("report.txt", None)


@pytest.mark.django_db
def test_another_developer_is_told_who_may(world):
    file = send(world.lead, world.bug, "report.txt")

    with pytest.raises(PermissionRefused, match=f"Only {world.lead.name} and leads of BUG can change this file"):
        remove_file(actor=world.developer, file=file)


@pytest.mark.django_db
@pytest.mark.parametrize("act", [act for act in ACTS if act != "purge"])
def test_a_file_of_an_issue_in_the_trash_is_gone(world, act):
    file = send_to(world.issue("BUG-1"), "report.txt")
    delete_issue(actor=world.lead, issue=world.issue("BUG-1"))

    with pytest.raises(DomainError, match="is gone"):
        ACTS[act](world.lead, file)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
def test_what_has_gone_for_good_does_not_come_back(world, file, act):
    purge_file(actor=world.lead, file=file)

    with pytest.raises(DomainError, match="is gone"):
        ACTS[act](world.lead, file)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
def test_a_draft_stands_nowhere_yet(world, act):
    file = send(world.lead, world.bug, "report.txt", place="draft")

    with pytest.raises(DomainError, match="stands nowhere yet"):
        ACTS[act](world.lead, file)


@pytest.mark.django_db
def test_a_removed_file_is_not_renamed(world, file):
    remove_file(actor=world.lead, file=file)

    with pytest.raises(DomainError, match="Restore it first"):
        rename_file(actor=world.lead, file=file, name="other.txt")


@pytest.mark.django_db
def test_a_refused_file_is_removed_but_not_renamed(world):
    file = send(world.lead, world.bug, "photo.png", b"no picture")

    with pytest.raises(DomainError, match="Only a file that was accepted"):
        rename_file(actor=world.lead, file=file, name="other.txt")

    assert remove_file(actor=world.lead, file=file).removed_by == world.lead


@pytest.mark.django_db
def test_nobody_hears_of_a_refused_file_that_is_taken_away(world):
    file = send(world.developer, world.bug, "photo.png", b"no picture")
    seq = head_of(project_stream(world.bug.pk))

    for act in ("remove", "restore", "purge"):
        ACTS[act](world.lead, file)

    assert told(file, seq) == []
    assert File.objects.get(pk=file.pk).purged_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["rename", "remove", "purge"])
def test_a_rollback_leaves_nothing(world, file, act):
    seq, before = head_of(project_stream(world.bug.pk)), history_of(file)

    with transaction.atomic():
        ACTS[act](world.lead, file)
        transaction.set_rollback(True)

    assert (told(file, seq), history_of(file)) == ([], before)
    assert not ObjectDeletion.objects.filter(key=file.key).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "kind"), [("remove", "file.removed"), ("purge", "file.purged"), ("rename", "file.renamed")]
)
def test_at_once_is_done_once(world, act, kind):
    file, seq = world.file("BUG"), head_of(project_stream(world.bug.pk))

    at_once([lambda: ACTS[act](world.lead, File.objects.select_related("project").get(pk=file.pk))] * 8)

    assert told(file, seq) == [(kind, world.lead, f"file:{file.pk}")]
