"""The inbox page: what it shows of what, to whom, and what its buttons do."""

import uuid
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from chat.queries import discussion_of, room_of
from chat.services.messages import delete_message, post_message
from config import clock
from issues.services.trash import delete_issue
from notifications.enums import Channel, DeliveryState, Held, NoticeKind, Reason
from notifications.models import Delivery, Entry, Watch
from notifications.preferences import set_mail_settings
from notifications.queries import unread_count
from notifications.snoozing import waits
from notifications.watching import set_watching
from projects.queries import READABLE, visible_to
from projects.services.members import remove_member
from projects.services.projects import change_project
from tests.factories import IssueFactory, canary
from tests.notifications.entries import event_of, newest_event, tell
from tests.notifications.telling import decide, forget
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db
ACTS = ("read", "unread", "done", "undone", "later", "watch")


def page(client, query="", **options):
    return BeautifulSoup(client.get(f"/inbox/{query}", **options).content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def keys(soup):
    """Return the keys of the issues in the list, in order."""
    return [found.get_text() for found in soup.select("#things .key")]


def said(world, issue, body, actor=None, **fields):
    """Let someone write on an issue; returns the event."""
    thread = discussion_of(issue)
    message = post_message(actor=actor or world.lead, thread=thread, body=body, client_id=uuid.uuid4(), **fields)
    return message, newest_event(world.bug, "message.posted")


@pytest.fixture
def issue(world):
    return world.issue("BUG-2")


@pytest.fixture
def developer(client_for):
    return client_for("developer")


def test_things_stand_unread_first_then_the_newest(world, developer):
    for key, read in (("BUG-2", None), ("BUG-5", clock.now()), ("BUG-3", None), ("BUG-4", clock.now())):
        tell(world.developer, world.issue(key), read_at=read)

    soup = page(developer)

    assert keys(soup) == ["BUG-3", "BUG-2", "BUG-4", "BUG-5"]
    assert [bool(line.select(".dot")) for line in soup.select("#things li")] == [True, True, False, False]


def test_a_line_tells_what_of_what_and_why(world, developer, issue):
    tell(world.developer, issue)
    _message, event = said(world, issue, "Raising the **limit** alone hides it.")
    reasons = [Reason.WATCHING, Reason.MENTIONED]
    tell(world.developer, issue, event=event, kind=NoticeKind.MENTIONED, reasons=reasons)

    line = page(developer).select_one("#things li")

    assert words(line.select_one("b")) == issue.title
    assert f"{world.lead.name}: Raising the limit alone hides it." in words(line)
    assert words(line.select_one(".pill")) == "2"
    assert words(line.select_one(".reason")) == "You were mentioned, and are assigned"


@pytest.mark.parametrize(
    ("tab", "expected"),
    [
        ("", ["BUG-4", "BUG-3", "BUG-2"]),
        ("?tab=mentions", ["BUG-2"]),
        ("?tab=assigned", ["BUG-3"]),
        ("?tab=watching", ["BUG-4"]),
        ("?tab=later", ["BUG-5"]),
        ("?tab=done", ["BUG-6"]),
        ("?tab=nonsense", ["BUG-4", "BUG-3", "BUG-2"]),
    ],
)
def test_tabs(world, developer, tab, expected):
    tell(world.developer, world.issue("BUG-2"), reasons=[Reason.MENTIONED])
    tell(world.developer, world.issue("BUG-3"), reasons=[Reason.ASSIGNED])
    tell(world.developer, world.issue("BUG-4"), reasons=[Reason.REPORTED, Reason.WATCHING])
    tell(world.developer, world.issue("BUG-5"), snoozed_until=clock.now() + timedelta(hours=1))
    tell(world.developer, world.issue("BUG-6"), done_at=clock.now())

    assert keys(page(developer, tab)) == expected


@pytest.mark.parametrize("tab", ["", "?tab=mentions", "?tab=later", "?tab=done"])
def test_an_empty_inbox_teaches(developer, tab):
    assert len(page(developer, tab).select("#things .empty p")) == 1


def test_pages(world, developer):
    for _number in range(26):
        tell(world.developer, IssueFactory(project=world.bug, actor=world.lead))

    assert (len(keys(page(developer))), len(keys(page(developer, "?page=2")))) == (25, 1)


def test_one_thing_costs_as_many_statements_as_three(world, developer, assert_equal_queries):
    def add():
        issue = IssueFactory(project=world.bug, actor=world.lead)
        _message, event = said(world, issue, "A message")
        tell(world.developer, issue, event=event, kind=NoticeKind.COMMENTED)

    add()

    assert_equal_queries(lambda: developer.get("/inbox/"), add)


def test_one_entry_costs_as_many_statements_as_three(world, developer, issue, assert_equal_queries):
    def add():
        _message, event = said(world, issue, f"A message for @{world.developer.username}")
        entry = tell(world.developer, issue, event=event, kind=NoticeKind.COMMENTED)
        mail(entry)

    add()

    assert_equal_queries(lambda: developer.get(f"/inbox/?open=issue:{issue.pk}"), add)


def mail(entry, state=DeliveryState.SENT, channel=Channel.EMAIL, **fields):
    """Write the mail of an entry."""
    fields = {"next_at": clock.now(), "ended_at": clock.now(), "message_id": f"<{uuid.uuid4()}@here>"} | fields
    fields |= {"topic": f"t:{entry.pk}", "first_tried_at": clock.now()}
    delivery = Delivery.objects.create(person=entry.person, channel=channel, state=state, **fields)
    delivery.entries.add(entry)
    return delivery


# --- One thing --------------------------------------------------------------------------------------------------------


def test_an_opened_thing_tells_everything_newest_first(world, developer, issue):
    tell(world.developer, issue, event=event_of(issue, "issue.moved"), kind=NoticeKind.STATE_CHANGED)
    _message, event = said(world, issue, f"See *this*, @{world.developer.username}, and BUG-5")
    tell(world.developer, issue, event=event, kind=NoticeKind.MENTIONED, reasons=[Reason.MENTIONED])

    soup = page(developer, f"?open=issue:{issue.pk}").select_one("#opened")

    said_here, moved = soup.select(".stream > li")
    assert words(said_here.select_one(".md em")) == "this"
    assert "BUG-5" in words(said_here.select_one(".md .ref"))
    assert "In progress" in words(moved)
    assert [words(row.select_one("td")) for row in soup.select("tbody tr")] == [
        f"{world.lead.name} mentioned you", f"{world.lead.name} moved it to In progress",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "delivery", "expected"),
    [
        ({}, {"ended_at": "10:21"}, "In the page 10:02 · e-mail 10:21, delivered"),
        (
            {},
            {"state": "waiting", "next_at": "17:00", "channel": "digest"},
            "In the page 10:02 · e-mail waits for the 17:00 digest",
        ),
        (
            {"held": Held.QUIET},
            {"state": "waiting", "next_at": "18:00"},
            "In the page 10:02 · e-mail kept back by quiet hours until 18:00",
        ),
        ({}, {"state": "dropped"}, "In the page 10:02 · e-mail not sent"),
        ({}, {"state": "dead"}, "In the page 10:02 · e-mail could not be delivered"),
        ({"held": Held.PREFERENCE}, None, "In the page 10:02 · no e-mail, by your settings"),
        ({"in_inbox": False}, {"ended_at": "10:21"}, "E-mail 10:21, delivered"),
    ],
)
def test_the_table_says_by_which_ways(world, developer, issue, entry, delivery, expected):
    def at(time):
        hour, minute = time.split(":")
        return clock.now().replace(hour=int(hour), minute=int(minute))

    times = {"next_at", "ended_at"}
    row = tell(world.developer, issue, **({"at": at("10:02")} | entry))
    if delivery is not None:
        mail(row, **{name: at(value) if name in times else value for name, value in delivery.items()})

    soup = page(developer, f"?open=issue:{issue.pk}")

    assert words(soup.select("#opened tbody td")[-1]) == expected


def test_a_deleted_message_is_not_read_any_more(world, developer, issue):
    secret = canary()
    message, event = said(world, issue, secret)
    tell(world.developer, issue, event=event, kind=NoticeKind.COMMENTED)
    address = f"?open=issue:{issue.pk}"
    assert secret in developer.get("/inbox/" + address).content.decode()

    delete_message(actor=world.lead, message=message)

    assert secret not in developer.get("/inbox/" + address).content.decode()


def test_a_read_changes_nothing_and_reading_is_asked_for(world, developer, issue):
    entry = tell(world.developer, issue)

    soup = page(developer, f"?open=issue:{issue.pk}")

    assert Entry.objects.get(pk=entry.pk).read_at is None
    assert soup.select_one("#opened").has_attr("data-unread")


def test_fragments(world, developer, issue):
    tell(world.developer, issue)
    address = f"/inbox/?open=issue:{issue.pk}"

    found = {
        target: BeautifulSoup(
            developer.get(address, headers={"HX-Request": "true", "HX-Target": target}).content, "html.parser"
        )
        for target in ("things", "opened", "inbox")
    }

    assert {target: soup.find(recursive=False)["id"] for target, soup in found.items()} == {
        "things": "things", "opened": "opened", "inbox": "inbox",
    }  # fmt: skip
    whole = page(developer, f"?open=issue:{issue.pk}")
    assert str(found["things"].find(id="things")) == str(whole.find(id="things"))


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_a_lost_project_shows_nothing_but_that_it_is_lost(world, developer, client_for, issue):
    tell(world.developer, issue)
    _message, event = said(world, issue, canary())
    tell(world.developer, issue, event=event, kind=NoticeKind.COMMENTED)
    tell(world.developer, world.bug, kind=NoticeKind.PROJECT_ADDED, event=newest_event(world.bug, "member.added"))
    assert len(page(developer).select("#things li")) == 2
    was = world.bug.name

    remove_member(actor=world.lead, project=world.bug, person=world.developer)
    removal = newest_event(world.bug, "member.removed")
    tell(world.developer, world.bug, event=removal, kind=NoticeKind.PROJECT_REMOVED, reasons=[Reason.MEMBER])
    change_project(actor=world.lead, project=world.bug, changes={"name": canary("Secret since")})

    soup = page(developer)
    (line,) = soup.select("#things li")
    assert words(line.select_one("b")) == was
    assert f"{world.lead.name} removed you from the project" in words(line)
    assert unread_count(world.developer.pk) == 1
    opened = developer.get(f"/inbox/?open=project:{world.bug.pk}")
    assert "Secret since" not in opened.content.decode()
    assert "/BUG/" not in str(BeautifulSoup(opened.content, "html.parser").select_one("#inbox"))
    assert developer.get(f"/inbox/?open=issue:{issue.pk}").status_code == 404
    assert developer.post("/inbox/done/", {"thing": f"issue:{issue.pk}"}).status_code == 404


def test_an_issue_in_the_trash_is_not_in_the_inbox(world, developer, issue):
    tell(world.developer, issue)
    assert keys(page(developer)) == ["BUG-2"]

    delete_issue(actor=world.lead, issue=issue)

    assert keys(page(developer)) == []
    assert unread_count(world.developer.pk) == 0
    assert developer.get(f"/inbox/?open=issue:{issue.pk}").status_code == 404


@pytest.mark.parametrize("persona", [persona for persona in PERSONAS if persona not in {"anonymous", "deactivated"}])
def test_everyone_sees_only_their_own_and_what_they_may_read(world, client_for, persona):
    person = world.person(persona)
    for project in world.projects.values():
        tell(person, world.issue(f"{project.key}-1"))
    tell(world.far_owner, world.issue("BUG-5"))
    seen = {
        "stranger": ["INNER-1", "OPEN-1"],
        "removed": ["INNER-1", "OPEN-1"],
        "administrator": ["BUG-1", "INNER-1", "OPEN-1", "QZFAR-1", "SHELF-1", "TEAM-1"],
    }

    shown = sorted(keys(page(client_for(persona))))

    assert shown == seen.get(persona, ["BUG-1", "INNER-1", "OPEN-1", "SHELF-1", "TEAM-1"])
    assert unread_count(person.pk) == len(shown)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("persona", ["viewer", "stranger", "administrator"])
def test_things_of_others_are_not_found(world, client_for, issue, act, persona):
    entry = tell(world.developer, issue)
    client = client_for(persona)
    body = {"thing": f"issue:{issue.pk}", "until": "monday"}

    assert client.get(f"/inbox/?open=issue:{issue.pk}").status_code == 404
    assert [client.post(f"/inbox/{act}/", body, htmx=htmx).status_code for htmx in (False, True)] == [404, 404]
    assert Entry.objects.filter(pk=entry.pk, read_at=None, done_at=None, snoozed_until=None).exists()


# --- What the buttons do ----------------------------------------------------------------------------------------------


def test_without_scripts_each_act_leads_back_to_the_list(world, developer, issue):
    entry = tell(world.developer, issue)
    thing = {"thing": f"issue:{issue.pk}", "tab": "assigned"}

    places = {
        act: developer.post(f"/inbox/{act}/", thing | {"until": "monday"}).headers["Location"]
        for act in ("read", "unread", "later", "done", "undone")
    }

    assert set(places.values()) == {"/inbox/?tab=assigned"}
    assert Entry.objects.get(pk=entry.pk).done_at is None


def test_htmx_gets_the_list_the_count_and_the_way_back(world, developer, issue):
    tell(world.developer, issue)
    tell(world.developer, world.issue("BUG-5"))
    body = {"thing": f"issue:{issue.pk}", "open": f"issue:{world.issue('BUG-5').pk}"}

    response = developer.post("/inbox/done/", body, htmx=True)

    soup = BeautifulSoup(response.content, "html.parser")
    assert keys(soup) == ["BUG-5"]
    assert response.headers["HX-Trigger"] == '{"live-inbox": {"unread": 1}}'
    undo = soup.select_one("[hx-swap-oob] form")["action"]
    again = developer.post(undo, htmx=True)
    assert len(BeautifulSoup(again.content, "html.parser").select("#things li")) == 2


def test_done_without_scripts_offers_the_way_back(world, developer, issue):
    entry = tell(world.developer, issue)

    answer = developer.post("/inbox/done/", {"thing": f"issue:{issue.pk}"}, follow=True)

    undo = BeautifulSoup(answer.content, "html.parser").select_one("#toasts form")["action"]
    assert Entry.objects.get(pk=entry.pk).done_at is not None
    developer.post(undo)
    assert Entry.objects.get(pk=entry.pk).done_at is None


def test_later_and_back(world, developer, issue):
    entry = tell(world.developer, issue, read_at=clock.now())
    thing = {"thing": f"issue:{issue.pk}"}

    developer.post("/inbox/later/", thing | {"until": "hour"})
    away = Entry.objects.get(pk=entry.pk)
    developer.post("/inbox/later/", thing | {"until": "now"})

    assert (away.read_at, timedelta(minutes=55) < away.snoozed_until - clock.now() < timedelta(minutes=61)) == (
        None,
        True,
    )
    assert Entry.objects.get(pk=entry.pk).snoozed_until is None


def test_a_time_that_the_menu_has_not_is_refused(world, developer, issue):
    entry = tell(world.developer, issue)

    response = developer.post("/inbox/later/", {"thing": f"issue:{issue.pk}", "until": "someday"}, htmx=True)

    assert response.status_code == 422
    assert Entry.objects.get(pk=entry.pk).snoozed_until is None


def test_all_read_up_to_what_the_page_showed(world, developer, issue):
    first = tell(world.developer, issue)
    upto = page(developer).select_one("form[action='/inbox/read-all/'] [name=upto]")["value"]
    late = tell(world.developer, world.issue("BUG-5"))

    developer.post("/inbox/read-all/", {"upto": upto})

    assert [Entry.objects.get(pk=entry.pk).read_at is None for entry in (first, late)] == [False, True]


@pytest.mark.parametrize("act", ["read", "done", "later", "read-all"])
def test_an_entry_that_was_committed_after_the_page_was_made_stays_though_its_number_is_lower(
    world, developer, issue, act
):
    """Two workers take numbers in one order and commit in the other."""
    early = tell(world.developer, issue)
    lower = early.pk
    Entry.objects.filter(pk=lower).delete()
    shown = tell(world.developer, issue, event=said(world, issue, "shown")[1])
    soup = page(developer, f"?open=issue:{issue.pk}")
    ways = {
        "form": soup.select_one(f"form[action='/inbox/{'read' if act != 'read-all' else act}/'] [name=upto]")["value"],
        "line": soup.select_one("#things [data-upto]")["data-upto"],
        "opened": soup.select_one("#opened")["data-upto"],
    }
    late = tell(world.developer, issue, pk=lower)

    developer.post(f"/inbox/{act}/", {"thing": f"issue:{issue.pk}", "upto": ways["form"], "until": later()})

    assert set(ways.values()) == {str(shown.pk)}
    shown.refresh_from_db()
    late.refresh_from_db()
    assert (late.read_at, late.done_at, late.snoozed_until) == (None, None, None)
    assert shown.read_at or shown.done_at or shown.snoozed_until


def later():
    """Return the first of the times that the menu offers."""
    return waits()[0].value


@pytest.mark.parametrize(
    ("before", "button", "after", "offered"),
    [
        (None, "Watch this issue", [False], ["Stop watching", "Mute"]),
        (True, "Stop watching", [], ["Watch this issue", "Mute"]),
        (True, "Mute", [True], ["Watch this issue", "Unmute"]),
        (False, "Unmute", [], ["Watch this issue", "Mute"]),
        (False, "Watch this issue", [False], ["Stop watching", "Mute"]),
    ],
)
def test_watching_from_the_inbox(world, developer, issue, before, button, after, offered):
    tell(world.developer, issue)
    address = f"?open=issue:{issue.pk}"
    set_watching(actor=world.developer, issue=issue, watching=before)
    pressed = watch_buttons(page(developer, address))[button]

    developer.post("/inbox/watch/", {"thing": f"issue:{issue.pk}", "watching": pressed})

    rows = Watch.objects.filter(person=world.developer, issue=issue)
    assert list(rows.values_list("is_muted", flat=True)) == after
    assert list(watch_buttons(page(developer, address))) == offered


def watch_buttons(soup):
    return {words(button): button["value"] for button in soup.select("form[action='/inbox/watch/'] [name=watching]")}


def test_who_stopped_watching_is_told_of_what_concerns_them_and_of_nothing_else(world, developer, issue):
    own, event = said(world, issue, "mine", actor=world.developer)
    tell(world.developer, issue, event=event)
    developer.post("/inbox/watch/", {"thing": f"issue:{issue.pk}", "watching": "off"})
    forget()

    said(world, issue, "to all")
    said(world, issue, "to you", reply_to=own)
    decide()

    told = Entry.objects.filter(person=world.developer).exclude(event=event)
    assert list(told.values_list("kind", flat=True)) == ["replied"]


def test_a_project_cannot_be_watched(world, developer):
    tell(world.developer, world.bug, kind=NoticeKind.PROJECT_ADDED, event=newest_event(world.bug, "member.added"))

    assert developer.post("/inbox/watch/", {"thing": f"project:{world.bug.pk}"}).status_code == 404


def test_opening_leads_to_where_it_was_said(world, developer, issue):
    tell(world.developer, issue)
    plain = page(developer, f"?open=issue:{issue.pk}").select_one(".acts a.btn")["href"]
    message, event = said(world, issue, "Here")
    tell(world.developer, issue, event=event, kind=NoticeKind.COMMENTED)
    room = room_of(world.bug)
    spoken = post_message(actor=world.lead, thread=room, body="There", client_id=uuid.uuid4())
    heard = newest_event(world.bug, "message.posted")
    tell(world.developer, world.bug, event=heard, kind=NoticeKind.ROOM_MESSAGE)

    things = (f"issue:{issue.pk}", f"project:{world.bug.pk}")
    places = [page(developer, f"?open={thing}").select_one(".acts a.btn")["href"] for thing in things]

    assert [plain, *places] == ["/BUG-2/", f"/BUG-2/?message={message.seq}", f"/BUG/chat/?at={spoken.seq}"]


@pytest.mark.parametrize("act", [*ACTS, "read-all"])
def test_acts_are_posts_of_people(world, client, client_for, issue, act):
    tell(world.developer, issue)

    assert client_for("developer").get(f"/inbox/{act}/").status_code == 405
    answer = client.post(f"/inbox/{act}/", {"thing": f"issue:{issue.pk}"})
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_quiet_hours_are_said(world, developer):
    now = clock.now()
    assert "Quiet until" not in page(developer).get_text()
    until = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    set_mail_settings(actor=world.developer, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=until.time())

    assert "Quiet until" in page(developer).get_text()


def test_the_rule_of_reading_as_sql_is_that_of_the_pages(world):
    """READABLE stands in statements written by hand; visible_to is what every page goes by."""
    people = [world.person(persona) for persona in PERSONAS if persona not in {"anonymous", "deactivated"}]

    with connection.cursor() as cursor:
        for person in [*people, world.far_owner]:
            cursor.execute(f"SELECT id FROM projects_project AS project WHERE {READABLE}", {"person": person.pk})
            assert {pk for (pk,) in cursor.fetchall()} == set(visible_to(person).values_list("pk", flat=True))
