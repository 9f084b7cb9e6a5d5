"""How much a person and a project may send: what counts, for how long, and whatever became of it."""

import uuid
from datetime import timedelta

import pytest

from config import clock
from config.errors import DomainError
from files.enums import FileState, Place
from files.models import File
from files.refusals import Refusal
from files.services import checking, uploads
from files.services.keeping import purge_file, rename_file
from files.services.uploads import cancel_upload
from files.space import ON_ITS_WAY, Usage, usage_of
from projects.enums import Role
from tests.factories import IssueFactory, ProjectFactory, member
from tests.files.hung import draft, unchecked
from tests.files.sending import TEXT, announce, send
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
SIZE = len(TEXT)
SECOND = timedelta(seconds=1)


@pytest.fixture
def project():
    return ProjectFactory()


def caught(project):
    """Return a draft that the scanner has found harmful."""
    file = unchecked(project.owner, project)
    checking._end(file, Refusal.MALWARE)
    return File.objects.get(pk=file.pk)


def kept_of(project):
    return usage_of(None, project).kept_bytes


def test_the_day_counts_what_has_arrived_whatever_became_of_it(project):
    now, owner = clock.now(), project.owner
    with clock.at(now):
        announce(owner, project, "on its way.txt")
        cancel_upload(actor=owner, file=announce(owner, project, "never came.txt").file)
        cancel_upload(actor=owner, file=draft(owner, project, "taken back.txt"))
        purge_file(actor=owner, file=send(owner, project, "purged.txt"))
        renamed = rename_file(actor=owner, file=send(owner, project, "a.txt"), name="b.txt")
        refused = send(owner, project, "page.png", b"no picture whatever")

    with clock.at(now + timedelta(hours=23)):
        late = usage_of(owner, None)
    with clock.at(now + timedelta(hours=24)):
        after = usage_of(owner, None)

    assert (renamed.name, refused.state) == ("b.txt", FileState.REFUSED)
    assert (late, after) == (Usage(0, 6, 5 * SIZE + refused.size, 0), Usage(0, 0, 0, 0))


@pytest.mark.parametrize(("limit", "value"), [("FILE_DAY_BYTES", 2 * SIZE), ("FILES_PER_DAY", 2)])
def test_taking_files_back_makes_no_room_for_more(project, settings, limit, value):
    setattr(settings, limit, value)
    cancel_upload(actor=project.owner, file=announce(project.owner, project, "a.txt").file)
    cancel_upload(actor=project.owner, file=draft(project.owner, project, "b.txt"))

    with pytest.raises(DomainError) as refused:
        announce(project.owner, project, "c.txt")

    assert refused.value.code == "file_day"


def test_what_is_in_quarantine_takes_its_space(project):
    caught(project)

    assert kept_of(project) == SIZE


def test_uploads_that_never_came_are_believed_for_minutes_only(project, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_PENDING", 2)
    now = clock.now()
    with clock.at(now):
        for name in ("a.txt", "b.txt"):
            announce(project.owner, project, name)
    with clock.at(now + ON_ITS_WAY - SECOND), pytest.raises(DomainError, match="still being sent"):
        announce(project.owner, project, "c.txt")

    with clock.at(now + ON_ITS_WAY):
        space = kept_of(project)
        announce(project.owner, project, "c.txt")

        assert (space, kept_of(project)) == (0, SIZE)


def test_an_upload_that_is_begun_again_needs_its_space_again(project, settings):
    now, client_id = clock.now(), uuid.uuid4()
    settings.FILE_PROJECT_BYTES = SIZE
    with clock.at(now):
        first = announce(project.owner, project, "a.txt", client_id=client_id).file
    with clock.at(now + ON_ITS_WAY):
        other = announce(project.owner, project, "b.txt").file
        with pytest.raises(DomainError) as refused:
            announce(project.owner, project, "a.txt", client_id=client_id)
        cancel_upload(actor=project.owner, file=other)

        again = announce(project.owner, project, "a.txt", client_id=client_id).file

        assert (refused.value.code, again.pk, kept_of(project)) == ("file_project", first.pk, SIZE)


@pytest.mark.parametrize("other", ["place", "issue", "name"])
def test_a_number_stands_for_one_file(project, other):
    client_id, issue = uuid.uuid4(), IssueFactory(project=project)
    begun = {"issue": issue, "client_id": client_id}
    announce(project.owner, project, "a.txt", **begun)
    changed = {
        "place": begun | {"issue": None, "place": Place.PROJECT},
        "issue": begun | {"issue": IssueFactory(project=project)},
        "name": begun,
    }[other]

    with pytest.raises(DomainError) as refused:
        announce(project.owner, project, "b.txt" if other == "name" else "a.txt", **changed)

    assert refused.value.code == "key_reused"


def test_a_second_try_finds_the_file_under_its_new_name(project):
    client_id = uuid.uuid4()
    file = send(project.owner, project, "a.txt", client_id=client_id)
    rename_file(actor=project.owner, file=file, name="b.txt")

    again = announce(project.owner, project, "a.txt", client_id=client_id)

    assert (again.file.pk, again.file.name, again.put) == (file.pk, "b.txt", None)


def test_a_draft_in_quarantine_that_is_taken_back_is_kept(project):
    file = caught(project)

    cancel_upload(actor=project.owner, file=file)

    file.refresh_from_db()
    assert (file.state, file.removed_by, file.purged_at) == (FileState.QUARANTINED, project.owner, None)


def test_a_limit_is_told_by_the_statement_that_counts_all(project, django_assert_num_queries):
    announce(project.owner, project, "a.txt")

    with django_assert_num_queries(1):
        usage = usage_of(project.owner, project)

    assert usage == Usage(arriving=1, today=1, today_bytes=SIZE, kept_bytes=SIZE)


def test_others_files_count_for_neither(project):
    other = ProjectFactory()
    announce(other.owner, other, "a.txt")

    assert usage_of(project.owner, project) == Usage(0, 0, 0, 0)
    assert usage_of(None, None) == Usage(0, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [("MOST_PENDING", 1, "busy"), ("FILES_PER_DAY", 1, "file_day"), ("FILE_DAY_BYTES", SIZE, "file_day")],
)
def test_one_person_passes_no_limit_by_sending_at_once(world, settings, monkeypatch, limit, value, code):
    if limit == "MOST_PENDING":
        monkeypatch.setattr(uploads, limit, value)
    else:
        setattr(settings, limit, value)
    projects = [world.bug, world.team] * 4

    answers = at_once([lambda place=place: announce(world.lead, place, "a.txt") for place in projects])

    refused = [answer.code for answer in answers if isinstance(answer, DomainError)]
    assert (len(answers), refused) == (8, [code] * 7)


@pytest.mark.django_db(transaction=True)
def test_many_people_pass_no_projects_limit_by_sending_at_once(project, settings):
    settings.FILE_PROJECT_BYTES = 2 * SIZE
    people = [project.owner, *(member(project, Role.DEVELOPER) for _each in range(7))]

    answers = at_once([lambda person=person: announce(person, project, "a.txt") for person in people])

    refused = [answer.code for answer in answers if isinstance(answer, DomainError)]
    assert (refused, kept_of(project)) == (["file_project"] * 6, 2 * SIZE)
