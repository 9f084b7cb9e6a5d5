"""`manage.py seed`: the demo team and the bench load."""

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from random import Random

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import Lag
from django.utils import timezone

from accounts.models import Team, User
from chat.mentions import issue_keys_in, usernames_in
from chat.models import Message, Reaction, Thread
from chat.queries import room_of
from chat.talk import talk_of
from config.errors import DomainError
from files import storage
from files.models import File
from issues.demo import bench, stories
from issues.demo.calendar import Calendar
from issues.demo.files import Sender
from issues.demo.people import PEOPLE
from issues.models import Issue
from notifications.models import Delivery, Entry, Event, Outbox
from notifications.queries import verify_all
from projects.models import Membership, Project, ProjectKey, State

DEMO_KEYS = {"BUG", "OPEN", "TEAM"}
LOAD = 700


@contextmanager
def one_transaction(blocker):
    """Share one transaction, rolled back at the end, between the tests of a class: seeding takes seconds."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="class")
def demo(django_db_setup, django_db_blocker):
    """Seed the demo data, after giving away the keys that the tests' world has taken. Return what it said."""
    with one_transaction(django_db_blocker):
        for number, project in enumerate(Project.objects.filter(key__in=DEMO_KEYS)):
            Project.objects.filter(pk=project.pk).update(key=f"OLD{number}")
            ProjectKey.objects.filter(project=project).delete()
        newest = Event.objects.order_by("-pk").values_list("pk", flat=True)[0]
        yield seed(size="demo"), newest


@pytest.fixture(scope="class")
def load(django_db_setup, django_db_blocker):
    """Make a small load."""
    with one_transaction(django_db_blocker):
        bench.run(LOAD)
        yield


def seed(**options):
    out = StringIO()
    call_command("seed", stdout=out, **options)
    return out.getvalue()


def demo_issues():
    return Issue.objects.filter(project__key__in=DEMO_KEYS)


def columns(key):
    live = Issue.objects.filter(project__key=key, deleted_at__isnull=True)
    return dict(Counter(live.values_list("state__name", flat=True)))


@pytest.mark.usefixtures("demo")
class TestDemo:
    def test_people_talk_in_rooms_and_on_issues(self, demo):
        said = Message.objects.filter(thread__project__key__in=DEMO_KEYS)
        rooms = {key: said.filter(thread__project__key=key, thread__issue=None).count() for key in sorted(DEMO_KEYS)}

        assert rooms == {"BUG": 23, "OPEN": 1, "TEAM": 2}
        assert said.filter(thread__issue__isnull=False).count() == 7
        assert said.filter(reply_to__isnull=False).count() == 6
        assert (said.filter(edited_at__isnull=False).count(), said.filter(deleted_at__isnull=False).count()) == (2, 1)
        assert Reaction.objects.filter(message__in=said).values("emoji").distinct().count() >= 5
        assert not said.filter(at__gt=timezone.now()).exists()
        assert all("<<" not in message.body for message in said)

    def test_files_stand_on_projects_issues_and_messages_and_can_be_read(self, demo):
        sent = File.objects.filter(project__key__in=DEMO_KEYS)

        assert Counter(sent.values_list("place", "kind")) == {
            ("project", "text"): 3,
            ("issue", "picture"): 2,
            ("issue", "text"): 1,
            ("message", "picture"): 1,
            ("message", "text"): 1,
        }
        assert set(sent.values_list("state", flat=True)) == {"ready"}
        for file in sent:
            assert storage.head(file.key) == file.size

    def test_two_people_have_pictures(self, demo):
        assert set(User.objects.exclude(avatar=None).values_list("username", flat=True)) == {"chidi", "dana"}

    def test_what_is_said_names_people_and_issues_that_are_there(self, demo):
        for thread in Thread.objects.filter(project__key__in=DEMO_KEYS).select_related("project", "issue"):
            talk = talk_of(thread, User.objects.get(username="lead1"))
            for line in talk.lines:
                own = [key for key in issue_keys_in(line.shown.body) if key[0] == thread.project.key]
                assert len(line.shown.refs) == len(own)
                assert len(line.shown.people) == len(usernames_in(line.shown.body))

    def test_the_lead_has_something_to_read(self, demo):
        room = room_of(Project.objects.get(key="BUG"))
        talk = talk_of(room, User.objects.get(username="lead1"))

        assert (talk.unseen, sum(1 for line in talk.lines if line.since)) == (4, 1)

    def test_inboxes_are_alive(self, demo):
        """The rules of the ledger decide: entries of several kinds, the newest unread, and nothing left to be told."""
        mine = Entry.objects.filter(person__username="lead1", event__gt=demo[1])

        assert len(set(mine.values_list("kind", flat=True))) >= 3
        assert mine.filter(read_at=None).exists()
        assert mine.filter(read_at__isnull=False, done_at=None).exists()
        assert not Outbox.objects.filter(event__gt=demo[1]).exists()
        assert not Delivery.objects.filter(state="waiting", next_at__lt=timezone.now()).exists()

    def test_fills_every_column_of_three_projects(self, demo):
        said, _newest = demo

        assert "64 issues in BUG, TEAM, OPEN; log in as lead1/leadpass, dev1/devpass, viewer1/viewpass." in said
        assert columns("BUG") == {"Open": 9, "In progress": 4, "Resolved": 4, "Closed": 11}
        assert columns("TEAM") == {"To do": 7, "In progress": 4, "Review": 2, "Done": 8}
        assert columns("OPEN") == {"To do": 6, "In progress": 2, "Done": 4}
        assert Issue.objects.filter(project__key="TEAM", deleted_at__isnull=False).count() == 3

    def test_one_column_is_exactly_full(self):
        full = State.objects.get(project__key="TEAM", name="In progress")

        assert (full.wip_limit, full.wip_is_hard, full.issues.filter(deleted_at__isnull=True).count()) == (4, True, 4)

    def test_everyone_can_log_in_and_is_of_the_team(self):
        people = [authenticate(username=person.username, password=person.password) for person in PEOPLE]

        assert [person and person.display_name for person in people] == [person.name for person in PEOPLE]
        assert set(Team.objects.get(name="Harbour").people.all()) == set(people)

    def test_roles_are_those_of_the_account_names(self):
        rows = Membership.objects.filter(project__key__in=["BUG", "TEAM"]).values_list("person__username", "role")

        roles = {name: {role for person, role in rows if person == name} for name in ("lead1", "dev1", "viewer1")}
        assert roles == {"lead1": {"lead"}, "dev1": {"developer"}, "viewer1": {"viewer"}}

    def test_is_told_in_the_order_of_time_and_never_in_the_future(self, demo):
        _said, newest = demo

        told = Event.objects.filter(pk__gt=newest).annotate(before=Window(Lag("at"), order_by=F("pk").asc()))
        times = list(told.order_by("pk").values_list("before", "at"))

        assert [pair for pair in times[1:] if pair[0] > pair[1]] == []
        assert times[-1][1] <= timezone.now()
        assert 40 <= (times[-1][1] - times[0][1]).days <= 47

    def test_the_log_and_the_history_hold(self):
        assert [link for _stream, link in verify_all() if link] == []
        for issue in demo_issues():
            newest = issue.history.latest()
            assert (newest.version, newest.state_id, newest.rank) == (issue.version, issue.state_id, issue.rank)

    def test_every_description_is_its_own_and_names_resolve(self):
        texts = list(demo_issues().values_list("description", flat=True))

        assert len(set(texts)) == len(texts) == 64
        assert all(texts)
        assert not [text for text in texts if "<<" in text]

    def test_a_second_time_is_refused_and_adds_nothing(self):
        counts = User.objects.count(), Event.objects.count()

        with pytest.raises(CommandError, match="lead1 is there already; nothing was added"):
            seed(size="demo")

        assert (User.objects.count(), Event.objects.count()) == counts


def test_if_empty_does_nothing_where_a_project_exists(world):
    before = User.objects.count(), Project.objects.count(), Event.objects.count()

    said = seed(size="demo", if_empty=True)

    assert said == "There are projects already; nothing was added.\n"
    assert (User.objects.count(), Project.objects.count(), Event.objects.count()) == before


def test_files_are_left_out_where_there_is_no_storage(world, settings):
    settings.S3_BUCKET = ""
    sender = Sender({"chidi": world.lead}, {"BUG": world.bug}, {})

    sent = (
        sender.drafts(["confirmations.txt"], world.bug),
        list(sender.steps(Calendar(datetime.now(UTC), Random(1), 9))),
    )

    assert sent == ([], [])


def test_a_storage_that_is_away_ends_the_seeding_with_a_sentence(world, settings):
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    sender = Sender({"chidi": world.lead}, {"BUG": world.bug}, {})

    with pytest.raises(DomainError, match="The file storage does not take files"):
        sender.drafts(["confirmations.txt"], world.bug)


@pytest.mark.parametrize("size", ["demo", "bench"])
def test_production_is_refused(world, settings, size):
    settings.PRODUCTION = True
    before = User.objects.count()

    with pytest.raises(CommandError, match="passwords that everyone knows"):
        seed(size=size)

    assert User.objects.count() == before


def test_a_step_that_does_not_read_like_one_is_refused():
    with pytest.raises(ValueError, match="not a step"):
        stories.parse("yesterday ana move Done")


def test_steps_stand_in_the_order_of_their_days():
    for project in stories.read_all():
        for issue in project.issue:
            days = [issue.day, *(step.day for step in issue.later)]
            assert days == sorted(days, reverse=True), issue.title


@pytest.mark.parametrize("now", [datetime(2026, 3, 1, 0, 5, tzinfo=UTC), datetime(2026, 3, 6, 23, 50, tzinfo=UTC)])
def test_calendar_draws_rising_moments_on_working_days(now):
    calendar = Calendar(now, Random(1), 31)

    moments = calendar.moments([31, 30, 30, 5, 1, 1, 0, 0])

    assert moments == sorted(moments)
    assert moments[-1] <= now
    assert [moment for moment in moments[:-2] if moment.weekday() > 4] == []


@pytest.mark.usefixtures("load")
class TestBench:
    def issues(self):
        return Issue.objects.filter(project__team__name="Bench")

    def test_has_the_promised_people_projects_and_columns(self):
        assert columns("BOARD") == {"To do": 63, "In progress": 63, "Review": 62, "Done": 62}
        assert self.issues().count() == LOAD
        assert Project.objects.filter(team__name="Bench").count() == 10
        assert Membership.objects.filter(project__key="BOARD").count() == 20
        assert authenticate(username="user20", password="benchpass").name == "User 20"

    def test_numbers_have_no_gaps_and_match_the_counter(self):
        for project in Project.objects.filter(team__name="Bench"):
            numbers = list(project.issues.order_by("created_at").values_list("number", flat=True))
            assert numbers == list(range(1, project.issue_counter + 1))

    def test_every_change_is_in_the_history_and_in_the_log(self):
        assert [link for _stream, link in verify_all() if link] == []
        for issue in self.issues().select_related("project")[:20]:
            past = list(issue.history.order_by("version"))
            about = Event.objects.filter(subject=f"issue:{issue.pk}", kind__startswith="issue.")
            events = list(about.order_by("seq"))
            assert [row.version for row in past] == [1, 2, 3]
            assert [row.history_user for row in past] == [event.actor for event in events]
            assert [row.history_date for row in past] == [event.at for event in events]
            newest = {
                name: getattr(past[-1], name) for name in ("title", "state_id", "rank", "assignee_id", "label_ids")
            }
            assert newest == {name: getattr(issue, name) for name in newest}

    def test_what_is_said_is_numbered_kept_and_in_the_log(self):
        threads = Thread.objects.filter(project__team__name="Bench")

        assert threads.filter(issue=None).count() == 10
        assert threads.exclude(issue=None).count() >= LOAD // 10
        for thread in threads[:30]:
            said = list(thread.messages.order_by("seq"))
            told = Event.objects.filter(kind="message.posted", data__thread=thread.pk).order_by("seq")
            assert [message.seq for message in said] == list(range(1, thread.seq + 1))
            assert [(event.data["message"], event.at, event.actor_id) for event in told] == [
                (message.pk, message.at, message.author_id) for message in said
            ]
            assert Message.history.filter(thread=thread).count() == thread.seq == thread.message_count

    def test_texts_have_the_promised_words(self):
        issues = list(self.issues())

        assert {len(issue.title.split()) for issue in issues} == {8}
        assert {len(issue.description.split()) for issue in issues} == {60}
        rare = [word for issue in issues for word in issue.description.split() if word.lower().startswith("zyzzyva")]
        assert Counter(word.lower().rstrip(".") for word in rare) == {f"zyzzyva{n:02}": 14 for n in range(50)}
        assert 0.2 < sum("database" in issue.description.lower() for issue in issues) / LOAD < 0.4

    def test_a_second_time_is_refused(self):
        with pytest.raises(DomainError, match="user01 is there already"):
            bench.run(LOAD)
