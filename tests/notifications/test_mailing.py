"""Sending to a real SMTP server that refuses, hangs up, and is away: nothing is lost, nobody waits for another."""

import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from config import clock
from notifications import faultpoints, mailing
from notifications.enums import Channel, DeliveryState, Reason
from notifications.mailing import LONGEST_PAUSE, pause_after, send_due
from notifications.models import Delivery
from notifications.watching import watch_quietly
from tests.factories import IssueFactory, PersonFactory, ProjectFactory, member
from tests.notifications.entries import tell
from tests.notifications.posting import Server, say, told_of_message, waiting_mail
from tests.notifications.telling import decide, forget
from tests.sources import ROOT

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def server(settings):
    box = Server()
    settings.CAN_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", box.port, 1
    box.start()
    yield box
    box.stop()


def mail_for(person, issue, **fields):
    return waiting_mail(tell(person, issue), **fields)


def three(world):
    """Mails to three people about one issue, due in this order."""
    people = (world.developer, world.viewer, world.lead)
    return [
        mail_for(person, world.issue("BUG-5"), next_at=clock.now() - timedelta(seconds=10 - position))
        for position, person in enumerate(people)
    ]


def states(*mails):
    return [Delivery.objects.get(pk=mail.pk).state for mail in mails]


class TestSending:
    def test_what_is_due_is_sent_over_one_connection(self, world, server):
        mails = three(world)
        later = mail_for(world.stranger, world.issue("INNER-1"), next_at=clock.now() + timedelta(minutes=1))

        assert send_due() == 3

        assert server.recipients == [world.developer.email, world.viewer.email, world.lead.email]
        assert server.connections == 1
        assert states(*mails, later) == ["sent", "sent", "sent", "waiting"]
        assert send_due() == 0

    def test_a_sent_mail_says_when(self, world, server):
        mail = mail_for(world.developer, world.issue("BUG-5"))

        with clock.at(NOW):
            mail.next_at = NOW
            mail.save()
            send_due()

        sent = Delivery.objects.get(pk=mail.pk)
        assert (sent.attempts, sent.first_tried_at, sent.ended_at) == (1, NOW, NOW)
        assert (sent.leased_until, sent.last_error) == (None, "")

    def test_no_more_than_asked_for(self, world, server):
        mails = three(world)

        assert send_due(limit=2) == 2

        assert states(*mails) == ["sent", "sent", "waiting"]

    def test_without_a_mail_server_everything_waits_untouched(self, world, settings):
        settings.CAN_MAIL = False
        mail = mail_for(world.developer, world.issue("BUG-5"))

        assert send_due() == 0

        mail.refresh_from_db()
        assert (mail.state, mail.attempts, mail.first_tried_at) == ("waiting", 0, None)

    def test_news_that_waited_a_week_for_a_mail_server_is_let_go(self, world, server):
        issue, long_ago = world.issue("BUG-5"), clock.now() - timedelta(days=8)
        old = waiting_mail(tell(world.developer, issue, at=long_ago), next_at=long_ago)
        new = mail_for(world.viewer, issue, next_at=clock.now() - timedelta(days=6))
        # A digest is due long after its oldest news.
        weekly = waiting_mail(tell(world.lead, issue, at=long_ago), channel=Channel.DIGEST)

        send_due()

        assert states(old, new, weekly) == ["dropped", "sent", "sent"]
        assert server.recipients == [world.viewer.email, world.lead.email]

    def test_fresh_news_that_joined_an_old_mail_is_sent(self, world, server):
        issue, long_ago = world.issue("BUG-5"), clock.now() - timedelta(days=8)
        watch_quietly([world.developer.pk], issue.pk, Reason.WATCHING)
        old = waiting_mail(tell(world.developer, issue, at=long_ago), next_at=long_ago)
        forget()
        say(world.lead, issue, "It is the lock, as of today.")
        decide()
        joined = old.entries.count()

        send_due()

        assert (joined, states(old), server.recipients) == (2, ["sent"], [world.developer.email])
        assert "It is the lock, as of today." in server.taken[0][1].get_body(("plain",)).get_content()


class TestChecking:
    """What is checked once more at the moment of sending."""

    def refused(self, mail, server):
        send_due()
        mail.refresh_from_db()
        assert (mail.state, server.taken) == ("dropped", [])
        return mail.last_error

    def test_who_was_removed_gets_nothing(self, world, server):
        mail = mail_for(world.removed, world.issue("BUG-5"))

        assert self.refused(mail, server) == "the person may not read any of it any more"

    def test_who_was_deactivated_gets_nothing(self, world, server):
        mail = mail_for(world.deactivated, world.issue("BUG-5"))

        assert self.refused(mail, server) == "the account is not active"

    def test_who_has_no_address_gets_nothing(self, world, server):
        mail = mail_for(PersonFactory(email=""), world.issue("INNER-1"))

        assert self.refused(mail, server) == "the person has no address"

    def test_an_issue_in_the_trash_is_not_told_of(self, world, server):
        mail = mail_for(world.developer, world.issue("BUG-7"))

        assert self.refused(mail, server) == "the person may not read any of it any more"

    @pytest.mark.parametrize("field", ["read_at", "done_at"])
    @pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.DIGEST])
    def test_what_was_read_in_the_inbox_meanwhile_is_not_mailed(self, world, server, field, channel):
        mail = waiting_mail(tell(world.developer, world.issue("BUG-5"), **{field: NOW}), channel=channel)

        assert self.refused(mail, server) == "everything was read in the inbox meanwhile"

    def test_what_may_be_read_is_sent_without_the_rest(self, world, server):
        near, far, read = world.issue("BUG-5"), world.issue("QZFAR-1"), world.issue("TEAM-2")
        entries = [tell(world.developer, near), tell(world.developer, far), tell(world.developer, read, read_at=NOW)]
        waiting_mail(*entries, channel=Channel.DIGEST)

        send_due()

        [(_address, mail)] = server.taken
        text = mail.get_body(("plain",)).get_content()
        assert (near.title in text, far.title in text, read.title in text) == (True, False, False)
        assert mail["Subject"] == "Your day on Plumbline: 1 issue"


class TestFailing:
    def test_one_refused_recipient_keeps_nobody_waiting_and_is_given_up_after_three(self, world, server):
        mails = three(world)
        bad = mails[0]
        server.at_rcpt[world.developer.email] = "550 5.1.1 no such person"

        send_due()

        assert states(*mails) == ["waiting", "sent", "sent"]
        for expected in ("waiting", "dead"):
            Delivery.objects.filter(pk=bad.pk).update(next_at=clock.now())
            send_due()
            assert states(bad) == [expected]
        bad.refresh_from_db()
        assert (bad.attempts, bad.last_error) == (3, "550 5.1.1 no such person")
        assert bad.ended_at is not None

    @pytest.mark.parametrize("answer", ["451 4.7.1 greylisted", "452 mailbox full"])
    def test_a_no_for_now_is_tried_again_and_keeps_nobody_waiting(self, world, server, answer):
        mails = three(world)
        server.at_data[world.developer.email] = answer

        moment = clock.now()
        with clock.at(moment):
            send_due()

        assert states(*mails) == ["waiting", "sent", "sent"]
        first = Delivery.objects.get(pk=mails[0].pk)
        assert (first.attempts, first.last_error, first.leased_until) == (1, answer, None)
        assert first.next_at == moment + timedelta(seconds=60)

        server.at_data.clear()
        with clock.at(first.next_at):
            send_due()
        assert states(*mails) == ["sent", "sent", "sent"]

    def test_a_server_that_hangs_up_after_it_took_a_mail_gets_it_again_under_its_name(self, world, server):
        mails = three(world)
        server.at_data[world.developer.email] = "drop"

        send_due()

        assert states(*mails) == ["waiting", "sent", "sent"]
        server.at_data.clear()
        Delivery.objects.filter(pk=mails[0].pk).update(next_at=clock.now())
        send_due()
        assert states(*mails) == ["sent", "sent", "sent"]
        twice = [mail["Message-ID"] for address, mail in server.taken if address == world.developer.email]
        assert twice == [mails[0].message_id] * 2

    def test_a_server_that_is_away_costs_one_attempt_of_one_mail(self, world, server):
        mails = three(world)
        server.stop()

        assert send_due() == 0

        attempts = [Delivery.objects.get(pk=mail.pk).attempts for mail in mails]
        assert (states(*mails), attempts) == (["waiting"] * 3, [1, 0, 0])
        assert Delivery.objects.get(pk=mails[0].pk).last_error == "Connection refused"

    def test_a_server_that_does_not_answer_is_not_waited_for_again(self, world, server):
        mails = three(world)
        server.at_data["all"] = "hang"

        assert send_due() == 0

        assert [Delivery.objects.get(pk=mail.pk).attempts for mail in mails] == [1, 0, 0]

    def test_the_server_closing_for_everyone_ends_the_batch(self, world, server):
        mails = three(world)
        server.at_data[world.developer.email] = "421 closing"

        send_due()

        assert states(*mails) == ["waiting", "waiting", "waiting"]

    def test_a_mail_that_cannot_be_written_keeps_nobody_waiting(self, world, server, monkeypatch):
        mails = three(world)
        write = mailing.write_letter

        def broken(delivery):
            if delivery.person_id == world.developer.pk:
                raise ValueError("with a secret")
            return write(delivery)

        monkeypatch.setattr(mailing, "write_letter", broken)

        send_due()

        assert states(*mails) == ["waiting", "sent", "sent"]
        assert Delivery.objects.get(pk=mails[0].pk).last_error == "cannot be written: ValueError"

    def test_a_mail_is_given_up_after_three_days(self, world, server):
        mail = mail_for(world.developer, world.issue("BUG-5"), first_tried_at=NOW, attempts=15)
        server.at_data["all"] = "451 later"

        for moment, expected in ((NOW + timedelta(hours=60), "waiting"), (NOW + timedelta(hours=67), "dead")):
            with clock.at(moment):
                Delivery.objects.filter(pk=mail.pk).update(next_at=moment)
                send_due()
            assert states(mail) == [expected]

    def test_pauses_double_from_a_minute_to_six_hours(self):
        minutes = [pause_after(attempts).total_seconds() / 60 for attempts in range(1, 12)]

        assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
        assert pause_after(10_000) == LONGEST_PAUSE

    def test_no_error_tells_what_we_log_in_with(self, world, server, settings):
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "tracker", "very secret"
        mail = mail_for(world.developer, world.issue("BUG-5"))

        send_due()

        mail.refresh_from_db()
        assert mail.state == "waiting"
        assert mail.last_error
        assert not {"tracker", "very secret", "\n"} & set(mail.last_error.split(" "))


class TestLeases:
    def test_a_mail_that_a_worker_holds_is_left_to_it(self, world, server):
        mail = mail_for(world.developer, world.issue("BUG-5"), leased_until=timezone.now() + timedelta(seconds=20))

        assert send_due() == 0

        assert states(mail) == ["waiting"]

    def test_what_a_dead_worker_held_is_sent_after_its_lease(self, world, server):
        mail = mail_for(
            world.developer,
            world.issue("BUG-5"),
            attempts=1,
            first_tried_at=NOW,
            leased_until=timezone.now() - timedelta(minutes=1),
        )

        send_due()

        assert states(mail) == ["sent"]
        assert server.taken[0][1]["Message-ID"] == mail.message_id

    def test_a_mail_whose_worker_dies_each_time_comes_back_ever_more_rarely(self, world, server):
        mail = mail_for(world.developer, world.issue("BUG-5"))
        leases = []

        for _death in range(5):
            before = timezone.now()
            claimed = mailing._claim()
            claimed.refresh_from_db()
            leases.append((claimed.leased_until - before).total_seconds())
            Delivery.objects.filter(pk=mail.pk).update(leased_until=timezone.now() - timedelta(hours=1))

        assert leases == pytest.approx([30, 60, 120, 240, 480], abs=5)

    def test_who_lost_the_lease_writes_no_failure_over_the_other(self, world, server):
        mail = mail_for(world.developer, world.issue("BUG-5"))
        slow = mailing._claim()
        Delivery.objects.filter(pk=mail.pk).update(leased_until=timezone.now() - timedelta(hours=1))
        quick = mailing._claim()
        mailing._end(quick, DeliveryState.SENT)

        mailing._fail(slow, mailing.Failure("hung up"))

        mail.refresh_from_db()
        assert (mail.state, mail.attempts, mail.last_error) == ("sent", 2, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(server):
    project = ProjectFactory()
    issue = IssueFactory(project=project)
    people = [member(project, "developer") for _person in range(12)]
    mails = [waiting_mail(told_of_message(person, project.owner, issue)) for person in people]
    ready = threading.Barrier(3)

    def work():
        try:
            ready.wait()
            send_due()
        finally:
            close_old_connections()
            connection.close()

    workers = [threading.Thread(target=work) for _worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(server.recipients) == sorted(person.email for person in people)
    assert set(states(*mails)) == {"sent"}


class TestFaultPoints:
    def test_nothing_happens_without_the_variable(self):
        for point in faultpoints.POINTS:
            faultpoints.reach(f"mail.{point}")

    def test_a_process_dies_where_it_is_told_to(self):
        code = (
            "from django.conf import settings; settings.configure(FAULT='mail.after_smtp:2');"
            "from notifications.faultpoints import reach;"
            "reach('mail.after_smtp'); reach('mail.before_mark'); print('on', flush=True); reach('mail.after_smtp')"
        )

        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stdout) == (-signal.SIGKILL, "on\n")

    def test_every_point_is_passed_in_order(self, world, server, monkeypatch):
        passed = []
        monkeypatch.setattr(mailing, "reach", passed.append)
        mail_for(world.developer, world.issue("BUG-5"))

        send_due(limit=1)

        assert passed == [f"mail.{point}" for point in faultpoints.POINTS]
