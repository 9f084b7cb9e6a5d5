"""Conversations over the API: reading in both directions, saying, changing, taking back, signs, files and issues."""

import uuid

import pytest

from chat.enums import REACTIONS
from chat.models import Message, ReadCursor
from chat.services.messages import delete_message
from issues.models import Issue
from projects.services.projects import change_project
from tests.api.calling import data, error, everyone, script_of, statuses
from tests.chat.talking import say
from tests.files.sending import send
from tests.issues.records import fingerprint

pytestmark = pytest.mark.django_db
ROOM, TALK, FAR, OPEN = (
    "/projects/BUG/messages", "/projects/BUG/issues/5/messages", "/projects/QZFAR/messages", "/projects/OPEN/messages"
)  # fmt: skip
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
WRITERS = {"developer": 201, "lead": 201, "administrator": 201}
SIGN = next(iter(REACTIONS))


def test_reading_is_for_those_who_may_read_the_project(world):
    one = f"{ROOM}/{world.message('BUG').pk}"

    found = [
        statuses(world, lambda script, path=path: script.get(path))
        for path in (ROOM, TALK, one, f"{one}/versions", FAR, OPEN)
    ]

    private = everyone(404, **MEMBERS)
    assert found == [private, private, private, private, everyone(404, administrator=200), everyone(200)]


@pytest.mark.parametrize("path", [ROOM, TALK])
def test_saying_is_for_those_who_may_write(world, path):
    found = statuses(world, lambda script: script.post(path, {"body": "Said"}))

    assert found == everyone(404, anonymous=401, viewer=403, **WRITERS)


def test_viewers_may_write_where_the_project_lets_them(world):
    change_project(actor=world.lead, project=world.bug, changes={"viewers_may_write": True})

    assert (
        data(script_of(world, "viewer").post(ROOM, {"body": "Said"}), 201)["author"]["username"]
        == world.viewer.username
    )


def test_saying_in_a_public_project_is_refused_by_the_rule(world):
    assert statuses(world, lambda script: script.post(OPEN, {"body": "x"})) == everyone(403, anonymous=401, **WRITERS)


@pytest.mark.parametrize("path", [ROOM, TALK])
def test_conversation_is_read_in_both_directions(world, path):
    place = world.bug if path == ROOM else world.issue("BUG-5")
    for number in range(2, 8):
        say(world.lead, place, f"Number {number}")
    script = script_of(world, "viewer")

    newest = data(script.get(f"{path}?limit=3"))
    older = data(script.get(f"{path}?limit=3&before={newest['older']}"))
    newer = data(script.get(f"{path}?limit=3&after={older['items'][-1]['seq']}"))
    around = data(script.get(f"{path}?limit=4&around=4"))
    first = data(script.get(f"{path}?limit=2&after=0"))

    assert [message["seq"] for message in newest["items"]] == [5, 6, 7]
    assert (newest["older"], newest["newer"], newest["seq"], newest["read"]) == (5, None, 7, 0)
    assert [message["seq"] for message in older["items"]] == [2, 3, 4]
    assert newer["items"] == newest["items"]
    assert [message["seq"] for message in around["items"]] == [2, 3, 4, 5, 6, 7][: len(around["items"])]
    assert [message["seq"] for message in first["items"]] == [1, 2]


@pytest.mark.parametrize(
    "query", ["before=x", "before=1&after=1", "limit=0", "limit=101", "at=1", "author__password=x", "sort=pk"]
)
def test_nothing_but_the_known_words_can_be_asked(world, query):
    assert error(script_of(world, "viewer").get(f"{ROOM}?{query}"), 422)["message"]


def test_message_tells_all_that_the_page_shows(world):
    script = script_of(world, "developer")
    asked = data(script.post(TALK, {"body": f"See BUG-1, @{world.lead.username}"}), 201)
    data(script_of(world, "lead").put(f"{ROOM}/{asked['id']}/reactions", {"emoji": SIGN}))

    answer = data(script_of(world, "lead").post(TALK, {"body": "Seen", "reply_to": asked["id"]}), 201)
    again = data(script.get(f"{ROOM}/{asked['id']}"))

    assert (asked["issue"], asked["mentions"], asked["seq"], asked["version"]) == ("BUG-5", [world.lead.username], 2, 1)
    assert (answer["reply_to"]["id"], answer["reply_to"]["author"]["username"]) == (
        asked["id"],
        world.developer.username,
    )
    assert again["reactions"] == [{"emoji": SIGN, "people": [world.lead.username]}]


def test_message_sent_twice_is_said_once(world):
    script, client_id = script_of(world, "developer"), str(uuid.uuid4())

    first, second = (data(script.post(ROOM, {"body": "Once", "client_id": client_id}), 201) for _turn in range(2))

    assert first == second
    assert Message.objects.filter(body="Once").count() == 1
    assert error(script.post(ROOM, {"body": "Otherwise", "client_id": client_id}), 422)["code"] == "key_reused"


def test_files_go_with_a_message(world):
    file = send(world.developer, world.bug, "trace.txt", b"what it says", place="draft")
    foreign = send(world.lead, world.bug, "mine.txt", b"what it says", place="draft")

    told = data(script_of(world, "developer").post(TALK, {"files": [str(file.uuid)]}), 201)

    assert [(each["uuid"], each["name"]) for each in told["files"]] == [(str(file.uuid), "trace.txt")]
    assert error(script_of(world, "developer").post(TALK, {"body": "x", "files": [str(foreign.uuid)]}), 422)["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"body": ""}, {"body": "  "}, {"body": "x" * 9000}, {"body": ["x"]}, {"body": "x", "reply_to": "y"},
        {"body": "x", "files": ["y"]}, {"body": "x", "client_id": "y"}, {"body": "x", "author": 1},
        {"body": "x", "seq": 1}, {"body": "x", "thread": 1}, {"body": "x", "at": "2020-01-01"},
        {"body": "x", "made_issue": 1}, {"body": "x", "id": 1},
    ],
)  # fmt: skip
def test_wrong_message_is_refused(world, wrong):
    before = fingerprint()

    assert error(script_of(world, "developer").post(ROOM, wrong), 422)["message"]
    assert fingerprint() == before


def test_answer_to_a_foreign_message_is_like_one_to_none(world):
    script, body = script_of(world, "developer"), {"body": "x"}

    found = [script.post(ROOM, body | {"reply_to": pk}).content for pk in (world.message("QZFAR").pk, 10**9)]

    assert found[0] == found[1]
    assert error(script.post(ROOM, body | {"reply_to": world.message("BUG-5").pk}), 422)["code"] == "reply_elsewhere"


def test_only_its_author_changes_a_message(world):
    path = f"{ROOM}/{world.message('BUG').pk}"

    found = statuses(world, lambda script: script.patch(path, {"body": "Otherwise", "version": 2}))

    assert found == everyone(404, anonymous=401, viewer=403, developer=403, lead=200, administrator=403)


def test_message_is_changed_over_its_version(world):
    script = script_of(world, "lead")
    path = f"{ROOM}/{world.message('BUG').pk}"
    told = data(script.patch(path, {"body": "Third"}, If_Match='"2"'))

    clash = error(script.patch(path, {"body": "Fourth", "version": 1}), 409)

    assert (told["body"], told["version"], told["is_edited"]) == ("Third", 3, True)
    assert clash["details"] == {"version": 3, "body": {"theirs": "Third", "yours": "Fourth"}}
    texts = [each["body"] for each in data(script.get(f"{path}/versions"))]
    assert (texts[0], len(texts)) == ("Third", 3)
    assert list(error(script.patch(path, {"body": "Fourth"}), 422)["fields"]) == ["version"]
    assert error(script.patch(path, {"body": "x", "version": 3, "author": 1}), 422)["fields"]


def test_author_and_leads_delete_a_message(world):
    said = say(world.developer, world.bug, "Taken back")
    path = f"{ROOM}/{said.pk}"

    refused = error(script_of(world, "viewer").delete(path), 403)
    told = data(script_of(world, "developer").delete(path))

    assert refused["code"] == "permission"
    assert (told["body"], told["deleted_by"]["username"]) == ("", world.developer.username)
    assert data(script_of(world, "lead").delete(path)) == told
    assert data(script_of(world, "lead").delete(f"{ROOM}/{world.message('BUG').pk}"))["deleted_by"]
    assert script_of(world, "stranger").delete(path).status_code == 404
    assert data(script_of(world, "lead").get(f"{path}/versions")) == []


def test_sign_is_put_and_taken_away(world):
    script, path = script_of(world, "developer"), f"{ROOM}/{world.message('BUG').pk}/reactions"

    on, still, off = (data(script.put(path, {"emoji": SIGN, "on": on}))["reactions"] for on in (True, True, False))

    assert on == still == [{"emoji": SIGN, "people": [world.developer.username]}]
    assert off == []
    assert error(script.put(path, {"emoji": "x"}), 422)["code"] == "reaction"
    found = statuses(world, lambda script: script.put(path, {"emoji": SIGN}))
    assert found == everyone(404, anonymous=401, viewer=403, developer=200, lead=200, administrator=200)


def test_conversation_is_marked_as_read(world):
    script = script_of(world, "viewer")

    told = [data(script.put("/projects/BUG/read", {"seq": seq}))["read"] for seq in (0, 99, 0)]

    assert told == [0, 1, 1]
    assert ReadCursor.objects.get(person=world.viewer, thread=world.message("BUG").thread).seq == 1
    assert data(script.put("/projects/BUG/issues/5/read", {"seq": 1})) == {"read": 1}
    assert data(script.put("/projects/BUG/issues/1/read", {"seq": 1})) == {"read": 0}
    found = statuses(world, lambda script: script.put("/projects/BUG/read", {"seq": 1}))
    assert found == everyone(404, anonymous=401, **MEMBERS)


def test_issue_is_made_of_a_message(world):
    said = world.message("BUG")
    path = f"{ROOM}/{said.pk}/issue"

    made = data(script_of(world, "developer").post(path, {"type": "bug", "assignee": "me"}), 201)

    issue = Issue.objects.get(project=world.bug, number=made["number"])
    assert made["title"] == said.body.replace("*", "")
    assert said.body in issue.description
    assert data(script_of(world, "developer").get(f"{ROOM}/{said.pk}"))["made_issue"] == made["key"]
    assert error(script_of(world, "lead").post(path), 422)["code"] == "made_already"
    other = f"{ROOM}/{world.message('BUG-5').pk}/issue"
    found = statuses(world, lambda script: script.post(other, {"title": "x", "rank": "a"}))
    assert found == everyone(422, anonymous=401)
    assert error(script_of(world, "viewer").post(other), 403)["code"] == "permission"
    assert script_of(world, "stranger").post(other).status_code == 404


def test_parent_and_child_must_belong_together(world):
    script = script_of(world, "lead")

    found = [
        script.get(f"/projects/TEAM/messages/{world.message('BUG').pk}").status_code,
        script.get(f"/projects/BUG/messages/{world.message('QZFAR').pk}").status_code,
        script.patch(f"/projects/TEAM/messages/{world.message('BUG').pk}", {"body": "x", "version": 2}).status_code,
        script.delete(f"/projects/TEAM/messages/{world.message('BUG').pk}").status_code,
        script.get("/projects/BUG/issues/7/messages").status_code,
    ]

    assert found == [404] * 5


def test_conversation_costs_the_same_for_many(world, assert_equal_queries):
    script = script_of(world, "viewer")
    say(world.lead, world.bug, f"See BUG-1, @{world.viewer.username}")

    assert_equal_queries(lambda: script.get(ROOM), lambda: say(world.lead, world.bug, "See BUG-2"))


def test_deleted_message_tells_nothing_of_its_text(world):
    said = say(world.lead, world.bug, "cnrysecretq")
    delete_message(actor=world.lead, message=said)

    assert "cnrysecretq" not in script_of(world, "viewer").get(ROOM).content.decode()


def test_saying_has_a_limit(world):
    script = script_of(world, "developer")

    found = [script.post(ROOM, {"body": f"Number {number}"}).status_code for number in range(21)]

    assert (found.count(201), found[-1]) == (20, 429)
