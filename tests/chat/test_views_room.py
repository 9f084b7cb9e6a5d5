"""The room's page: who reads and who writes, where it opens, and that looking changes nothing."""

import re

import pytest

from chat.models import ReadCursor
from chat.services.messages import delete_message
from chat.services.reading import mark_read
from issues.services.trash import delete_issue
from projects.services.projects import change_project
from tests.chat.talking import say, thread_of
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db


def seqs(page):
    return [int(each["data-seq"]) for each in soup(page).select(".message")]


@pytest.mark.parametrize("persona", ["lead", "developer"])
def test_who_may_write_sees_the_form(world, client_for, persona):
    page = client_for(persona).get("/BUG/chat/")

    talk = soup(page).select_one(".talk")
    assert world.message("BUG").body.replace("*", "") in words(page, ".message .md")
    assert talk.select_one("form[data-composer] textarea") is not None
    assert talk.has_attr("data-may-write")
    assert talk.has_attr("data-may-delete") == (persona == "lead")


@pytest.mark.parametrize(("persona", "place"), [("viewer", "BUG"), ("stranger", "INNER"), ("anonymous", "OPEN")])
def test_who_may_only_read_is_told_who_can_change_that(world, client_for, persona, place):
    page = client_for(persona).get(f"/{place}/chat/")

    assert words(page, ".message .md")
    assert soup(page).select("form[data-composer]") == []
    assert f"Writing messages in {place} needs the role developer or lead" in words(page, "#composer")
    assert world.lead.name in words(page, "#composer")


def test_viewers_get_the_form_where_the_project_says_so(world, client_for):
    change_project(actor=world.lead, project=world.bug, changes={"viewers_may_write": True})

    page = client_for("viewer").get("/BUG/chat/")

    assert soup(page).select_one("form[data-composer]") is not None


def test_the_setting_is_in_the_projects_form(world, client_for):
    browser = client_for("lead")
    form = {"name": "Bug", "key": "BUG", "description": "", "visibility": "private"}

    browser.post("/BUG/settings/", form | {"viewers_may_write": "on"})
    assert client_for("viewer").post("/BUG/messages/", {"body": "Now I may"}).status_code == 302

    browser.post("/BUG/settings/", form)
    assert client_for("viewer").post("/BUG/messages/", {"body": "Now I may not"}).status_code == 403


def test_an_archived_project_is_read_only(world, client_for):
    page = client_for("lead").get("/SHELF/chat/")

    assert words(page, ".message .md")
    assert "SHELF is archived" in words(page, "#composer")
    assert soup(page).select(".talk[data-may-write], form[data-composer]") == []


def test_an_empty_room_says_what_it_is_for(world, client_for):
    from tests.factories import ProjectFactory

    project = ProjectFactory(actor=world.lead)

    page = client_for("lead").get(f"/{project.key}/chat/")

    assert "Nothing was said yet" in words(page, ".talk")
    assert soup(page).select_one(".talk")["data-thread"] == "0"


def test_looking_moves_no_cursor(world, client_for):
    say(world.lead, world.bug)

    page = client_for("viewer").get("/BUG/chat/")

    assert page.status_code == 200
    assert not ReadCursor.objects.filter(person=world.viewer).exists()


def test_the_line_and_the_button_of_who_has_not_read(world, client_for):
    thread = thread_of(world.bug)
    mark_read(person=world.viewer, thread=thread, seq=1)
    say(world.lead, world.bug)
    browser = client_for("viewer")

    page = browser.get("/BUG/chat/")
    form = soup(page).select_one("form[data-mark-read]")
    assert re.fullmatch(r"New since \d\d:\d\d", words(page, "[data-unread-line]"))
    answer = browser.post(form["action"], {field["name"]: field["value"] for field in form.select("input")})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/BUG/chat/")
    assert soup(browser.get("/BUG/chat/")).select("[data-unread-line], form[data-mark-read]") == []


def test_pages_go_up_and_a_permalink_marks_its_message(world, client_for):
    for number in range(2, 121):
        say(world.lead, world.bug, f"Number {number}")
    browser = client_for("viewer")

    newest = browser.get("/BUG/chat/")
    older = browser.get("/BUG/chat/" + soup(newest).select_one("[data-older]")["href"].removeprefix("/BUG/chat/"))
    placed = browser.get("/BUG/chat/?at=60")

    assert (seqs(newest), seqs(older)) == (list(range(71, 121)), list(range(21, 71)))
    assert soup(older).select_one("[data-newer]")["href"] == "/BUG/chat/?after=70"
    assert [each["data-seq"] for each in soup(placed).select(".is-marked")] == ["60"]
    fragment = browser.get(f"/BUG/threads/{thread_of(world.bug).pk}/messages/?before=71", htmx=True)
    assert str(soup(fragment).select_one("[data-page]")) == str(soup(older).select_one("[data-page]"))


@pytest.mark.parametrize("query", ["before=x", "at=-1", "before=99999999999", "after=", "reply=999", "reply=abc"])
def test_an_address_that_makes_no_sense_shows_the_newest(world, client_for, query):
    page = client_for("viewer").get(f"/BUG/chat/?{query}")

    assert (page.status_code, seqs(page)) == (200, [1])


def test_the_address_may_ask_for_an_answer(world, client_for):
    message = world.message("BUG")

    page = client_for("developer").get(f"/BUG/chat/?at=1&reply={message.pk}")

    assert soup(page).select_one("[name=reply_to]")["value"] == str(message.pk)
    assert world.lead.name in words(page, "[data-replying]")


def test_a_message_of_another_thread_cannot_be_asked_to_be_answered(world, client_for):
    page = client_for("developer").get(f"/BUG/chat/?reply={world.message('TEAM').pk}")

    assert soup(page).select_one("[name=reply_to]")["value"] == ""


def test_issues_of_the_talk_stand_beside_it(world, client_for):
    say(world.lead, world.bug, "BUG-5 and BUG-2, BUG-5 and BUG-999")

    page = client_for("viewer").get("/BUG/chat/")

    assert [each.text for each in soup(page).select(".room-side .key")] == ["BUG-5", "BUG-2"]
    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))
    assert [each.text for each in soup(client_for("viewer").get("/BUG/chat/")).select(".room-side .key")] == ["BUG-2"]


def test_a_deleted_message_leaves_a_tombstone_and_no_word(world, client_for):
    message = say(world.developer, world.bug, "zzsecret")
    say(world.lead, world.bug, "An answer", reply_to=message)
    delete_message(actor=world.lead, message=message)
    browser = client_for("viewer")

    pages = [browser.get(path) for path in ("/BUG/chat/", f"/BUG/messages/{message.pk}/versions/", "/BUG/activity/")]

    assert f"{world.lead.name} deleted this message." in words(pages[0], f"#message-{message.pk}")
    assert "deleted message" in words(pages[0], ".quote")
    assert soup(pages[0]).select_one(f"#message-{message.pk} .tools") is None
    assert all(b"zzsecret" not in page.content for page in pages)


def test_a_former_key_leads_on(world, client_for):
    change_project(actor=world.lead, project=world.bug, changes={"key": "WASBUG"})

    answer = client_for("viewer").get("/BUG/chat/?at=1")

    assert (answer.status_code, answer.headers["Location"]) == (301, "/WASBUG/chat/?at=1")


def test_a_page_costs_the_same_for_one_and_for_many_messages(world, client_for, assert_equal_queries):
    browser = client_for("viewer")
    say(world.lead, world.bug, f"@{world.developer.username} BUG-5 OPEN-1")

    def add():
        say(world.developer, world.bug, f"@{world.lead.username} BUG-2 INNER-1 TEAM-1")

    assert_equal_queries(lambda: browser.get("/BUG/chat/"), add)
