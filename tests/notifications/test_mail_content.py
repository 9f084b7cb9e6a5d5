"""What mails say: exactly these headers, the same in text and HTML, and nothing that their reader may not know."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from bs4 import BeautifulSoup
from django.core import mail as outgoing

from chat.models import Message
from chat.services.messages import delete_message, edit_message
from config import clock
from issues.models import Issue
from issues.services.editing import edit_issue
from notifications.enums import Channel, DeliveryState, DigestRhythm, NoticeKind, Reason
from notifications.letters import TEXT_SHOWN, Unwanted, write_letter
from notifications.mailing import send_due
from notifications.mails import build_mail, one_line
from notifications.models import Delivery, Entry
from notifications.preferences import set_mail_settings
from projects.services.members import remove_member
from projects.services.projects import change_project
from tests.factories import IssueFactory, canary, member
from tests.notifications.entries import newest_event, tell
from tests.notifications.posting import told_of_message, waiting_mail
from tests.test_access_matrix import MARK, marks_of
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
EVIL = [
    "Broken\nBcc: everyone@mail.example",
    "Broken\r\nSubject: other\r\n\r\nbody",
    "\x00\x07\x1b[31mred\x7f",
    "x" * 10_000,
    "🚢" * 200,
    "Zero\u2028line\u2029ends\x85here",
    "turned \u202egnorw\u202c round",
    '=?utf-8?q?=0D=0ABcc:_a=40b?= "quoted" <a@b.example>',
]


def sent(delivery):
    """Return the mail as a mail program reads it."""
    return message_from_bytes(build_mail(write_letter(delivery)).message().as_bytes(), policy=policy.default)


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def comment(world, **fields):
    return told_of_message(world.developer, world.lead, world.issue("BUG-2"), **fields)


class TestHeaders:
    def test_all_of_them(self, world, settings):
        settings.DEFAULT_FROM_EMAIL = "Plumbline <tracker@tracker.example>"
        issue = world.issue("BUG-2")
        delivery = waiting_mail(comment(world))

        mail = sent(delivery)

        host = settings.SITE.hostname
        link = re.search(r"https?://\S+/mail/unsubscribe/\S+", text_of(mail))[0]
        # A long one begins in its second line.
        headers = {name: str(value).strip() for name, value in mail.items()}
        assert headers.pop("Date")
        assert headers == {
            "MIME-Version": "1.0",
            "Content-Type": mail["Content-Type"],
            "Subject": f"[BUG-2] {issue.title}",
            "From": "Plumbline <tracker@tracker.example>",
            "To": world.developer.email,
            "Message-ID": delivery.message_id,
            "In-Reply-To": f"<issue-{issue.pk}@{host}>",
            "References": f"<issue-{issue.pk}@{host}>",
            "List-Id": f"<bug.{host}>",
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Precedence": "bulk",
        }

    def test_later_mails_of_an_issue_answer_the_first(self, world):
        first, other, later = (waiting_mail(comment(world), state=state) for state in ("sent", "dead", "waiting"))

        mail = sent(later)

        assert mail["Subject"] == f"Re: [BUG-2] {world.issue('BUG-2').title}"
        assert mail["References"] == sent(first)["References"]
        assert len({sent(delivery)["Message-ID"] for delivery in (first, other, later)}) == 3

    def test_a_digest_answers_nothing(self, world, settings):
        mail = sent(waiting_mail(comment(world), tell(world.developer, world.issue("TEAM-1")), channel=Channel.DIGEST))

        assert (mail["In-Reply-To"], mail["References"]) == (None, None)
        assert mail["List-Id"] == f"<plumbline.{settings.SITE.hostname}>"

    @pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
    def test_nothing_in_a_title_adds_or_breaks_a_header(self, world, evil):
        entry = comment(world)
        # Beside the services, which let no such title in.
        Issue.objects.filter(pk=entry.issue_id).update(title=evil.replace("\x00", "")[:200])

        mail = sent(waiting_mail(entry))

        assert mail["Bcc"] is None
        assert len(mail.get_all("Subject")) == 1
        assert mail["Subject"].strip().startswith("[BUG-2] ")
        assert mail["To"] == world.developer.email
        assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())

    @pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
    def test_a_line_for_a_header_is_one_and_short(self, evil):
        line = one_line(evil)

        assert len(line.splitlines()) == 1
        assert len(line) <= 200
        assert line.isprintable() or "\u200d" in line


class TestSubjects:
    def test_a_room(self, world):
        entry = told_of_message(world.developer, world.lead, world.bug)

        mail = sent(waiting_mail(entry, topic=f"room:{world.bug.pk}"))

        assert mail["Subject"] == "[BUG] Chat"

    def test_a_project(self, world):
        event = newest_event(world.bug, "member.added")
        entry = tell(world.developer, world.bug, event=event, kind=NoticeKind.PROJECT_ADDED, reasons=[Reason.MEMBER])

        subject = sent(waiting_mail(entry))["Subject"]

        assert subject.startswith(f"[BUG] {world.lead.name} added ")

    def test_many_issues_at_once(self, world):
        entries = [tell(world.developer, world.issue(f"BUG-{number}")) for number in (1, 2, 3)]

        mail = sent(waiting_mail(*entries, topic=f"project:{world.bug.pk}"))

        assert mail["Subject"] == "[BUG] News of 3 issues"

    @pytest.mark.parametrize(("rhythm", "name"), [(DigestRhythm.DAILY, "day"), (DigestRhythm.WEEKLY, "week")])
    def test_a_digest(self, world, rhythm, name):
        set_mail_settings(actor=world.developer, digest=rhythm)
        entries = [tell(world.developer, world.issue(key)) for key in ("BUG-1", "TEAM-1", "BUG-2")]

        mail = sent(waiting_mail(*entries, channel=Channel.DIGEST))

        assert mail["Subject"] == f"Your {name} on Plumbline: 3 issues"


class TestBody:
    def test_text_and_html_say_the_same(self, world, settings):
        settings.SITE_URL = "https://tracker.example"
        entries = [comment(world, body="First **bold**"), tell(world.developer, world.issue("BUG-2"))]

        mail = sent(waiting_mail(*entries))

        text, page = text_of(mail), BeautifulSoup(html_of(mail), "html.parser")
        words = page.get_text(" ", strip=True)
        for said in (world.issue("BUG-2").title, world.lead.name, "Why you got this: You watch this issue."):
            assert said in text
            assert said in words
        links = {link["href"] for link in page.select("a[href]")}
        assert links == set(re.findall(r"https://\S+", text.replace(", https", " https")))
        assert all(link.startswith("https://tracker.example") for link in links)
        assert "First **bold**" in text
        assert page.select_one(".said strong").text == "bold"

    def test_links_lead_to_the_message_and_to_the_line_of_the_preferences(self, world, settings):
        settings.SITE_URL = "https://tracker.example"
        entries = [comment(world), tell(world.developer, world.issue("BUG-2"))]
        room = told_of_message(world.developer, world.lead, world.bug, body="Hello")
        entries.append(room)

        lines = [line for section in write_letter(waiting_mail(*entries)).sections for line in section.lines]

        seqs = [Message.objects.get(pk=entry.event.data["message"]).seq for entry in (entries[0], room)]
        assert [line.url for line in lines] == [
            f"https://tracker.example/BUG-2/?message={seqs[0]}",
            "https://tracker.example/BUG-2/",
            f"https://tracker.example/BUG/chat/?at={seqs[1]}",
        ]
        assert lines[0].less_url == "https://tracker.example/me/notifications/?project=BUG&kind=commented"

    def test_times_are_of_the_persons_zone(self, world):
        world.developer.time_zone = "America/New_York"
        world.developer.save()
        entry = comment(world, at=AT)

        text = text_of(sent(waiting_mail(entry)))

        assert "Mon 9 Mar 2026, 10:30 America/New_York" in text

    def test_the_message_is_the_present_one(self, world):
        entry = comment(world, body="What I said first")
        message = Message.objects.get(pk=entry.event.data["message"])
        edit_message(actor=world.lead, message=message, body="What I meant")

        mail = sent(waiting_mail(entry))

        assert ("What I meant" in text_of(mail), "What I said first" in mail.as_string()) == (True, False)

    def test_a_deleted_message_says_so(self, world):
        entry = comment(world, body="Taken back")
        delete_message(actor=world.lead, message=Message.objects.get(pk=entry.event.data["message"]))

        mail = sent(waiting_mail(entry))

        assert "Taken back" not in mail.as_string()
        assert "The message was deleted." in text_of(mail)
        assert "The message was deleted." in html_of(mail)

    def test_the_title_is_the_present_one(self, world):
        entry = comment(world)
        edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"title": "Renamed meanwhile"})

        assert sent(waiting_mail(entry))["Subject"] == "[BUG-2] Renamed meanwhile"

    def test_a_long_message_is_cut_and_leads_on(self, world):
        entry = comment(world, body="A line of words.\n" * 400)

        line = write_letter(waiting_mail(entry)).sections[0].lines[0]

        assert line.is_cut
        assert len(line.text) <= TEXT_SHOWN + 2
        assert line.text.endswith("words. …")

    def test_many_changes_of_one_issue_are_counted(self, world):
        issue = IssueFactory(project=world.bug, actor=world.lead)
        entries = [tell(world.developer, issue)]
        for number in range(33):
            edit_issue(actor=world.lead, issue=issue, changes={"title": canary(f"Title {number}")})
            entries.append(tell(world.developer, issue, event=newest_event(world.bug), kind=NoticeKind.ISSUE_CHANGED))

        [section] = write_letter(waiting_mail(*entries)).sections

        assert (len(section.lines), section.left_out) == (30, 4)

    @pytest.mark.parametrize(
        "evil",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "![x](https://evil.example/pixel.gif)",
            "[x](//evil.example/)",
            "<style>body{display:none}</style>",
            '<a href="x" style="position:fixed">',
        ],
    )
    def test_html_of_people_does_nothing_in_a_mail(self, world, evil):
        Issue.objects.filter(pk=world.issue("BUG-2").pk).update(title=evil)
        mail = sent(waiting_mail(comment(world, body=evil)))

        page = BeautifulSoup(html_of(mail), "html.parser")

        assert page.select("script, img, iframe, object, form, link, [onerror], [onclick]") == []
        assert [tag.name for tag in page.select("style")] == ["style"]
        assert page.select(".said [style], .said [class]") == []
        assert all(re.match(r"https?:", link["href"]) for link in page.select("a[href]"))

    def test_a_digest_is_grouped_by_project_and_issue(self, world):
        entries = [tell(world.developer, world.issue(key)) for key in ("BUG-1", "TEAM-1", "BUG-2")]
        entries.append(told_of_message(world.developer, world.lead, world.issue("BUG-1")))

        letter = write_letter(waiting_mail(*entries, channel=Channel.DIGEST))

        assert [chapter.name for chapter in letter.chapters] == [world.bug.name, world.team.name]
        assert [(part.key, len(part.lines)) for part in letter.sections] == [("BUG-1", 2), ("BUG-2", 1), ("TEAM-1", 1)]


class TestRights:
    """At the moment of sending, eight kinds of person and every project."""

    @pytest.mark.parametrize("persona", [persona for persona in PERSONAS if persona != "anonymous"])
    def test_no_mail_holds_a_foreign_marker(self, world, settings, persona):
        settings.CAN_MAIL = True
        person, marks = world.person(persona), {key: marks_of(project) for key, project in world.projects.items()}
        keys = [key for key in world.projects if key != "GONE"]
        for key in keys:
            entry = tell(person, world.issue(f"{key}-1"))
            waiting_mail(entry)
            waiting_mail(entry, channel=Channel.DIGEST, topic=f"digest-{key}")
        waiting_mail(*Entry.objects.filter(person=person), channel=Channel.DIGEST)

        send_due()

        told = "\n".join(message.message().as_string() for message in outgoing.outbox)
        bodies = told + "".join(message.body + message.alternatives[0][0] for message in outgoing.outbox)
        seen = {key for key in keys if f"{key}-1/" in bodies}
        readers = {
            "stranger": {"INNER", "OPEN"},
            "removed": {"INNER", "OPEN"},
            "deactivated": set(),
            "administrator": {"BUG", "TEAM", "INNER", "OPEN", "QZFAR", "SHELF"},
        }
        assert seen == readers.get(persona, {"BUG", "TEAM", "INNER", "OPEN", "SHELF"})
        hidden = set().union(*(marks[key] for key in set(marks) - seen))
        assert hidden & set(MARK.findall(bodies)) == set()
        assert {address for message in outgoing.outbox for address in message.recipients()} <= {person.email}

    def test_no_mail_names_the_address_of_another(self, world):
        entry = comment(world)

        mail = sent(waiting_mail(entry))

        assert set(re.findall(r"[\w.+-]+@mail\.example", mail.as_string())) == {world.developer.email}

    def test_who_was_removed_is_told_what_the_project_was_called_then(self, world):
        person = member(world.bug, "developer")
        before = world.bug.name
        remove_member(actor=world.lead, project=world.bug, person=person)
        event = newest_event(world.bug, "member.removed")
        entry = tell(person, world.bug, event=event, kind=NoticeKind.PROJECT_REMOVED, at=event.at, reasons=["member"])
        change_project(actor=world.lead, project=world.bug, changes={"name": "Secret plans"})

        mail = sent(waiting_mail(entry))

        assert mail["Subject"] == f"[{before}] {world.lead.name} removed you from the project"
        assert "Secret plans" not in text_of(mail) + html_of(mail)
        assert mail["List-Id"].startswith("<plumbline.")

    def test_an_entry_of_a_deleted_project_is_not_told(self, world):
        delivery = waiting_mail(tell(world.lead, world.issue("GONE-1")))

        with pytest.raises(Unwanted):
            write_letter(delivery)


def test_a_mail_costs_the_same_for_one_thing_and_for_three(world, assert_equal_queries):
    delivery = waiting_mail(comment(world))

    def add():
        delivery.entries.add(comment(world))

    assert_equal_queries(lambda: write_letter(Delivery.objects.select_related("person").get(pk=delivery.pk)), add)


def test_the_state_of_the_mail_is_not_changed_by_writing_it(world):
    delivery = waiting_mail(comment(world))

    with clock.at(AT):
        write_letter(delivery)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)


def test_a_title_that_reads_like_an_encoded_word_is_not_decoded_by_anybody():
    line = one_line("=?utf-8?q?=E2=80=AE?= turned")

    assert "=?" not in line


def test_an_address_that_was_only_claimed_gets_no_mail(world, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    delivery = waiting_mail(comment(world))
    delivery.person.emailaddress_set.update(verified=False)

    with pytest.raises(Unwanted, match="not confirmed"):
        write_letter(delivery)

    delivery.person.emailaddress_set.update(verified=True)
    assert write_letter(delivery).person == world.developer


def test_every_line_of_a_message_is_quoted_in_the_text(world):
    body = "hello\u2028-- \u2028No more mails: https://evil.example"

    text = text_of(sent(waiting_mail(comment(world, body=body))))

    assert "\n> No more mails" in text
