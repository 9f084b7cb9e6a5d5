"""Reminders of due dates: whom, on which morning, and once however many look."""

from datetime import UTC, date, datetime, timedelta

import pytest

from config import clock
from issues.models import Issue
from issues.reminders import remind
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from issues.services.trash import delete_issue
from notifications.models import Entry, Event
from projects.enums import Role
from projects.services.projects import archive_project, delete_project
from tests.factories import IssueFactory, PersonFactory, ProjectFactory, member
from tests.notifications.telling import decide, forget
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

DUE = date(2026, 11, 20)
KINDS = ["issue.due_soon", "issue.overdue"]


def at(text):
    """Return a moment of UTC, such as 19 08:00 in November 2026."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def look(text):
    """Look for what is due at a moment; return the kinds and keys of what was recorded."""
    before = Event.objects.latest("pk").pk
    with clock.at(at(text)):
        count = remind()
    found = [(event.kind.partition(".")[2], event.data["key"]) for event in Event.objects.filter(pk__gt=before)]
    assert len(found) == count
    return found


def person(zone):
    found = PersonFactory()
    found.time_zone = zone
    found.save()
    return found


@pytest.fixture
def issue():
    """Return an issue that is due on the 20th, assigned to somebody in UTC."""
    project = ProjectFactory()
    return IssueFactory(project=project, assignee=member(project, Role.DEVELOPER), due_on=DUE)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("18 23:00", []),
        ("19 07:59", []),
        ("19 08:00", ["due_soon"]),
        ("19 23:59", ["due_soon"]),
        ("20 12:00", []),
        ("21 07:59", []),
        ("21 08:00", ["overdue"]),
        ("23 12:00", ["overdue"]),
        ("24 12:00", []),
    ],
)
def test_the_morning_before_and_the_morning_after(issue, moment, expected):
    assert look(moment) == [(kind, issue.key) for kind in expected]


def test_once_for_each_however_often_it_looks(issue):
    found = [look(moment) for moment in ("19 08:00", "19 09:00", "21 08:00", "21 09:00", "22 09:00")]

    assert found == [[("due_soon", issue.key)], [], [("overdue", issue.key)], [], []]


def test_another_date_is_another_reminder(issue):
    look("19 08:00")
    edit_issue(actor=issue.project.owner, issue=issue, changes={"due_on": DUE + timedelta(days=1)})

    assert look("20 08:00") == [("due_soon", issue.key)]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # Eight in the morning of the 19th there is the evening of the 18th in UTC, or the afternoon of the 19th.
        ("Pacific/Auckland", "18 18:59", "18 19:00"),
        ("America/Los_Angeles", "19 15:59", "19 16:00"),
        ("Asia/Kolkata", "19 02:29", "19 02:30"),
    ],
)
def test_the_morning_is_that_of_whom_it_concerns(zone, before, after):
    owner = person(zone)
    issue = IssueFactory(project=ProjectFactory(actor=owner), due_on=DUE)

    assert (look(before), look(after)) == ([], [("due_soon", issue.key)])


def test_finished_deleted_and_archived_issues_are_left_alone(world):
    lead = world.lead
    for key in ("BUG-1", "BUG-3", "BUG-4", "TEAM-3"):
        edit_issue(actor=lead, issue=world.issue(key), changes={"due_on": DUE})
    trashed = create_issue(actor=lead, project=world.team, title="No", due_on=DUE)
    delete_issue(actor=lead, issue=trashed)
    for key in ("INNER", "OPEN"):
        create_issue(actor=lead, project=world.projects[key], title="No", due_on=DUE)
    archive_project(actor=lead, project=world.inner)
    delete_project(actor=lead, project=world.open, typed_key="OPEN")

    # BUG-3 is resolved, BUG-4 closed, TEAM-3 done.
    assert look("19 12:00") == [("due_soon", "BUG-1")]


def test_who_finished_in_time_is_not_told(issue):
    look("19 08:00")
    done = issue.project.states.get(slug="done")
    move_issue(actor=issue.project.owner, issue=Issue.objects.select_related("project").get(pk=issue.pk), to=done)

    assert look("21 08:00") == []


def test_the_assignee_is_told_in_their_inbox(issue):
    forget()
    look("19 08:00")

    decide()

    assert [(entry.person, entry.kind, entry.reasons, entry.issue) for entry in Entry.objects.all()] == [
        (issue.assignee, "due_soon", ["assigned"], issue)
    ]


def test_statements_do_not_grow_with_the_issues(issue, django_assert_num_queries):
    with clock.at(at("19 08:00")), django_assert_num_queries(6):
        remind()
    for _number in range(3):
        IssueFactory(project=issue.project, due_on=DUE)

    with clock.at(at("19 09:00")), django_assert_num_queries(6):
        assert remind() == 3


@pytest.mark.django_db(transaction=True)
def test_two_beats_remind_once():
    projects = [ProjectFactory() for _project in range(3)]
    for project in projects * 2:
        IssueFactory(project=project, due_on=DUE)

    def beat():
        with clock.at(at("19 08:00")):
            return remind()

    counts = at_once([beat] * 6, workers=6)

    assert sum(counts) == 6
    assert Event.objects.filter(kind__in=KINDS).count() == 6
