"""Files that are added: who is told of them and who not, and how inbox and mails say it."""

from email import message_from_bytes, policy

import pytest
from bs4 import BeautifulSoup
from django.db import transaction

from chat.queries import discussion_of, room_of
from files.enums import Place
from files.models import File
from files.services.checking import check_now
from files.services.keeping import remove_file, rename_file
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.trash import delete_issue
from notifications.dispatch import about
from notifications.enums import Channel, FollowLevel, NoticeKind, Reason
from notifications.hooks import About
from notifications.letters import write_letter
from notifications.mails import build_mail
from notifications.models import Delivery, Entry, Event
from notifications.watching import set_following, set_watching, watch_quietly
from tests.chat.talking import say
from tests.files.hung import again, draft, path_of, shown, unchecked
from tests.files.sending import picture, send, send_to
from tests.notifications.telling import decide, forget, mails, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(world):
    forget()


def of_files():
    """Return who was told of a file, as persons' ids, in the order of the events."""
    rows = Entry.objects.filter(kind=NoticeKind.FILE_ADDED).order_by("event_id", "person_id")
    return list(rows.values_list("person_id", flat=True))


def added(world):
    send_to(world.issue("BUG-2"), "a.txt")


def added_by_the_assignee(world):
    send_to(world.issue("BUG-2"), "a.txt", actor=world.developer)


def added_with_watchers(world):
    watch_quietly([world.viewer.pk, world.stranger.pk], world.issue("BUG-2").pk, Reason.WATCHING)
    send_to(world.issue("BUG-2"), "a.txt")


def added_with_a_follower(world):
    set_following(actor=world.viewer, project=world.bug, level=FollowLevel.EVERYTHING)
    send_to(world.issue("BUG-2"), "a.txt")


def added_to_what_is_muted(world):
    set_watching(actor=world.developer, issue=world.issue("BUG-2"), watching=False)
    send_to(world.issue("BUG-2"), "a.txt")


def added_and_removed(world):
    send_to(world.issue("BUG-2"), "a.txt")
    file = Event.objects.filter(kind="file.added").latest("pk").data["file"]
    remove_file(actor=world.lead, file=_file(file))


def added_and_in_the_trash(world):
    send_to(world.issue("BUG-2"), "a.txt")
    delete_issue(actor=world.lead, issue=world.issue("BUG-2"))


def _file(pk):
    return File.objects.select_related("project", "uploader").get(pk=pk)


def added_to_the_project(world):
    set_following(actor=world.developer, project=world.bug, level=FollowLevel.EVERYTHING)
    send(world.lead, world.bug, "a.txt")


def refused(world):
    send_to(world.issue("BUG-2"), "a.png", b"no picture")


def renamed(world):
    file = send_to(world.issue("BUG-2"), "a.txt")
    forget()
    rename_file(actor=world.lead, file=file, name="b.txt")


def hung_by_a_description(world):
    edit = {"description": shown(draft(world.lead, world.bug, "a.png"))}
    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes=edit)


def checked_after_the_description(world):
    file = unchecked(world.lead, world.bug, "a.txt")
    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"description": shown(file)})
    forget()
    check_now(again(file))


def sent_with_a_message(world):
    file = draft(world.lead, world.bug)
    say(world.lead, world.issue("BUG-2"), "Look", files=[file.uuid])


def checked_after_the_message(world):
    file = unchecked(world.lead, world.bug)
    say(world.lead, world.issue("BUG-2"), "Look", files=[file.uuid])
    forget()
    check_now(again(file))


def kept_as_a_draft(world):
    draft(world.lead, world.bug)


ASSIGNED = {"developer": ("file_added", ["assigned"])}
TABLE = [
    (added, ASSIGNED),
    (added_by_the_assignee, {"lead": ("file_added", ["reported"])}),
    (added_with_watchers, ASSIGNED | {"viewer": ("file_added", ["watching"])}),
    (added_with_a_follower, ASSIGNED | {"viewer": ("file_added", ["following"])}),
    (added_to_what_is_muted, {}),
    (added_and_removed, {}),
    (added_and_in_the_trash, {}),
    (added_to_the_project, {}),
    (refused, {}),
    (renamed, {}),
    (hung_by_a_description, ASSIGNED),
    (checked_after_the_description, ASSIGNED),
    (sent_with_a_message, {"developer": ("commented", ["assigned"])}),
    (checked_after_the_message, {}),
    (kept_as_a_draft, {}),
]


@pytest.mark.parametrize(("act", "expected"), TABLE, ids=[act.__name__ for act, _expected in TABLE])
def test_who_is_told_of_a_file(world, act, expected):
    act(world)

    decide()

    assert told(world) == expected
    assert len(of_files()) == sum(1 for kind, _reasons in expected.values() if kind == "file_added")


def test_nobody_is_told_of_a_file_that_was_rolled_back(world):
    def save_and_fail():
        with transaction.atomic():
            hung_by_a_description(world)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_and_fail()

    assert (decide(), of_files()) == (0, [])


def test_a_new_issue_tells_of_itself_and_of_its_files(world):
    set_following(actor=world.viewer, project=world.bug, level=FollowLevel.EVERYTHING)

    create_issue(actor=world.lead, project=world.bug, title="New", description=shown(draft(world.lead, world.bug)))
    decide()

    rows = Entry.objects.filter(person=world.viewer).order_by("event_id").values_list("kind", flat=True)
    assert list(rows) == ["issue_created", "file_added"]


def test_several_files_are_one_thing_and_one_mail(world):
    for name in ("a.txt", "b.txt", "c.txt"):
        send_to(world.issue("BUG-2"), name)

    decide()

    assert of_files() == [world.developer.pk] * 3
    assert mails(world.developer) == [(Channel.DIGEST, "digest", 3)]


@pytest.mark.parametrize("place", ["issue", "room", "project"])
def test_what_an_event_of_a_file_is_about(world, place):
    issue = world.issue("BUG-2")
    file = send_to(issue, "a.txt") if place == "issue" else send(world.lead, world.bug, "a.txt", place=_place(place))
    if place == "room":
        say(world.lead, world.bug, "Look", files=[file.uuid])
    rename_file(actor=world.lead, file=again(file), name="b.txt")

    event = Event.objects.select_related("stream").filter(kind="file.renamed").latest("pk")

    subjects = {"issue": f"issue:{issue.pk}", "room": f"room:{world.bug.pk}", "project": f"file:{file.pk}"}
    assert event.subject == subjects[place]
    assert about(event) == About(world.bug.pk, issue.pk if place == "issue" else None)


def _place(place):
    return Place.DRAFT if place == "room" else Place.PROJECT


# --- How it is said ---


def inbox(client):
    return BeautifulSoup(client.get("/inbox/?open=" + str(_thing())).content, "html.parser")


def _thing():
    entry = Entry.objects.latest("event_id", "pk")
    return f"issue:{entry.issue_id}" if entry.issue_id else f"project:{entry.project_id}"


def test_the_inbox_names_the_file_and_links_to_it(world, client_for):
    file = send_to(world.issue("BUG-2"), "a <b>.txt")
    decide()

    page = inbox(client_for("developer"))

    line = f"{world.lead.name} added a <b>.txt"
    assert line in " ".join(page.select_one("#things li").get_text(" ").split())
    assert [link["href"] for link in page.select(".stream a") if "files" in link["href"]] == [f"{path_of(file)}view/"]


def test_the_inbox_says_how_many_files_a_message_without_a_text_has(world, client_for):
    files = [draft(world.lead, world.bug, name) for name in ("a.txt", "b.txt")]
    say(world.lead, world.issue("BUG-2"), "", files=[file.uuid for file in files])
    decide()

    page = inbox(client_for("developer"))

    assert f"{world.lead.name}: 2 files" in " ".join(page.select_one("#things li").get_text(" ").split())
    links = [(link.get_text(), link["href"]) for link in page.select(".stream .say a")]
    assert links == [("a.txt", f"{path_of(files[0])}view/"), ("b.txt", f"{path_of(files[1])}view/")]


def letter():
    """Return the parts of the mail that would tell of everything that was decided, as text and as HTML."""
    delivery = Delivery.objects.latest("pk")
    mail = message_from_bytes(build_mail(write_letter(delivery)).message().as_bytes(), policy=policy.default)
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def test_a_mail_names_the_file_and_leads_to_it(world, settings):
    file = send_to(world.issue("BUG-2"), "a.txt")
    decide()

    text, html = letter()

    address = f"{settings.SITE_URL.rstrip('/')}/BUG-2/#file-{file.uuid}"
    assert f"{world.lead.name} added a.txt" in text
    assert (address in text, address in html) == (True, True)


@pytest.mark.parametrize("where", ["BUG-2", "BUG"])
def test_a_mail_links_files_and_pictures_of_a_message_and_shows_none(world, settings, where):
    set_following(actor=world.developer, project=world.bug, level=FollowLevel.EVERYTHING)
    inside, under = draft(world.lead, world.bug, "a.png"), draft(world.lead, world.bug, "b.txt")
    place = discussion_of(world.issue(where)) if "-" in where else room_of(world.bug)
    say(world.lead, place, f"Look @{world.developer.username} {shown(inside)}", files=[under.uuid])
    decide()

    text, html = letter()

    site = settings.SITE_URL.rstrip("/")
    assert f"a.png: {site}{path_of(inside)}view/" in text
    assert f"b.txt: {site}{path_of(under)}view/" in text
    page = BeautifulSoup(html, "html.parser")
    found = [(link.get_text(), link["href"]) for link in page.select("a[href*='/files/']")]
    assert found == [("a.png", f"{site}{path_of(inside)}view/"), ("b.txt", f"{site}{path_of(under)}view/")]
    assert text.count(path_of(inside)) == 1
    assert not page.select("img[src*='files']")
    for part in (text, html):
        assert not any(word in part for word in ("X-Amz", "/screen/", "/thumb/", "incoming", settings.S3_ORIGIN))


def test_a_mail_of_a_message_of_files_alone_names_them(world, settings):
    file = draft(world.lead, world.bug, "a.png", content=picture())
    say(world.lead, world.issue("BUG-2"), "", files=[file.uuid])
    decide()

    text, html = letter()

    address = f"{settings.SITE_URL.rstrip('/')}{path_of(file)}view/"
    assert (f"a.png: {address}" in text, address in html) == (True, True)


def test_a_mail_leaves_out_files_that_were_removed(world):
    files = [draft(world.lead, world.bug, name) for name in ("a.txt", "b.txt")]
    say(world.lead, world.issue("BUG-2"), "Look", files=[file.uuid for file in files])
    decide()
    remove_file(actor=world.lead, file=again(files[0]))

    text, _html = letter()

    assert ("a.txt" in text, "b.txt" in text) == (False, True)
