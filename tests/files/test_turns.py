"""Whose file a worker takes up next."""

from datetime import timedelta

import pytest

from config import clock
from files.models import File
from files.services import checking
from files.services.checking import FAIRNESS, LEASE, check_next
from files.services.uploads import finish_upload
from projects.enums import Role
from tests.factories import ProjectFactory, member
from tests.files.sending import TEXT, announce, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def taken(monkeypatch):
    """Return the files that workers take up, in their order."""
    found = []
    monkeypatch.setattr(checking, "reach", lambda point: None)
    real = checking._check
    monkeypatch.setattr(checking, "_check", lambda file: (found.append(file.name), real(file)))
    return found


def arrived(actor, project, *names):
    """Have a person send files, which arrive one after the other."""
    for name in names:
        started = announce(actor, project, name)
        put(started, TEXT)
        finish_upload(actor=actor, file=started.file)


def check_all():
    while check_next():
        pass


def test_nobody_waits_for_all_that_somebody_else_has_sent(project, taken):
    other, third = member(project, Role.DEVELOPER), member(project, Role.DEVELOPER)
    arrived(project.owner, project, *(f"many{number}.txt" for number in range(4)))
    check_next()
    arrived(other, project, "two0.txt", "two1.txt")
    arrived(third, project, "one.txt")

    check_all()

    assert taken == ["many0.txt", "two0.txt", "one.txt", "many1.txt", "two1.txt", "many2.txt", "many3.txt"]


def test_what_was_taken_up_long_ago_does_not_count(project, taken):
    other = member(project, Role.DEVELOPER)
    arrived(project.owner, project, "before0.txt", "before1.txt")
    check_all()
    with clock.at(clock.now() + FAIRNESS + timedelta(seconds=1)):
        arrived(project.owner, project, "first.txt")
        arrived(other, project, "second.txt")
        taken.clear()

        check_all()

    assert taken == ["first.txt", "second.txt"]


def test_file_whose_worker_died_waits_its_turn(project, taken, monkeypatch):
    other = member(project, Role.DEVELOPER)
    arrived(project.owner, project, "deadly.txt")
    checking._claim()
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        arrived(other, project, "harmless.txt")

        check_all()

    assert taken == ["harmless.txt", "deadly.txt"]


def test_choosing_takes_one_statement_however_many_wait(project, assert_equal_queries):
    others = iter([member(project, Role.DEVELOPER) for _each in range(2)])
    arrived(project.owner, project, "first.txt")

    def claim():
        File.objects.update(attempts=0, next_at=clock.now())
        checking._claim()

    assert_equal_queries(claim, lambda: arrived(next(others), project, "more0.txt", "more1.txt"))
