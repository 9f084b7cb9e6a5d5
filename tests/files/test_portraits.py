"""People's pictures and projects' icons: how they are put in place, replaced and taken away."""

import uuid

import pytest

from accounts.events import INSTANCE, person_subject
from accounts.models import User
from config.errors import DomainError, PermissionRefused
from files.enums import FileState, Place
from files.models import File, ObjectDeletion
from files.services.checking import check_now
from files.services.portraits import cancel_portrait, remove_avatar, remove_icon, start_portrait
from files.services.uploads import keys_of
from notifications.queries import events_about, events_of
from projects.enums import Role
from projects.events import project_stream
from projects.models import Project
from projects.queries import known_people
from projects.services.members import change_role
from tests.factories import PersonFactory, ProjectFactory, member
from tests.files.portraying import avatar, icon, on_its_way
from tests.files.sending import picture

pytestmark = pytest.mark.django_db


def now(row):
    return type(row).objects.get(pk=row.pk)


def announce(actor, project=None, **changes):
    given = {"name": "face.png", "size": 100, "client_id": uuid.uuid4()} | changes
    return start_portrait(actor=actor, project=project, **given)


def test_a_picture_that_is_found_good_becomes_the_persons():
    person = PersonFactory()

    file = avatar(person, content=picture(400, 300))

    assert (file.state, file.place, file.project) == (FileState.READY, Place.AVATAR, None)
    assert [(form.form, form.width, form.height) for form in file.renditions.all()] == [("square", 192, 192)]
    assert now(person).picture == f"/avatars/{file.uuid}/"
    newest = person.history.first()
    assert (newest.avatar_id, newest.history_user) == (file.uuid, person)
    event = events_about(person_subject(person.pk)).last()
    assert (event.kind, event.actor) == ("person.changed", person)
    assert event.data == {"changes": {"avatar": {"from": None, "to": str(file.uuid)}}}


def test_another_picture_takes_the_place_and_the_objects_of_the_first_go():
    person = PersonFactory()
    first = avatar(person)
    keys = set(keys_of(first))

    second = avatar(person, content=picture(colour="red"))

    assert now(person).avatar_id == second.uuid
    assert list(File.objects.filter(uploader=person)) == [second]
    assert keys <= set(ObjectDeletion.objects.values_list("key", flat=True))
    assert not {second.key, second.form_key("square")} & set(ObjectDeletion.objects.values_list("key", flat=True))


def test_a_picture_that_was_sent_before_the_present_one_comes_too_late():
    person = PersonFactory()
    early, late = on_its_way(person), on_its_way(person, content=picture(colour="red"))
    check_now(late)
    before = events_of(INSTANCE).count()

    with pytest.raises(File.DoesNotExist):
        check_now(early)

    assert (now(person).avatar_id, events_of(INSTANCE).count()) == (late.uuid, before)
    assert {early.key, early.form_key("square")} <= set(ObjectDeletion.objects.values_list("key", flat=True))


def test_a_refused_picture_changes_nothing_and_a_new_try_clears_it_away():
    person = PersonFactory()
    present = avatar(person)
    refused = avatar(person, content=b"no picture at all")

    third = announce(person).file

    assert refused.state == FileState.REFUSED
    assert now(person).avatar_id == present.uuid
    assert set(File.objects.filter(uploader=person)) == {present, third}


def test_a_retry_of_the_start_is_the_same_picture():
    person, same = PersonFactory(), uuid.uuid4()

    first, second = announce(person, client_id=same), announce(person, client_id=same)

    assert first.file == second.file
    assert File.objects.filter(uploader=person).count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"name": "face.svg"}, "file_type"), ({"name": "face.pdf"}, "file_type"), ({"name": "face"}, "file_type"),
     ({"size": 5 * 1024 * 1024 + 1}, "file_size"), ({"size": 0}, "file_empty")],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_is_refused_at_the_start(changes, code):
    person = PersonFactory()

    with pytest.raises(DomainError) as refused:
        announce(person, **changes)

    assert refused.value.code == code
    assert not File.objects.filter(uploader=person).exists()


def test_five_megabytes_are_accepted():
    started = announce(PersonFactory(), size=5 * 1024 * 1024)

    assert started.put is not None


def test_remove_avatar_takes_it_away_with_its_objects():
    person = PersonFactory()
    file = avatar(person)

    remove_avatar(actor=person)

    assert (now(person).picture, File.objects.filter(pk=file.pk).exists()) == ("", False)
    assert file.form_key("square") in set(ObjectDeletion.objects.values_list("key", flat=True))
    change = events_about(person_subject(person.pk)).last().data["changes"]["avatar"]
    assert change == {"from": str(file.uuid), "to": None}
    assert [row.avatar_id for row in person.history.all()[:2]] == [None, file.uuid]


def test_remove_avatar_twice_leaves_one_trace():
    person = PersonFactory()
    avatar(person)
    remove_avatar(actor=person)
    before = (person.history.count(), events_of(INSTANCE).count())

    remove_avatar(actor=person)

    assert (person.history.count(), events_of(INSTANCE).count()) == before


def test_cancel_forgets_one_on_its_way_and_leaves_the_present_one():
    person = PersonFactory()
    present = avatar(person)
    coming = on_its_way(person)

    cancel_portrait(actor=person, file=coming)
    cancel_portrait(actor=person, file=coming)
    cancel_portrait(actor=person, file=present)

    assert list(File.objects.filter(uploader=person)) == [present]
    assert now(person).avatar_id == present.uuid


def test_cancel_keeps_what_is_in_quarantine_for_the_administrator():
    person = PersonFactory()
    coming = on_its_way(person)
    File.objects.filter(pk=coming.pk).update(state=FileState.QUARANTINED, refusal="malware")

    cancel_portrait(actor=person, file=coming)

    found = File.objects.get(pk=coming.pk)
    assert (found.removed_by, found.state) == (person, FileState.QUARANTINED)


def test_an_icon_becomes_the_projects_with_history_event_and_revision():
    project = ProjectFactory()

    file = icon(project.owner, project)

    found = now(project)
    assert found.picture == f"/{project.key}/icon/{file.uuid}/"
    assert found.revision != project.revision
    assert (project.history.first().icon_id, project.history.first().history_user) == (file.uuid, project.owner)
    event = events_of(project_stream(project.pk)).first()
    assert (event.kind, event.actor) == ("project.changed", project.owner)
    assert event.data == {"changes": {"icon": {"from": None, "to": str(file.uuid)}}}


def test_a_lead_replaces_and_removes_the_icon_of_another_lead():
    project = ProjectFactory()
    other = member(project, Role.LEAD)
    first = icon(project.owner, project)
    second = icon(other, project, content=picture(colour="red"))

    remove_icon(actor=project.owner, project=project)

    assert not File.objects.filter(pk__in=[first.pk, second.pk]).exists()
    assert now(project).picture == ""


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_icons_are_for_those_who_manage_the_project(role):
    project = ProjectFactory()
    present, person = icon(project.owner, project), member(project, role)

    with pytest.raises(PermissionRefused):
        announce(person, project)
    with pytest.raises(PermissionRefused):
        remove_icon(actor=person, project=project)

    assert now(project).icon_id == present.uuid
    assert list(File.objects.filter(project=project)) == [present]


def test_an_icon_of_someone_who_may_no_more_is_forgotten():
    project = ProjectFactory()
    other = member(project, Role.LEAD)
    coming = on_its_way(other, project)
    change_role(actor=project.owner, project=project, person=other, role=Role.DEVELOPER)

    with pytest.raises(File.DoesNotExist):
        check_now(coming)

    assert (now(project).icon_id, File.objects.filter(project=project).exists()) == (None, False)


def test_a_project_in_the_trash_shows_its_letters(world):
    Project.objects.filter(pk=world.deleted.pk).update(icon=icon(world.far_owner, world.far).uuid)

    assert now(world.deleted).picture == ""


def test_people_that_a_process_remembers_are_read_again():
    project = ProjectFactory()
    person, bystander = member(project, Role.DEVELOPER), ProjectFactory()
    known_people(now(project))
    before = now(bystander).revision

    file = avatar(person)
    shown = {known.pk: known.picture for known in known_people(now(project))}
    remove_avatar(actor=person)
    gone = {known.pk: known.picture for known in known_people(now(project))}

    assert (shown[person.pk], gone[person.pk]) == (f"/avatars/{file.uuid}/", "")
    assert now(bystander).revision == before


def test_a_past_picture_does_not_break_the_persons_history():
    person = PersonFactory()
    file = avatar(person)
    moment = person.history.first().history_date
    remove_avatar(actor=person)

    then = User.history.as_of(moment).get(pk=person.pk)

    assert (then.avatar_id, then.picture) == (file.uuid, f"/avatars/{file.uuid}/")
