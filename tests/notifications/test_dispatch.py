"""From the outbox to the ledger: entries, mails, what holds them back, failures, and several workers at once."""

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.queries import discussion_of, room_of
from chat.services.messages import post_message
from config import clock
from config.errors import PermissionRefused
from issues.services.bulk import change_issues
from issues.services.editing import edit_issue
from notifications import dispatch, hooks, ledger
from notifications.dispatch import TRIES, dispatch_due, retry_events
from notifications.enums import DigestRhythm, FollowLevel, NoticeKind, Reason
from notifications.hooks import Notice
from notifications.models import Delivery, Entry, Outbox
from notifications.preferences import Ways, set_mail_settings, set_preferences
from notifications.services import record
from notifications.watching import set_following, watch_quietly
from projects.enums import Role
from tests.factories import IssueFactory, ProjectFactory, member
from tests.notifications.telling import decide, forget, mails
from tests.parallel import at_once, errors

pytestmark = pytest.mark.django_db

INBOX = Ways(inbox=True, email=False, digest=False)
MAIL = Ways(inbox=False, email=True, digest=False)
DIGEST = Ways(inbox=False, email=False, digest=True)
BOTH = Ways(inbox=True, email=True, digest=True)
NONE = Ways(inbox=False, email=False, digest=False)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh(request):
    if "world" in request.fixturenames:
        request.getfixturevalue("world")
        forget()


def say(person, issue, body="It is the lock."):
    return post_message(actor=person, thread=discussion_of(issue), body=body, client_id=uuid.uuid4())


def prefer(person, ways, kind=NoticeKind.COMMENTED):
    set_preferences(actor=person, project=None, ways={kind: ways})


def entries(person):
    return [(row.kind, row.in_inbox, row.held) for row in Entry.objects.filter(person=person).order_by("event_id")]


# --- Ways -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ways", "rhythm", "entry", "sent"),
    [
        (BOTH, "daily", [("commented", True, "")], ["digest", "email"]),
        (INBOX, "daily", [("commented", True, "preference")], []),
        (MAIL, "daily", [("commented", False, "")], ["email"]),
        (DIGEST, "daily", [("commented", False, "digest")], ["digest"]),
        (DIGEST, "off", [], []),
        (NONE, "daily", [], []),
        (Ways(inbox=True, email=False, digest=True), "off", [("commented", True, "preference")], []),
    ],
)
def test_an_entry_exists_where_some_way_carries_it(world, ways, rhythm, entry, sent):
    prefer(world.developer, ways)
    set_mail_settings(actor=world.developer, digest=DigestRhythm(rhythm))

    say(world.lead, world.issue("BUG-2"))
    decide()

    assert (entries(world.developer), [channel for channel, _topic, _n in mails(world.developer)]) == (entry, sent)


def test_quiet_hours_hold_mail_back_and_say_so(world):
    set_mail_settings(actor=world.developer, quiet_from=time(11), quiet_until=time(14))

    with clock.at(NOON):
        say(world.lead, world.issue("BUG-2"))
        decide()

    assert entries(world.developer) == [("commented", True, "quiet")]
    assert Delivery.objects.get(person=world.developer).next_at == NOON + timedelta(hours=2)


def test_mail_and_digest_leave_at_their_moments(world):
    prefer(world.developer, BOTH)

    with clock.at(NOON):
        say(world.lead, world.issue("BUG-2"))
        decide()

    moments = {row.channel: row.next_at for row in Delivery.objects.filter(person=world.developer)}
    assert moments == {"email": NOON + timedelta(minutes=2), "digest": NOON + timedelta(hours=20)}


def test_what_is_old_is_not_mailed(world):
    with clock.at(NOON - timedelta(hours=73)):
        say(world.lead, world.issue("BUG-2"))
    with clock.at(NOON):
        decide()

    assert (entries(world.developer), mails(world.developer)) == ([("commented", True, "late")], [])
    assert Entry.objects.get(person=world.developer).at == NOON - timedelta(hours=73)


# --- Mails ------------------------------------------------------------------------------------------------------------


def test_news_of_one_issue_join_one_mail(world):
    issue = world.issue("BUG-2")

    with clock.at(NOON):
        say(world.lead, issue)
        say(world.lead, issue)
        decide()
    with clock.at(NOON + timedelta(minutes=1)):
        say(world.lead, issue)
        say(world.lead, world.issue("BUG-5"))
        decide()

    other = world.issue("BUG-5").pk
    assert mails(world.developer) == [("email", f"issue:{issue.pk}", 3), ("email", f"issue:{other}", 1)]
    first = Delivery.objects.get(topic=f"issue:{issue.pk}")
    assert first.next_at == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("fields", [{"first_tried_at": NOON}, {"state": "sent", "ended_at": NOON}, {"state": "dead"}])
def test_a_mail_that_was_tried_takes_no_more(world, fields):
    issue = world.issue("BUG-2")
    say(world.lead, issue)
    decide()
    Delivery.objects.filter(person=world.developer).update(**fields)

    say(world.lead, issue)
    decide()

    assert mails(world.developer) == [("email", f"issue:{issue.pk}", 1)] * 2


def test_topics_are_the_issue_the_room_and_the_project(world):
    say(world.lead, world.issue("BUG-2"))
    body = f"@{world.developer.username}"
    post_message(actor=world.lead, thread=room_of(world.bug), body=body, client_id=uuid.uuid4())
    stranger = member(world.bug, Role.VIEWER)
    decide()

    bug = world.bug.pk
    assert mails(world.developer) == [("email", f"issue:{world.issue('BUG-2').pk}", 1), ("email", f"room:{bug}", 1)]
    assert mails(stranger) == [("email", f"project:{bug}", 1)]


def test_every_mail_has_an_id_of_its_own(world):
    say(world.lead, world.issue("BUG-2"))
    say(world.lead, world.issue("BUG-5"))
    decide()

    found = list(Delivery.objects.values_list("message_id", flat=True))
    assert len(set(found)) == len(found) == 2
    assert all(name.startswith("<") and name.endswith(">") and "@" in name for name in found)


def test_a_bulk_change_is_one_mail_and_an_entry_for_each_issue():
    project = ProjectFactory()
    person = member(project, Role.DEVELOPER)
    issues = [IssueFactory(project=project) for _number in range(130)]
    forget()

    change_issues(
        actor=project.owner,
        project=project,
        numbers=[issue.number for issue in issues],
        changes={"assignee": person},
    )
    decide()

    assert entries(person) == [("assigned", True, "")] * 130
    assert mails(person) == [("email", f"project:{project.pk}", 130)]


def test_a_few_issues_have_a_mail_each(world):
    project = ProjectFactory()
    person = member(project, Role.DEVELOPER)
    numbers = [IssueFactory(project=project).number for _number in range(ledger.BURST)]
    forget()

    change_issues(actor=project.owner, project=project, numbers=numbers, changes={"assignee": person})
    decide()

    assert [count for _channel, _topic, count in mails(person)] == [1] * ledger.BURST


def test_an_event_is_told_once_even_if_it_comes_back(world):
    say(world.lead, world.issue("BUG-2"))
    event = Outbox.objects.get().event
    decide()
    Outbox.objects.create(event=event)

    decide()

    assert (len(entries(world.developer)), mails(world.developer)[0][2]) == (1, 1)
    assert not Outbox.objects.exists()


# --- After the commit -------------------------------------------------------------------------------------------------


def test_open_pages_are_told_after_the_commit(world, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr("notifications.live.publisher.publish", lambda group, message: sent.append((group, message)))
    prefer(world.viewer, MAIL)
    watch_quietly([world.viewer.pk], world.issue("BUG-2").pk, Reason.WATCHING)
    say(world.lead, world.issue("BUG-2"))
    say(world.lead, world.issue("BUG-2"))

    with django_capture_on_commit_callbacks() as callbacks:
        decide()
    assert sent == []
    for call in callbacks:
        call()

    # Who sees it by mail only has no count that changes.
    assert sent == [(f"person.{world.developer.pk}", {"type": "inbox.changed"})]


def test_a_rollback_tells_nobody(world):
    with transaction.atomic():
        say(world.lead, world.issue("BUG-2"))
        transaction.set_rollback(True)

    assert decide() == 0
    assert not Entry.objects.exists()


# --- Statements -------------------------------------------------------------------------------------------------------


def test_thirty_people_take_as_many_statements_as_one():
    project = ProjectFactory()
    issue = IssueFactory(project=project)

    def statements(watchers):
        watch_quietly([person.pk for person in watchers], issue.pk, Reason.WATCHING)
        forget()
        say(project.owner, issue)
        with CaptureQueriesContext(connection) as seen:
            assert dispatch_due() == 1
        return [query["sql"].strip()[:20].partition('"')[0] for query in seen.captured_queries]

    one = statements([member(project, Role.VIEWER)])
    many = statements([member(project, Role.VIEWER) for _person in range(29)])

    assert many == one
    assert len(one) <= 22


# --- Failures ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def rule(monkeypatch):
    """Register a rule for the events of these tests; its function can be replaced."""

    def register(decision, kind="test.happened"):
        monkeypatch.setitem(hooks.audiences, kind, decision)

    return register


def happen(world, subject="", kind="test.happened"):
    return record(f"project:{world.bug.pk}", kind=kind, actor=None, subject=subject, data={})


def test_a_rule_that_fails_holds_up_nobody(world, rule):
    def fail(event):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    rule(fail)
    say(world.lead, world.issue("BUG-2"))
    bad = happen(world)
    say(world.lead, world.issue("BUG-2"))

    with clock.at(NOON):
        dispatch_due()

    row = Outbox.objects.get()
    assert (row.pk, row.attempts, row.next_at, row.died_at) == (bad.pk, 1, NOON + timedelta(minutes=1), None)
    assert "division by zero" in row.last_error
    assert len(entries(world.developer)) == 2


def test_an_event_is_given_up_after_so_many_tries_and_can_be_tried_again(world, rule):
    rule(lambda event: 1 / 0)
    happen(world)
    waits = []
    for _try in range(TRIES):
        with clock.at(NOON):
            assert dispatch_due() == 1
        row = Outbox.objects.get()
        waits.append((row.next_at - NOON) // timedelta(minutes=1))
        Outbox.objects.update(next_at=NOON - timedelta(days=300))

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128]
    assert (Outbox.objects.get().died_at, dispatch_due()) == (NOON, 0)
    rule(lambda event: [Notice(world.developer.pk, NoticeKind.ISSUE_CHANGED, Reason.WATCHING)])
    tried = [retry_events(actor=world.administrator, rows=Outbox.objects.all()) for _time in range(2)]
    assert tried == [1, 0]
    assert dispatch_due() == 1
    assert len(entries(world.developer)) == 1


def test_only_administrators_have_events_tried_again(world, rule):
    rule(lambda event: 1 / 0)
    happen(world)
    Outbox.objects.update(died_at=NOON)

    with pytest.raises(PermissionRefused):
        retry_events(actor=world.lead, rows=Outbox.objects.all())

    assert Outbox.objects.get().died_at == NOON


def test_an_event_that_waits_is_left_alone_until_its_time(world, rule):
    rule(lambda event: 1 / 0)
    happen(world)
    dispatch_due()

    assert dispatch_due() == 0


def test_one_that_cannot_be_written_is_put_off_alone(world, rule):
    rule(lambda event: [Notice(world.developer.pk, NoticeKind.ISSUE_CHANGED, Reason.WATCHING)])
    happen(world)
    bad = happen(world, subject="issue:987654321")
    happen(world)

    dispatch_due()

    assert len(entries(world.developer)) == 2
    assert [row.pk for row in Outbox.objects.all()] == [bad.pk]


def test_a_kind_without_a_rule_is_let_go(world, rule, monkeypatch):
    rule(lambda event: [])
    happen(world)
    monkeypatch.delitem(hooks.audiences, "test.happened")

    assert (decide(), Outbox.objects.count()) == (1, 0)


def test_an_event_of_no_project_is_told(world, rule):
    rule(lambda event: [Notice(world.stranger.pk, NoticeKind.PROJECT_ADDED, Reason.MEMBER)])
    record("instance", kind="test.happened", actor=None, data={})

    decide()

    assert mails(world.stranger) == [("email", "instance", 1)]


# --- Several at once --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_parallel_workers_tell_everything_once(monkeypatch):
    monkeypatch.setattr(dispatch, "BATCH", 7)
    project = ProjectFactory()
    people = [member(project, Role.DEVELOPER) for _person in range(6)]
    issues = [IssueFactory(project=project) for _issue in range(4)]
    for issue in issues:
        watch_quietly([person.pk for person in people], issue.pk, Reason.WATCHING)
    forget()
    for number in range(60):
        say(people[number % 6], issues[number % 4])

    def work():
        while dispatch_due(7):
            pass

    results = at_once([work] * 8, workers=8)

    assert errors(results) == []
    assert not Outbox.objects.exists()
    # Five others each time, and the reporter.
    assert Entry.objects.count() == 60 * 6
    waiting = list(Delivery.objects.values_list("person", "topic"))
    assert len(waiting) == len(set(waiting)) == 7 * 4
    assert sum(row.entries.count() for row in Delivery.objects.all()) == 60 * 6


@pytest.mark.django_db(transaction=True)
def test_an_event_that_another_worker_holds_is_passed_over():
    project = ProjectFactory()
    issue = IssueFactory(project=project, assignee=member(project, Role.DEVELOPER))
    forget()
    edit_issue(actor=project.owner, issue=issue, changes={"title": "Other"})
    held = Outbox.objects.get().pk
    edit_issue(actor=project.owner, issue=issue, changes={"title": "Another"})

    with transaction.atomic():
        Outbox.objects.select_for_update(of=("self",)).get(pk=held)
        (found,) = at_once([dispatch_due], workers=1)

    assert found == 1
    assert [row.pk for row in Outbox.objects.all()] == [held]


def test_followers_of_everything_hear_of_a_room_in_their_inbox_only(world):
    set_following(actor=world.developer, project=world.bug, level=FollowLevel.EVERYTHING)
    post_message(actor=world.lead, thread=room_of(world.bug), body="Good morning", client_id=uuid.uuid4())

    decide()

    assert (entries(world.developer), mails(world.developer)) == ([("room_message", True, "preference")], [])
