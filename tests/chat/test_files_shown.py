"""Files of messages: how they stand under one, how a form sends them, and what open pages hear."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from chat.queries import message_again, messages
from chat.rendering import message_html, shown_messages
from chat.services.messages import delete_message
from files.services.checking import check_now
from files.services.keeping import remove_file, rename_file, restore_file
from issues.services.trash import delete_issue
from notifications.live.frames import Reader, frames_for
from notifications.models import Event
from projects.events import project_stream
from tests.chat.talking import head, say
from tests.files.hung import again, draft, hung, linked, path_of, shown, unchecked
from tests.issues.records import events_after
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db


def soup_of(html):
    return BeautifulSoup(html, "html.parser")


def html_of(message):
    [found] = shown_messages(message.thread, [message_again(message)])
    return str(message_html(found))


def names_under(message):
    """Return the names of the files that stand under a message."""
    [found] = shown_messages(message.thread, [message_again(message)])
    return [card.name for card in found.files]


def test_files_stand_under_their_message(world):
    files = [draft(world.developer, world.bug, name) for name in ("a.txt", "b.png")]
    message = say(world.developer, world.bug, "Look", files=[file.uuid for file in files])

    page = soup_of(html_of(message))

    assert [card["data-file"] for card in page.select("ul.files > .file")] == [str(file.uuid) for file in files]
    assert page.select_one("ul.files img")["src"] == f"{path_of(files[1])}thumb/"


def test_a_picture_that_the_text_shows_stands_there_alone(world):
    inside, under, link = (draft(world.developer, world.bug, name) for name in ("a.png", "b.png", "c.png"))
    message = say(world.developer, world.bug, f"Look {shown(inside)} {linked(link)}", files=[under.uuid])

    page = soup_of(html_of(message))

    assert names_under(message) == ["b.png", "c.png"]
    [image] = page.select(".md a.picture img")
    assert (image["src"], image["alt"]) == (f"{path_of(inside)}screen/", "a.png")


def test_a_picture_that_is_not_ready_stands_under_the_text_that_names_it(world):
    file = unchecked(world.developer, world.bug, "late.txt")
    message = say(world.developer, world.bug, shown(file))
    assert names_under(message) == ["late.txt"]
    assert "Being checked" in html_of(message)

    check_now(again(file))

    assert "Being checked" not in html_of(message)


def test_a_message_whose_files_were_removed_says_so(world):
    file = draft(world.developer, world.bug, "a.txt")
    message = say(world.developer, world.bug, "", files=[file.uuid])

    removed = remove_file(actor=world.developer, file=again(file))
    assert ("a.txt" in html_of(message), "files of this message were removed" in html_of(message)) == (False, True)
    restore_file(actor=world.developer, file=removed)
    assert ("a.txt" in html_of(message), "files of this message were removed" in html_of(message)) == (True, False)


def test_what_becomes_of_a_file_makes_its_message_look_different(world):
    file = draft(world.developer, world.bug, "a.txt")
    message = say(world.developer, world.bug, "Look", files=[file.uuid])
    before = html_of(message)

    rename_file(actor=world.developer, file=again(file), name="other.txt")

    assert ("a.txt" in before, "a.txt" in html_of(message), "other.txt" in html_of(message)) == (True, False, True)


def test_an_answer_to_files_alone_quotes_their_number(world):
    files = [draft(world.developer, world.bug, f"{place}.txt").uuid for place in range(2)]
    first = say(world.developer, world.bug, "", files=files)

    answer = say(world.lead, world.bug, "Thanks", reply_to=first)

    assert soup_of(html_of(answer)).select_one(".quote .cut").get_text() == "2 files"


def test_an_answer_to_a_picture_quotes_its_name(world):
    first = say(world.developer, world.bug, shown(draft(world.developer, world.bug, "cabin plan.png")))

    answer = say(world.lead, world.bug, "Thanks", reply_to=first)

    assert soup_of(html_of(answer)).select_one(".quote .cut").get_text() == "cabin plan.png"


def test_a_deleted_message_shows_no_file(world):
    file = draft(world.developer, world.bug, "a.txt")
    message = say(world.developer, world.bug, "Look", files=[file.uuid])

    delete_message(actor=world.developer, message=message)

    assert "a.txt" not in html_of(message)


def test_files_cost_no_statement_each(world, assert_equal_queries):
    def add():
        say(world.developer, world.bug, shown(draft(world.developer, world.bug, "a.png")))
        files = [draft(world.developer, world.bug, f"{place}.txt").uuid for place in range(2)]
        say(world.developer, world.issue("BUG-5"), "Look", files=files)

    def read():
        for place in (world.message("BUG").thread, world.message("BUG-5").thread):
            shown_messages(place, list(messages().filter(thread=place)))

    add()
    assert_equal_queries(read, add)


def test_messages_without_files_ask_for_none(world, django_assert_num_queries):
    message = say(world.developer, world.bug, "Look")
    with django_assert_num_queries(2):
        found = list(messages().filter(pk=message.pk))
    removed, kept = (draft(world.developer, world.bug, name) for name in ("a.txt", "b.txt"))
    sent = say(world.developer, world.bug, "And here", files=[removed.uuid, kept.uuid])
    remove_file(actor=world.developer, file=again(removed))

    with django_assert_num_queries(3):
        both = list(messages().filter(pk__in=[message.pk, sent.pk]).order_by("pk"))
        files = [list(each.files.all()) for each in both if each.file_count]

    assert (found, both, files) == ([message], [message, sent], [[kept]])


@pytest.mark.parametrize("htmx", [False, True])
def test_a_form_sends_files(world, client_for, htmx):
    files = [draft(world.developer, world.bug, name) for name in ("a.txt", "b.txt")]
    sent = {"body": "", "files": [str(file.uuid) for file in files]}

    answer = client_for("developer").post("/BUG/messages/", sent, htmx=htmx)

    message = messages().latest("pk")
    assert (answer.status_code, names_under(message)) == (200 if htmx else 302, ["a.txt", "b.txt"])
    if htmx:
        assert len(soup(answer).select(f"#message-{message.pk} .file")) == 2


def test_a_refused_form_brings_text_and_files_back(world, client_for):
    good, gone = draft(world.developer, world.bug, "a.txt"), uuid.uuid4()

    answer = client_for("developer").post("/BUG/messages/", {"body": "Mine", "files": [str(good.uuid), str(gone)]})

    form = soup(answer).select_one("#composer")
    assert (answer.status_code, form.select_one("textarea").get_text().strip()) == (422, "Mine")
    assert "Take out number 2" in form.select_one(".errors").get_text()
    assert [(box["value"], box.has_attr("checked")) for box in form.select("[data-tray] input[name=files]")] == [
        (str(good.uuid), True)
    ]
    assert "a.txt" in form.select_one("[data-tray]").get_text()


def test_a_refused_form_shows_no_file_of_anyone_else(world, client_for):
    theirs = draft(world.lead, world.bug, "secret.txt")

    answer = client_for("developer").post("/BUG/messages/", {"body": "Mine", "files": [str(theirs.uuid)]})

    assert (answer.status_code, "secret" in answer.content.decode()) == (422, False)


@pytest.mark.parametrize("value", ["x", "", "0" * 32, "../../etc/passwd"])
def test_what_is_no_file_is_gone(world, client_for, value):
    answer = client_for("developer").post("/BUG/messages/", {"body": "Mine", "files": [value]}, htmx=True)

    assert (answer.status_code, "Take out number 1" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(("persona", "status"), [("viewer", 403), ("stranger", 404), ("removed", 404)])
def test_files_open_no_way_around_the_rights(world, client_for, persona, status):
    file = draft(world.developer, world.bug)

    answer = client_for(persona).post("/BUG/messages/", {"body": "", "files": [str(file.uuid)]})

    assert (answer.status_code, hung(file)[0]) == (status, "draft")


def test_the_composer_takes_files_only_where_one_may_write(world, client_for):
    assert soup(client_for("developer").get("/BUG/chat/")).select_one(
        "form[data-files='/BUG/files/start/'] [data-tray]"
    )
    assert not soup(client_for("viewer").get("/BUG/chat/")).select("[data-files], [data-drop], [data-pick]")


def frames_since(world, seq, thread=0):
    rows = Event.objects.filter(stream__name=project_stream(world.bug.pk), seq__gt=seq).order_by("seq")
    reader = Reader(language="en", zone="UTC", today=timezone.localdate(), view="room", thread=thread)
    return frames_for(list(rows.select_related("actor")), reader)


def test_open_pages_hear_when_a_file_of_a_message_was_checked(world):
    file = unchecked(world.developer, world.bug)
    message, before = say(world.developer, world.bug, "Look", files=[file.uuid]), head(world.bug)

    check_now(again(file))

    frame, _files = frames_since(world, before, message.thread_id)
    assert (frame["k"], frame["id"], frame["html"]) == ("message-changed", message.pk, html_of(message))
    assert [kind for kind, *_rest in events_after(world.bug, before)] == ["file.checked"]


@pytest.mark.parametrize("place", ["BUG", "BUG-5"])
def test_open_pages_hear_of_a_file_that_is_renamed_removed_and_restored(world, place):
    file = draft(world.developer, world.bug)
    where = world.issue(place) if "-" in place else world.bug
    message, before = say(world.developer, where, "Look", files=[file.uuid]), head(world.bug)

    file = rename_file(actor=world.developer, file=again(file), name="other.txt")
    file = restore_file(actor=world.developer, file=remove_file(actor=world.developer, file=file))

    frames = frames_since(world, before, message.thread_id)
    changed = [frame for frame in frames if frame["k"] == "message-changed"]
    assert [(frame["id"], frame["html"]) for frame in changed] == [(message.pk, html_of(message))]
    issue = place if "-" in place else None
    assert [frame for frame in frames if frame not in changed] == [{"k": "files", "issue": issue}]


def test_no_frame_tells_of_a_message_whose_issue_is_in_the_trash(world):
    file, issue = draft(world.developer, world.bug), world.issue("BUG-5")
    message, before = say(world.developer, issue, "Look", files=[file.uuid]), head(world.bug)
    rename_file(actor=world.developer, file=again(file), name="other.txt")
    delete_issue(actor=world.lead, issue=issue)

    assert not [frame for frame in frames_since(world, before, message.thread_id) if frame.get("id") == message.pk]
