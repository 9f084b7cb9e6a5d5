"""Stopping mails by the link in them: looking changes nothing, one click is enough, and a forged link says nothing."""

import pytest
from django.core import signing
from django.urls import reverse

from notifications.enums import Channel, DigestRhythm, NoticeKind, Reason
from notifications.letters import write_letter
from notifications.mails import build_mail
from notifications.models import MailSettings, Preference, Watch
from notifications.preferences import DEFAULTS, ways_for
from notifications.unsubscribing import SALT, Stop, read_token, stop_mail, token_of, undo_stop
from notifications.watching import set_watching
from projects.services.members import remove_member
from tests.browsing import CheckedClient
from tests.notifications.entries import newest_event, tell
from tests.notifications.posting import told_of_message, waiting_mail

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def link_in(mail):
    """Return the link of a mail's own header, as a mail program reads it."""
    header = build_mail(write_letter(mail)).extra_headers["List-Unsubscribe"]
    return "/" + header.strip("<>").split("/", 3)[3]


def watched(world):
    """A mail about an issue that the developer watches."""
    set_watching(actor=world.developer, issue=world.issue("BUG-2"), watching=True)
    return waiting_mail(told_of_message(world.developer, world.lead, world.issue("BUG-2")))


def is_muted(world):
    return Watch.objects.get(person=world.developer, issue=world.issue("BUG-2")).is_muted


@pytest.fixture
def strict():
    """The browser of nobody, for which the check of forms is as strict as in life."""
    return CheckedClient(enforce_csrf_checks=True)


class TestOneClick:
    def test_a_mail_program_mutes_the_issue_without_session_and_token(self, world, strict):
        mail = watched(world)

        response = strict.post(link_in(mail), ONE_CLICK)

        assert (response.status_code, response.content) == (200, b"")
        assert is_muted(world)
        mail.refresh_from_db()
        assert (mail.state, mail.last_error) == ("dropped", "unsubscribed")

    def test_twice_is_as_once(self, world, strict):
        link = link_in(watched(world))

        answers = [strict.post(link, ONE_CLICK).status_code for _click in range(2)]

        assert answers == [200, 200]
        assert Watch.objects.filter(person=world.developer, issue=world.issue("BUG-2")).count() == 1

    def test_any_other_post_needs_the_token_of_its_form(self, world, strict):
        link = link_in(watched(world))

        for body in ({}, {"List-Unsubscribe": "one-click"}, {"undo": "1"}):
            assert strict.post(link, body).status_code == 403

        assert not is_muted(world)

    def test_nobody_else_is_concerned(self, world, client):
        link = link_in(watched(world))
        set_watching(actor=world.viewer, issue=world.issue("BUG-2"), watching=True)

        client.post(link, ONE_CLICK)

        assert not Watch.objects.get(person=world.viewer, issue=world.issue("BUG-2")).is_muted

    def test_a_person_who_may_not_read_any_more_can_still_stop_it(self, world, client):
        link = link_in(watched(world))
        remove_member(actor=world.lead, project=world.bug, person=world.developer)

        page = client.get(link).content.decode()
        client.post(link, ONE_CLICK)

        assert is_muted(world)
        assert "BUG" not in page.replace(link, "")
        assert world.issue("BUG-2").title not in page


class TestPage:
    def test_looking_stops_nothing(self, world, client):
        link = link_in(watched(world))

        response = client.get(link)

        assert response.status_code == 200
        assert "Mute BUG-2?" in response.content.decode()
        assert not is_muted(world)

    def test_the_button_stops_it_and_says_how_to_undo_it(self, world, client):
        link = link_in(watched(world))

        page = client.post(link).content.decode()

        assert is_muted(world)
        assert "BUG-2 is muted." in page
        assert "press Watch on its page" in page

        assert "You hear of it again." in client.post(link, {"undo": "1"}).content.decode()
        assert not is_muted(world)

    @pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger", "anonymous"])
    def test_it_is_the_mails_person_who_is_concerned_whoever_is_logged_in(self, world, client_for, persona):
        link = link_in(watched(world))

        response = client_for(persona).post(link)

        assert response.status_code == 200
        assert is_muted(world)
        assert set(Watch.objects.filter(is_muted=True).values_list("person", flat=True)) == {world.developer.pk}

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, world, client, method):
        assert getattr(client, method)(link_in(watched(world))).status_code == 405


class TestTokens:
    def forged(self, world):
        good = token_of(Stop(world.developer.pk, f"issue:{world.issue('BUG-2').pk}", world.bug.pk))
        return [
            "nothing",
            good[:-1],
            good.replace(":", "."),
            signing.dumps([world.developer.pk, "digest", None, ""], salt="another"),
            signing.dumps({"a": 1}, salt=SALT),
            token_of(Stop(10**9, "digest")),
            token_of(Stop(world.deactivated.pk, "digest")),
        ]

    def test_a_wrong_one_is_answered_alike_and_does_nothing(self, world, client):
        pages = set()

        for token in self.forged(world):
            path = reverse("notifications:unsubscribe", args=[token])
            response = client.get(path)
            assert (response.status_code, client.post(path, ONE_CLICK).status_code) == (404, 404)
            pages.add(response.content)

        assert len(pages) == 1
        assert b"This link does not work" in pages.pop()
        assert not MailSettings.objects.exists()

    def test_it_has_no_end(self, world, monkeypatch):
        token = token_of(Stop(world.developer.pk, "digest"))
        now = signing.time.time()
        monkeypatch.setattr(signing.time, "time", lambda: now + 3 * 365 * 86_400)

        assert read_token(token) == (world.developer, Stop(world.developer.pk, "digest"))


class TestWhatStops:
    def test_a_digest_stops_digests(self, world):
        mail = waiting_mail(tell(world.developer, world.issue("BUG-2")), channel=Channel.DIGEST)
        stop = Stop.of(mail, list(mail.entries.all()))

        stop_mail(actor=world.developer, stop=stop)

        assert MailSettings.objects.get(person=world.developer).digest == DigestRhythm.OFF
        mail.refresh_from_db()
        assert mail.state == "dropped"

        undo_stop(actor=world.developer, stop=stop)
        assert MailSettings.objects.get(person=world.developer).digest == DigestRhythm.DAILY

    def test_news_of_a_room_stop_as_a_kind_in_that_project(self, world):
        entry = told_of_message(world.developer, world.lead, world.bug)
        mail = waiting_mail(entry, topic=f"room:{world.bug.pk}")
        stop = Stop.of(mail, [entry])

        stop_mail(actor=world.developer, stop=stop)

        kind, default = NoticeKind.ROOM_MESSAGE, DEFAULTS[NoticeKind.ROOM_MESSAGE]
        [row] = Preference.objects.filter(person=world.developer)
        assert (row.project, row.kind, row.email, row.inbox) == (world.bug, kind, False, default.inbox)
        mail.refresh_from_db()
        assert mail.state == "dropped"

        undo_stop(actor=world.developer, stop=stop)
        assert ways_for([world.developer.pk], world.bug.pk, kind)[world.developer.pk].email

    def test_a_mail_of_mentions_only_stops_mentions_because_muting_would_let_them_through(self, world):
        entry = told_of_message(
            world.developer, world.lead, world.issue("BUG-2"), kind=NoticeKind.MENTIONED, reasons=[Reason.MENTIONED]
        )
        other = tell(world.developer, world.issue("BUG-2"), kind=NoticeKind.COMMENTED)
        mail = waiting_mail(entry)

        assert Stop.of(mail, [entry]).kind == NoticeKind.MENTIONED
        assert Stop.of(mail, [other, entry]).kind == ""

    def test_being_removed_stops_as_a_kind_everywhere(self, world):
        event = newest_event(world.bug, "member.removed")
        entry = tell(world.removed, world.bug, event=event, kind=NoticeKind.PROJECT_REMOVED)

        stop_mail(actor=world.removed, stop=Stop.of(waiting_mail(entry), [entry]))

        [row] = Preference.objects.filter(person=world.removed)
        assert (row.project, row.kind, row.email) == (None, NoticeKind.PROJECT_REMOVED, False)

    def test_what_names_the_person_is_still_sent(self, world):
        aimed = told_of_message(world.developer, world.lead, world.issue("BUG-2"), kind=NoticeKind.MENTIONED)
        mail = waiting_mail(tell(world.developer, world.issue("BUG-2"), kind=NoticeKind.COMMENTED), aimed)

        stop_mail(actor=world.developer, stop=Stop.of(mail, list(mail.entries.order_by("pk"))[::-1]))

        mail.refresh_from_db()
        assert mail.state == "waiting"
