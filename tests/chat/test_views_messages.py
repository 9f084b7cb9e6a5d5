"""Sending, editing, deleting and reacting over HTTP: every persona, with scripts and without."""

import uuid

import pytest

from chat.enums import ROOM_LENGTH
from chat.models import Message
from chat.queries import room_of
from chat.services.messages import edit_message
from chat.services.reactions import react
from chat.views import messages as views
from issues.services.frommessage import create_issue_from_message
from issues.services.trash import delete_issue
from projects.models import Project
from tests.chat.talking import again, say, thread_of
from tests.factories import ProjectFactory
from tests.issues.records import fingerprint
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db

# What the policy answers when a person posts, edits or deletes in BUG.
REFUSED = {"viewer": 403, "stranger": 404, "removed": 404, "anonymous": 302, "deactivated": 302}


def item(page, message):
    return str(soup(page).select_one(f"#message-{message.pk}"))


def newest():
    return Message.objects.latest("pk")


@pytest.mark.parametrize("persona", ["lead", "developer"])
def test_a_plain_form_is_led_to_its_message(world, client_for, persona):
    answer = client_for(persona).post("/BUG/messages/", {"body": "Hello", "client_id": str(uuid.uuid4())})

    message = newest()
    assert (message.body, message.author, message.thread) == ("Hello", world.person(persona), thread_of(world.bug))
    assert answer.headers["Location"] == f"/BUG/chat/?at=2#message-{message.pk}"


def test_a_script_gets_the_item_of_a_fresh_page_and_an_empty_form(world, client_for):
    browser = client_for("developer")
    key = str(uuid.uuid4())

    answer = browser.post("/BUG/messages/", {"body": "Hello BUG-5", "client_id": key}, htmx=True)

    form = soup(answer).select_one("form#composer[hx-swap-oob]")
    assert answer.status_code == 200
    assert item(answer, newest()) == item(browser.get("/BUG/chat/"), newest())
    assert form.select_one("textarea").text.strip() == ""
    assert form.select_one("[name=client_id]")["value"] != key
    assert '"message-sent"' in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("htmx", [False, True])
def test_sending_twice_is_sending_once(world, client_for, htmx):
    browser, key = client_for("developer"), str(uuid.uuid4())
    first = browser.post("/BUG/messages/", {"body": "Once", "client_id": key}, htmx=htmx)
    before = fingerprint()

    second = browser.post("/BUG/messages/", {"body": "Once", "client_id": key}, htmx=htmx)

    assert (first.status_code, first.headers.get("Location")) == (second.status_code, second.headers.get("Location"))
    assert fingerprint() == before


@pytest.mark.parametrize(("persona", "status"), REFUSED.items())
@pytest.mark.parametrize("htmx", [False, True])
def test_others_write_nothing(world, client_for, persona, status, htmx):
    message, browser, before = world.message("BUG"), client_for(persona), fingerprint()

    for path, body in (
        ("/BUG/messages/", {"body": "Hello"}),
        (f"/BUG/messages/{message.pk}/edit/", {"body": "Hello"}),
        (f"/BUG/messages/{message.pk}/delete/", {}),
        (f"/BUG/messages/{message.pk}/react/", {"emoji": "👍"}),
    ):
        assert browser.post(path, body, htmx=htmx).status_code == status

    assert fingerprint() == before


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"body": " "}, "Write something first"),
        ({"body": "x" * (ROOM_LENGTH + 1)}, "That is 8193 characters; a message here may have 8192"),
    ],
)
def test_a_refused_text_comes_back_in_the_form(world, client_for, fields, reason):
    browser, before = client_for("developer"), fingerprint()

    plain = browser.post("/BUG/messages/", fields)
    toast = browser.post("/BUG/messages/", fields, htmx=True)

    assert (plain.status_code, toast.status_code) == (422, 422)
    assert reason in words(plain, "#composer-error")
    assert soup(plain).select_one("#composer-text").text == "\n" + fields["body"]
    assert reason in words(toast, ".toast")
    assert toast.headers["HX-Retarget"] == "#toasts"
    assert fingerprint() == before


def test_a_refused_form_can_be_sent_again(world, client_for):
    browser, key = client_for("developer"), str(uuid.uuid4())
    browser.post("/BUG/messages/", {"body": "One", "client_id": key})

    refused = browser.post("/BUG/messages/", {"body": "Two", "client_id": key})
    form = soup(refused).select_one("#composer")
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    answer = browser.post(form["action"], sent | {"body": form.select_one("textarea").text.strip()})

    assert (refused.status_code, answer.status_code) == (422, 302)
    assert newest().body == "Two"


def test_a_message_goes_to_an_issue_by_its_number(world, client_for):
    browser = client_for("developer")

    first = browser.post("/BUG/messages/", {"body": "On one without talk", "issue": "1"})
    second = browser.post("/BUG/messages/", {"body": "Answer", "thread": newest().thread_id, "reply_to": newest().pk})

    assert first.headers["Location"] == f"/BUG-1/?message=1#message-{newest().reply_to_id}"
    assert second.headers["Location"] == f"/BUG-1/?message=2#message-{newest().pk}"


@pytest.mark.parametrize("fields", [{"issue": "999"}, {"issue": "7"}, {"thread": "999999"}, {"reply_to": "999999"}])
def test_what_is_not_there_is_not_found(world, client_for, fields):
    browser = client_for("lead")
    before = fingerprint()

    answer = browser.post("/BUG/messages/", {"body": "Hello", **fields})

    assert answer.status_code == 404
    assert fingerprint() == before


@pytest.mark.parametrize("fields", [{"thread": "TEAM"}, {"reply_to": "TEAM"}, {"reply_to": "QZFAR"}])
def test_parts_of_another_project_are_not_found(world, client_for, fields):
    field, key = next(iter(fields.items()))
    message = world.message(key)
    value = message.thread_id if field == "thread" else message.pk

    assert client_for("lead").post("/BUG/messages/", {"body": "Hello", field: value}).status_code == 404


@pytest.mark.parametrize("fields", [{"issue": "x"}, {"thread": "-1"}, {"reply_to": "1e9"}])
def test_a_form_that_makes_no_sense_is_refused(world, client_for, fields):
    assert client_for("lead").post("/BUG/messages/", {"body": "Hello", **fields}).status_code == 422


def test_a_client_id_that_is_none_counts_as_none(world, client_for):
    assert client_for("lead").post("/BUG/messages/", {"body": "Hello", "client_id": "x"}).status_code == 302


def test_messages_of_an_issue_in_the_trash_are_gone(world, client_for):
    message = world.message("BUG-5")
    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))

    for path in ("", "menu/", "versions/", "edit/"):
        assert client_for("lead").get(f"/BUG/messages/{message.pk}/{path}").status_code == 404
    for path in (f"/BUG/threads/{message.thread_id}/messages/", f"/BUG/threads/{message.thread_id}/people/"):
        assert client_for("lead").get(path).status_code == 404


def test_the_author_edits_and_the_page_shows_it(world, client_for):
    message, browser = say(world.developer, world.bug, "Before"), client_for("developer")
    form = soup(browser.get(f"/BUG/messages/{message.pk}/edit/", htmx=True)).select_one("form")

    fields = {"body": "After", "version": form.select_one("[name=version]")["value"]}
    answer = browser.post(form["action"], fields, htmx=True)

    assert again(message).body == "After"
    assert item(answer, message) == item(browser.get("/BUG/chat/"), message)
    assert "edited" in words(answer, ".edited")
    plain = browser.post(form["action"], {"body": "At last"})
    assert plain.headers["Location"] == f"/BUG/chat/?at=2#message-{message.pk}"


@pytest.mark.parametrize("htmx", [False, True])
def test_an_edit_that_clashes_keeps_the_words(world, client_for, htmx):
    message = say(world.developer, world.bug, "Before")
    edit_message(actor=world.developer, message=message, body="Elsewhere")

    answer = client_for("developer").post(
        f"/BUG/messages/{message.pk}/edit/", {"body": "Mine", "version": "1"}, htmx=htmx
    )

    assert answer.status_code == 409
    assert "You changed this message elsewhere" in words(answer, "[role=alert]")
    assert soup(answer).select_one("textarea").text == "\nMine"
    assert soup(answer).select_one("[name=version]")["value"] == "2"
    assert [str(each) for each in soup(answer).select(".diff > *")] == ["<del>Elsewhere</del>", "<ins>Mine</ins>"]


def test_a_clash_shows_what_was_stored_while_the_form_was_read(world, client_for, monkeypatch):
    message = say(world.developer, world.bug, "Before")
    real = views.edit_message

    def late(**values):
        edit_message(actor=world.developer, message=again(message), body="Elsewhere")
        return real(**values)

    monkeypatch.setattr(views, "edit_message", late)
    answer = client_for("developer").post(f"/BUG/messages/{message.pk}/edit/", {"body": "Mine", "version": "1"})

    assert [str(each) for each in soup(answer).select(".diff > *")] == ["<del>Elsewhere</del>", "<ins>Mine</ins>"]
    assert soup(answer).select_one("[name=version]")["value"] == "2"


def test_a_refused_edit_shows_no_difference(world, client_for):
    message = say(world.developer, world.bug, "Before")

    answer = client_for("developer").post(f"/BUG/messages/{message.pk}/edit/", {"body": ""})

    assert (answer.status_code, soup(answer).select(".diff")) == (422, [])


def test_no_second_issue_is_offered_while_the_first_is_in_the_trash(world, client_for):
    message = say(world.developer, world.bug)
    made = create_issue_from_message(actor=world.lead, message=message, title="Made of it")
    delete_issue(actor=world.lead, issue=made)

    shown = soup(client_for("lead").get("/BUG/chat/")).select_one(f"#message-{message.pk}")

    assert shown.select("[data-make-issue], .made") == []


@pytest.mark.parametrize("persona", ["lead", "administrator"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_leads_do_not_edit_what_others_said(world, client_for, persona, method):
    message = say(world.developer, world.bug)

    answer = getattr(client_for(persona), method)(f"/BUG/messages/{message.pk}/edit/", {"body": "Hm"})

    assert answer.status_code == 403
    assert f"Only {world.developer.name} can change this message; leads may delete it." in words(answer)


@pytest.mark.parametrize("persona", ["developer", "lead", "administrator"])
@pytest.mark.parametrize("htmx", [False, True])
def test_author_and_leads_delete(world, client_for, persona, htmx):
    message, browser = say(world.developer, world.bug, "zzgone"), client_for(persona)

    answer = browser.post(f"/BUG/messages/{message.pk}/delete/", htmx=htmx)

    page = browser.get("/BUG/chat/")
    assert b"zzgone" not in page.content
    if htmx:
        assert item(answer, message) == item(page, message)
    else:
        assert answer.headers["Location"] == f"/BUG/chat/?at=2#message-{message.pk}"


def test_a_reaction_is_on_the_page_for_everyone(world, client_for):
    message, browser = world.message("BUG"), client_for("developer")

    answer = browser.post(f"/BUG/messages/{message.pk}/react/", {"emoji": "👍"}, htmx=True)

    sign = soup(answer).select_one("[data-emoji]")
    assert (sign["data-who"], words(answer, "[data-emoji]")) == (world.developer.username, "👍 1")
    assert item(answer, message) == item(client_for("viewer").get("/BUG/chat/"), message)
    assert soup(browser.post(sign["formaction"], {"emoji": sign["value"]}, htmx=True)).select("[data-emoji]") == []


@pytest.mark.parametrize("fields", [{}, {"emoji": "🦑"}, {"emoji": "👍", "on": "maybe"}])
def test_a_reaction_that_is_none_is_refused(world, client_for, fields):
    browser = client_for("lead")
    before = fingerprint()

    assert browser.post(f"/BUG/messages/{world.message('BUG').pk}/react/", fields).status_code == 422
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("persona", "offered"),
    [
        ("lead", {"react", "issue", "delete"}),
        ("developer", {"react", "issue", "edit", "delete", "versions"}),
        ("viewer", set()),
    ],
)
def test_the_menu_offers_what_the_reader_may_do(world, client_for, persona, offered):
    message = say(world.developer, world.bug, "Before")
    if persona == "developer":
        edit_message(actor=world.developer, message=message, body="After")

    page = client_for(persona).get(f"/BUG/messages/{message.pk}/menu/", htmx=True)

    places = [
        *(link["href"] for link in soup(page).select("a[href]")),
        *(f["action"] for f in soup(page).select("form")),
    ]
    found = {place.split("/")[-2] for place in places if place.startswith(f"/BUG/messages/{message.pk}/")}
    assert found == offered
    assert words(client_for(persona).get(f"/BUG/messages/{message.pk}/menu/"), "main")


def test_one_message_alone_is_the_item_of_the_page(world, client_for):
    message, browser = world.message("BUG"), client_for("viewer")

    alone = browser.get(f"/BUG/messages/{message.pk}/", htmx=True)

    assert item(alone, message) == item(browser.get("/BUG/chat/"), message)
    assert browser.get(f"/BUG/messages/{message.pk}/").headers["Location"] == f"/BUG/chat/?at=1#message-{message.pk}"


def test_versions_show_what_was_changed(world, client_for):
    message = say(world.developer, world.bug, "One two")
    react(actor=world.lead, message=message, emoji="👍")
    edit_message(actor=world.developer, message=message, body="One three")

    page = client_for("viewer").get(f"/BUG/messages/{message.pk}/versions/")

    assert [str(each) for each in soup(page).select("del, ins")] == ["<del>two</del>", "<ins>three</ins>"]
    assert len(soup(page).select(".diff")) == 2


def test_completion_answers_names(world, client_for):
    thread = thread_of(world.bug)

    found = client_for("developer").get(f"/BUG/threads/{thread.pk}/people/?q=View").json()

    person = world.viewer
    known = {"username": person.username, "name": person.name, "initials": person.initials, "hue": person.hue}
    known |= {"picture": ""}
    assert found == {"people": [known]}


@pytest.mark.parametrize("key", ["OPEN", "INNER"])
@pytest.mark.parametrize("persona", ["stranger", "viewer"])
def test_completion_tells_members_to_writers_only(world, client_for, key, persona):
    thread = thread_of(Project.objects.get(key=key))

    for pk in (thread.pk or 0, 0):
        response = client_for(persona).get(f"/{key}/threads/{pk}/people/?q={world.developer.username}")
        assert response.status_code == 403
        assert world.developer.username not in response.content.decode()


def test_completion_works_where_nothing_was_said(world, client_for):
    project = ProjectFactory(actor=world.lead)
    assert room_of(project).is_new

    found = client_for("lead").get(f"/{project.key}/threads/0/people/").json()

    assert [person["username"] for person in found["people"]] == [world.lead.username]


@pytest.mark.parametrize(
    ("persona", "visible"),
    [
        ("anonymous", {"OPEN-1"}),
        ("stranger", {"OPEN-1", "INNER-1"}),
        ("viewer", {"OPEN-1", "INNER-1", "BUG-5", "TEAM-1"}),
        ("far_owner", {"OPEN-1", "INNER-1", "QZFAR-1"}),
        ("removed", {"OPEN-1", "INNER-1"}),
    ],
)
def test_refs_are_for_their_readers(world, client_for, persona, visible):
    browser = client_for(world.far_owner if persona == "far_owner" else persona)

    found = browser.get("/refs/?keys=OPEN-1,INNER-1,BUG-5,TEAM-1,QZFAR-1,BUG-7,GONE-1,NONE-1,x,,<b>").json()

    assert set(found["refs"]) == visible


def test_a_script_that_wants_json_gets_the_sentence(world, client_for):
    answer = client_for("developer").post("/BUG/messages/", {"body": ""}, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["error"]) == (422, "Write something first.")
