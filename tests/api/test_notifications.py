"""The inbox and the preferences over the API: one's own, and no more of it than the token reaches."""

import pytest

from accounts.enums import Scope
from issues.services.editing import edit_issue
from notifications.enums import NoticeKind
from notifications.listing import Inbox
from notifications.models import Entry, Follow, MailSettings, Preference, Watch
from notifications.preferences import DEFAULTS
from notifications.queries import unread_count
from notifications.things import Tab
from projects.services.members import remove_member
from tests.api.calling import Script, data, error, everyone, script_of
from tests.api.judging import verdicts
from tests.notifications.entries import event_of, tell

pytestmark = pytest.mark.django_db
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}


@pytest.fixture
def told(world):
    """Tell the developer of four things, the last two of them read."""
    for about in (world.issue("BUG-5"), world.issue("BUG-2"), world.issue("TEAM-2"), world.bug):
        tell(world.developer, about)
    tell(world.developer, world.issue("BUG-5"), event=event_of(world.issue("BUG-5"), "issue.changed"))
    Entry.objects.filter(issue=world.issue("BUG-2")).update(read_at=Entry.objects.latest("pk").at)
    return world


def things(response):
    return [thing["thing"] for thing in data(response)["items"]]


def issue(world, key):
    return f"issue:{world.issue(key).pk}"


def test_inbox_is_that_of_the_page(told):
    found = data(script_of(told, "developer").get("/inbox"))["items"]
    page = Inbox(told.developer, Tab.ALL, "").page.object_list

    assert [thing["thing"] for thing in found] == [str(group.thing) for group in page]
    assert [thing["text"] for thing in found] == [group.words for group in page]
    assert [(thing["issue"], thing["project"], thing["count"], thing["unread"]) for thing in found] == [
        ("BUG-5", "BUG", 2, 2),
        (None, "BUG", 1, 1),
        ("TEAM-2", "TEAM", 1, 1),
        ("BUG-2", "BUG", 1, 0),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("tab", ["all", "assigned", "later", "done"])
def test_inbox_is_read_in_pages(told, limit, tab):
    script, found, path = script_of(told, "developer"), [], f"/inbox?tab={tab}&limit={limit}"
    for key in ("BUG-5", "TEAM-2", "BUG-2"):
        if tab == "done":
            data(script.post(f"/inbox/{issue(told, key)}/done"))
        if tab == "later":
            data(script.post(f"/inbox/{issue(told, key)}/later", {"until": "monday"}))
    answer = data(script.get(path))
    while answer["next"]:
        found += answer["items"]
        answer = data(script.get(f"{path}&cursor={answer['next']}"))
    found += answer["items"]

    assert found == data(script.get(f"/inbox?tab={tab}"))["items"]
    assert len(found) == (4 if tab in {"all", "assigned"} else 3)


def test_inbox_is_ones_own(told):
    assert things(script_of(told, "lead").get("/inbox")) == []
    assert verdicts(told, lambda script: script.get("/inbox")) == everyone(200, anonymous=401)


@pytest.mark.parametrize("act", ["read", "unread", "done", "undone", "later", "watch"])
def test_thing_of_somebody_else_is_not_there(told, act):
    before = list(Entry.objects.order_by("pk").values())
    body = {"later": {"until": "hour"}, "watch": {"watch": "muted"}}.get(act, {})
    method = "PUT" if act == "watch" else "POST"
    script = script_of(told, "lead")

    foreign = error(script.send(method, f"/inbox/{issue(told, 'TEAM-2')}/{act}", body), 404)
    unknown = error(script.send(method, f"/inbox/issue:999999/{act}", body), 404)

    assert foreign == unknown
    assert list(Entry.objects.order_by("pk").values()) == before


def test_thing_is_read_and_marked(told):
    script, path = script_of(told, "developer"), f"/inbox/{issue(told, 'BUG-5')}"

    opened = data(script.get(path))
    counts = [data(script.get("/inbox/counts"))["unread"]]
    counts += [data(script.post(f"{path}/{act}"))["unread"] for act in ("read", "unread", "done", "undone")]

    assert (opened["name"], opened["url"], opened["unread"]) == (told.issue("BUG-5").title, "/BUG-5/", 2)
    assert [line["kind"] for line in opened["items"]] == ["issue.changed", "issue.created"]
    assert counts == [3, 2, 3, 2, 3]


def test_only_what_was_seen_is_marked(told):
    script, path = script_of(told, "developer"), f"/inbox/{issue(told, 'BUG-5')}"
    seen = data(script.get(path))["upto"]
    edit_issue(actor=told.lead, issue=told.issue("BUG-5"), changes={"priority": 1})
    tell(told.developer, told.issue("BUG-5"), event=event_of(told.issue("BUG-5"), "issue.changed"))

    data(script.post(f"{path}/read", {"upto": seen}))

    assert data(script.get(path))["unread"] == 1
    error(script.post(f"{path}/read", {"upto": "1; DROP"}), 422)


def test_all_is_marked_as_read(told):
    assert data(script_of(told, "developer").post("/inbox/read-all")) == {"unread": 0}
    assert unread_count(told.developer.pk) == 0


def test_thing_waits_and_comes_back(told):
    script, path = script_of(told, "developer"), f"/inbox/{issue(told, 'BUG-5')}"

    data(script.post(f"{path}/later", {"until": "morning"}))
    away = things(script.get("/inbox?tab=later"))
    data(script.post(f"{path}/later", {"until": "now"}))

    assert away == [issue(told, "BUG-5")]
    assert things(script.get("/inbox?tab=later")) == []
    error(script.post(f"{path}/later", {"until": "2030-01-01"}), 422)


def test_undone_brings_back_what_was_moved_at_that_moment(told):
    script, path = script_of(told, "developer"), f"/inbox/{issue(told, 'BUG-5')}"

    moment = data(script.post(f"{path}/done"))["moment"]
    assert data(script.post(f"{path}/undone", {"moment": "2020-01-01T00:00:00Z"}))["unread"] == 2
    assert data(script.post(f"{path}/undone", {"moment": moment}))["unread"] == 3


def test_thing_is_watched(told):
    path = f"/inbox/{issue(told, 'BUG-5')}/watch"

    assert data(script_of(told, "developer").put(path, {"watch": "muted"}))["watch"] == "muted"
    assert Watch.objects.get(person=told.developer, issue=told.issue("BUG-5")).is_muted
    error(script_of(told, "developer").put(f"/inbox/project:{told.bug.pk}/watch", {"watch": "muted"}), 404)


def test_lost_project_is_told_of_no_more(told):
    remove_member(actor=told.lead, project=told.bug, person=told.developer)
    script = script_of(told, "developer")

    assert things(script.get("/inbox")) == [issue(told, "TEAM-2")]
    error(script.get(f"/inbox/{issue(told, 'BUG-5')}"), 404)


def test_token_of_some_projects_sees_and_marks_no_other(told):
    script = Script(told.developer, projects=[told.team.pk])

    assert things(script.get("/inbox")) == [issue(told, "TEAM-2")]
    assert data(script.get("/inbox/counts")) == {"unread": 1}
    error(script.get(f"/inbox/{issue(told, 'BUG-5')}"), 404)
    error(script.post(f"/inbox/{issue(told, 'BUG-5')}/read"), 404)
    assert data(script.post("/inbox/read-all")) == {"unread": 0}
    assert unread_count(told.developer.pk) == 2


@pytest.mark.parametrize(
    "thing", ["issue:0", "issue:-1", "issue:x", "project:", "person:1", "issue:1;", "issue:" + "9" * 30]
)
def test_thing_that_is_none_is_not_there(told, thing):
    error(script_of(told, "developer").get(f"/inbox/{thing}"), 404)


def test_cursor_of_another_tab_is_refused(told):
    script = script_of(told, "developer")
    cursor = data(script.get("/inbox?limit=1"))["next"]

    assert error(script.get(f"/inbox?tab=done&cursor={cursor}"), 422)["code"] == "cursor"


def test_list_costs_as_much_for_many(world, assert_equal_queries):
    script = script_of(world, "developer")
    tell(world.developer, world.issue("BUG-5"))
    others = iter(["BUG-1", "BUG-2", "BUG-3", "BUG-4"])

    assert_equal_queries(lambda: data(script.get("/inbox")), lambda: tell(world.developer, world.issue(next(others))))


def test_preferences_are_those_of_the_product_until_they_are_chosen(world):
    found = data(script_of(world, "developer").get("/me/notifications"))

    assert {line["kind"]: (line["inbox"], line["email"], line["digest"]) for line in found["lines"]} == {
        kind.value: (ways.inbox, ways.email, ways.digest) for kind, ways in DEFAULTS.items()
    }
    assert not any(line["is_own"] for line in found["lines"])
    assert found["mail"]["digest_at"] == "08:00"


def test_preferences_are_changed_and_reset(world):
    script = script_of(world, "developer")
    line = {"kind": "overdue", "ways": {"inbox": False, "email": False, "digest": True}}

    changed = data(script.patch("/me/notifications", {"lines": [line], "mail": {"digest": "weekly", "digest_day": 4}}))
    chosen = next(each for each in changed["lines"] if each["kind"] == "overdue")
    reset = data(script.delete("/me/notifications"))

    assert (chosen["inbox"], chosen["digest"], chosen["is_own"]) == (False, True, True)
    assert (changed["mail"]["digest"], changed["mail"]["digest_day"]) == ("weekly", 4)
    assert not any(each["is_own"] for each in reset["lines"])
    assert reset["mail"] == changed["mail"]


@pytest.mark.parametrize(
    "mail",
    [
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
        {"quiet_from": "25:00", "quiet_until": "07:00"},
        {"working_days": []},
        {"working_days": [7]},
        {"digest": "hourly"},
        {"digest_at": None},
        {"person": 1},
    ],
)
def test_times_that_make_no_sense_are_refused_whole(world, mail):
    line = {"kind": "overdue", "ways": {"inbox": False, "email": False, "digest": True}}

    error(script_of(world, "developer").patch("/me/notifications", {"lines": [line], "mail": mail}), 422)

    assert not Preference.objects.filter(person=world.developer).exists()
    assert not MailSettings.objects.filter(person=world.developer).exists()


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_preferences_of_a_project_are_for_its_readers(world, method):
    body = {"level": "everything"} if method == "PATCH" else None

    bug = verdicts(world, lambda script: script.send(method, "/projects/BUG/notifications", body))
    inner = verdicts(world, lambda script: script.send(method, "/projects/INNER/notifications", body))

    assert bug == everyone(404, **MEMBERS, anonymous=401)
    assert inner == everyone(200, anonymous=401)


def test_project_is_followed(world):
    script = script_of(world, "developer")
    line = {"kind": "room_message", "ways": {"inbox": True, "email": True, "digest": False}}

    changed = data(script.patch("/projects/BUG/notifications", {"level": "everything", "lines": [line]}))
    level = Follow.objects.get(person=world.developer, project=world.bug).level
    reset = data(script.delete("/projects/BUG/notifications"))

    assert (changed["level"], level, reset["level"]) == ("everything", "everything", "participating")
    assert [each["kind"] for each in changed["lines"] if each["is_own"]] == ["room_message"]
    assert len(changed["lines"]) == len(NoticeKind)
    assert not Preference.objects.filter(person=world.developer).exists()


def test_reading_needs_the_scope_to_read_and_marking_the_one_to_write(told):
    script = Script(told.developer, Scope.NOTIFICATIONS_READ)

    data(script.get("/inbox"))
    assert error(script.post("/inbox/read-all"), 403)["code"] == "scope"
    assert error(script.patch("/me/notifications", {}), 403)["code"] == "scope"
