"""The hub: one reading and one rendering for a change whatever the number of pages, and nothing lost."""

import asyncio
import uuid

import pytest
from allauth.mfa.models import Authenticator
from asgiref.sync import sync_to_async

from accounts import instance
from accounts.services.instance import change_instance
from chat.queries import room_of
from chat.services.messages import post_message
from issues.services.editing import edit_issue
from notifications.live import frames, streams
from notifications.live.publisher import stream_group
from notifications.live.sockets import MOST_FRAMES
from notifications.queries import head_of
from projects.events import project_stream
from projects.services.members import remove_member
from tests.factories import canary
from tests.notifications.pages import Page, Statements, open_pages, run, sessions_of
from tests.sockets import session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_page(settings):
    settings.SITE_URL, settings.LIVE_BEAT_SECONDS = "http://127.0.0.1:8000", 3600
    # Here one person opens fifty pages at once.
    settings.RATE_LIMIT_FACTOR = 10


def edit(world, key="BUG-5"):
    issue = world.issue(key)
    edit_issue(actor=world.lead, issue=issue, changes={"title": canary("Edited")})
    return head_of(project_stream(issue.project_id))


def knows(seq):
    return lambda page: page.of("changes") and page.of("changes")[-1]["seq"] >= seq


def statements_of_a_change(world, count):
    sessions = sessions_of(world.lead, count)

    async def test(hub):
        pages = await open_pages(sessions, project="BUG", view="board")
        # The first change fills what a process reads once.
        first = await sync_to_async(edit)(world)
        for page in pages:
            await page.until(knows(first))
        with Statements() as statements:
            second = await sync_to_async(edit)(world)
            for page in pages:
                await page.until(knows(second))
        texts.extend(str(page.of("changes")[-1]) for page in pages)
        seen.extend(sql for sql in statements.seen if "notifications_event" in sql and sql.startswith("SELECT"))
        total.append(len([sql for sql in statements.seen if not sql.startswith(("INSERT", "UPDATE"))]))

    texts, seen, total = [], [], []
    run(test)
    return len(set(texts)), len([sql for sql in seen if '"seq" >' in sql]), total[0]


def test_fifty_pages_cost_no_more_than_one(world):
    one, fifty = statements_of_a_change(world, 1), statements_of_a_change(world, 50)

    assert one[:2] == fifty[:2] == (1, 1)
    assert one[2] == fifty[2]


def test_a_kind_of_reader_is_rendered_once_and_other_threads_make_no_kind(world, monkeypatch):
    kinds = []
    original = streams.built
    monkeypatch.setattr(streams, "built", lambda events, kind: kinds.append(kind) or original(events, kind))
    room = room_of(world.bug).pk

    async def test(hub):
        sessions = await sync_to_async(sessions_of)(world.lead, 6)
        pages = [
            *await open_pages(sessions[:2], project="BUG", view="board"),
            *await open_pages(sessions[2:4], project="BUG", view="room", thread=room),
            *await open_pages(sessions[4:], project="BUG", view="room"),
        ]
        edited = await sync_to_async(edit)(world)
        for page in pages:
            await page.until(knows(edited))
        by_edit.update((kind.view, kind.thread) for kind in kinds)
        kinds.clear()
        said = await sync_to_async(post_message)(
            actor=world.lead, thread=room_of_bug, body="Hello", client_id=uuid.uuid4()
        )
        seq = await sync_to_async(head_of)(project_stream(said.thread.project_id))
        for page in pages:
            await page.until(knows(seq))

    by_edit, room_of_bug = set(), room_of(world.bug)
    run(test)

    assert by_edit == {("board", 0), ("room", 0)}
    assert sorted((kind.view, kind.thread) for kind in kinds) == sorted([("board", 0), ("room", 0), ("room", room)])


def test_changes_follow_each_other_without_a_gap(world):
    async def test(hub):
        [page] = await open_pages([session], project="BUG")
        for _number in range(5):
            last = await sync_to_async(edit)(world)
        await page.until(knows(last))
        steps = [(page.said[0]["seq"], page.said[0]["seq"])]
        steps += [(message["from"], message["seq"]) for message in page.of("changes")]
        assert [begin for begin, _end in steps[1:]] == [end for _begin, end in steps[:-1]]

    session = session_of(world.lead)
    run(test)


def test_what_grows_while_it_is_read_is_read_together_afterwards(world, monkeypatch):
    reads = []
    original = streams.read_step

    def slowly(*args):
        reads.append(args)
        return original(*args)

    monkeypatch.setattr(streams, "read_step", slowly)

    async def test(hub):
        [page] = await open_pages([session], project="BUG")
        stream = hub.streams[project_stream(world.bug.pk)]
        monkeypatch.setattr(hub, "work", delayed(hub.work))
        last = 0
        for _number in range(10):
            last = await sync_to_async(edit)(world)
        await page.until(knows(last))
        assert stream.seq == last

    def delayed(work):
        async def later(*args):
            await asyncio.sleep(0.3)
            return await work(*args)

        return later

    session = session_of(world.lead)
    run(test)

    assert len(reads) <= 6


def test_a_builder_that_fails_makes_the_page_read_itself_anew(world, monkeypatch):
    def fail(events, reader):
        raise ValueError("a builder's mistake")

    monkeypatch.setattr(frames, "builders", [*frames.builders, ("issue.", fail)])

    async def test(hub):
        [page] = await open_pages([session], project="BUG")
        seq = await sync_to_async(edit)(world)
        assert (await page.until(lambda one: one.of("changes")))[0]["frames"] == [{"k": "project"}]
        assert page.of("changes")[0]["seq"] == seq

    session = session_of(world.lead)
    run(test)


def test_who_is_removed_hears_nothing_although_only_the_stream_tells(world):
    async def test(hub):
        gone, stays = await open_pages([leaver, lead], project="BUG")
        # The message about the person is not heard.
        hub.ear.leave(f"person.{world.developer.pk}")
        await sync_to_async(remove_member)(actor=world.lead, project=world.bug, person=world.developer)
        await stays.until(lambda one: one.of("changes"))
        await gone.until(lambda one: one.code)
        assert (gone.code, gone.of("changes")) == (4403, [])

    leaver, lead = session_of(world.developer), session_of(world.lead)
    run(test)


def test_a_rule_for_everyone_is_asked_about_at_once(world):
    async def test(hub):
        guarded, bare = await open_pages([administrator, lead], project="BUG")
        await sync_to_async(change_instance)(actor=world.administrator, changes={"require_two_factors": True})
        await bare.until(lambda one: one.code)
        assert (guarded.code, bare.code) == (None, 4403)

    Authenticator.objects.create(user=world.administrator, type=Authenticator.Type.TOTP, data={"secret": "x"})
    administrator, lead = session_of(world.administrator), session_of(world.lead)
    try:
        run(test)
    finally:
        instance.forget()


def test_a_stalled_page_is_let_go_and_holds_nobody_up(world):
    async def test(hub):
        stalled, fine = await open_pages([one, other], project="BUG")
        stalled.takes.clear()
        socket = next(socket for socket in hub.sockets if socket.bearer.key == one)
        for number in range(MOST_FRAMES + 5):
            socket.push(f'{{"t":"beat","seq":{number}}}')
        assert socket.code == 1013
        assert (len(socket.waiting), socket.size <= 1_000_000) == (0, True)
        await asyncio.wait_for(stalled.task, 5)
        assert socket not in hub.sockets
        await fine.until(knows(await sync_to_async(edit)(world)))

    one, other = session_of(world.lead), session_of(world.developer)
    run(test)


def test_what_nobody_needs_any_more_is_given_up(world):
    async def test(hub):
        pages = await open_pages([one, other], project="BUG")
        assert project_stream(world.bug.pk) in hub.streams
        for page in pages:
            await page.close()
        assert (hub.sockets, hub.streams, dict(hub.sessions)) == (set(), {}, {})

    one, other = session_of(world.lead), session_of(world.developer)
    run(test)


def test_a_lost_message_is_made_good_by_the_next_beat(world):
    async def test(hub):
        [page] = await open_pages([session], project="BUG")
        stream = hub.streams[project_stream(world.bug.pk)]
        stream.grown = lambda seq: None
        seq = await sync_to_async(edit)(world)
        await asyncio.sleep(0.3)
        assert page.of("changes") == []
        del stream.grown
        await hub.beat()
        await page.until(lambda one: one.of("beat"))
        assert (page.of("changes")[-1]["seq"], page.of("beat")[-1]["seq"]) == (seq, seq)
        assert page.said.index(page.of("changes")[-1]) < page.said.index(page.of("beat")[-1])

    session = session_of(world.lead)
    run(test)


def test_a_page_that_comes_while_a_step_is_read_misses_nothing(world):
    async def test(hub):
        await open_pages([one], project="BUG")
        seq = await sync_to_async(edit)(world)
        late = Page(other, project="BUG", view="board")
        await late.until(lambda page: page.of("hello"))
        await late.until(lambda page: page.of("hello")[0]["seq"] == seq or knows(seq)(page))
        begin = late.of("hello")[0]["seq"]
        assert [message["from"] for message in late.of("changes")][:1] in ([], [begin])

    one, other = session_of(world.lead), session_of(world.developer)
    run(test)


def test_groups_are_named_alike_on_both_sides():
    assert stream_group("project:7") == "stream.project.7"
