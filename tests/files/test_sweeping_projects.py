"""What becomes of the files of deleted projects: gone after their time, unless somebody restores the project first."""

import time
from datetime import timedelta

import pytest

from config import clock
from files.models import File
from files.services import sweeping
from projects.models import Project
from projects.services.projects import delete_project, restore_project
from tests.factories import ProjectFactory
from tests.files.portraying import icon
from tests.files.sending import send

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _nothing_else_is_due(db):
    """Let nothing of the world be swept: its objects would be gone for the tests that come later."""
    Project.objects.filter(deleted_at__isnull=False).update(deleted_at=clock.now() + timedelta(days=4000))


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def project(now, settings):
    """Return a project with an icon and two files whose time is over."""
    project = ProjectFactory()
    icon(project.owner, project)
    for name in ("a.txt", "b.txt"):
        send(project.owner, project, name)
    with clock.at(now - timedelta(days=settings.FILE_TRASH_DAYS) - SECOND):
        delete_project(actor=project.owner, project=project, typed_key=project.key)
    return project


def test_a_project_that_is_restored_meanwhile_keeps_its_other_files(project, now, monkeypatch):
    purge = sweeping._purge

    def purge_then_restore(file, remover):
        purge(file, remover)
        restore_project(actor=project.owner, project=project)

    monkeypatch.setattr(sweeping, "_purge", purge_then_restore)

    with clock.at(now):
        assert sweeping.purge_deleted_projects(time.monotonic() + 30) == 1

    gone = File.objects.filter(project=project, purged_at__isnull=False).count()
    assert (gone, File.objects.filter(project=project).count()) == (1, 3)


def test_a_project_keeps_no_icon_that_is_gone(project, now):
    before = Project.objects.get(pk=project.pk)

    with clock.at(now):
        assert sweeping.purge_deleted_projects(time.monotonic() + 30) == 3
    restore_project(actor=project.owner, project=project)

    after = Project.objects.get(pk=project.pk)
    assert before.icon_id is not None
    assert after.icon_id is None
    assert after.revision != before.revision
    assert [row.icon_id for row in after.history.order_by("-history_id")[:2]] == [None, None]
