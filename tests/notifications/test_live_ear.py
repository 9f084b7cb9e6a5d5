"""A Redis that is restarted, emptied or frozen: the hub notices, says so, reads the database, and hears again."""

import asyncio
import signal
import subprocess
import time

import pytest
import redis
from asgiref.sync import sync_to_async
from channels.layers import channel_layers

from config.stack.valkey import server_program
from notifications.live import ear, hub, publisher
from tests.notifications.pages import open_pages, run
from tests.notifications.test_live_hub import edit, knows
from tests.sockets import session_of

pytestmark = pytest.mark.django_db(transaction=True)


class Valkey:
    """One of the test's own, to be killed and frozen."""

    def __init__(self, folder):
        self.folder, self.socket = str(folder), str(folder / "v.sock")
        self.url = f"unix://{self.socket}"
        self.start()

    def start(self):
        arguments = ["--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen([server_program(), *arguments], stdout=subprocess.DEVNULL)
        with redis.Redis(unix_socket_path=self.socket) as client:
            for _attempt in range(500):
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.01)
        raise AssertionError("Valkey did not start")

    def flush(self):
        with redis.Redis(unix_socket_path=self.socket) as client:
            client.flushall()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def send(self, number):
        self.process.send_signal(number)


@pytest.fixture
def valkey(tmp_path_factory, settings, monkeypatch):
    """A Valkey that carries the frames of this test alone."""
    found = Valkey(tmp_path_factory.mktemp("valkey"))
    settings.SITE_URL, settings.LIVE_BEAT_SECONDS = "http://127.0.0.1:8000", 3600
    layer = settings.CHANNEL_LAYERS["default"]
    settings.CHANNEL_LAYERS = {"default": layer | {"CONFIG": layer["CONFIG"] | {"hosts": [found.url]}}}
    monkeypatch.setattr(channel_layers, "backends", {})
    monkeypatch.setattr(publisher._Publisher, "current", None)
    monkeypatch.setattr(ear, "CALL_EVERY", 0.3)
    monkeypatch.setattr(ear, "ANSWER_WITHIN", 0.5)
    monkeypatch.setattr(hub, "POLL_EVERY", 0.3)
    yield found
    found.send(signal.SIGCONT)
    found.kill()


async def deaf(one, is_deaf):
    async with asyncio.timeout(15):
        while one.ear.is_deaf != is_deaf:  # noqa: ASYNC110 (a moment's look costs less than a hook for tests)
            await asyncio.sleep(0.02)


async def change_reaches(world, page):
    began = time.monotonic()
    await page.until(knows(await sync_to_async(edit)(world)))
    return time.monotonic() - began


def test_a_restart_is_survived_and_nothing_is_lost_meanwhile(world, valkey):
    async def test(one):
        [page] = await open_pages([session], project="BUG")
        await change_reaches(world, page)
        valkey.kill()
        await deaf(one, True)
        await page.until(lambda tab: tab.of("beat") and tab.of("beat")[-1].get("late"))
        await change_reaches(world, page)
        valkey.start()
        await deaf(one, False)
        await page.until(lambda tab: "late" not in tab.of("beat")[-1])
        await change_reaches(world, page)
        assert [message["from"] for message in page.of("changes")][1:] == [
            message["seq"] for message in page.of("changes")
        ][:-1]

    session = session_of(world.lead)
    run(test)


def test_a_frozen_redis_is_noticed_and_delays_only(world, valkey):
    async def test(one):
        [page] = await open_pages([session], project="BUG")
        valkey.send(signal.SIGSTOP)
        await deaf(one, True)
        assert await change_reaches(world, page) < 3
        valkey.send(signal.SIGCONT)
        await deaf(one, False)
        one.streams[page_stream].grown(0)
        await change_reaches(world, page)

    session, page_stream = session_of(world.lead), f"project:{world.bug.pk}"
    run(test)


def test_a_flush_changes_nothing(world, valkey):
    async def test(one):
        [page] = await open_pages([session], project="BUG")
        valkey.flush()
        await change_reaches(world, page)
        assert not one.ear.is_deaf

    session = session_of(world.lead)
    run(test)


def test_a_page_may_open_while_redis_is_away(world, valkey):
    valkey.kill()

    async def test(one):
        [page] = await open_pages([session], project="BUG")
        await deaf(one, True)
        await change_reaches(world, page)

    session = session_of(world.lead)
    run(test)


def test_a_page_that_opened_meanwhile_hears_once_redis_is_back(world, valkey, monkeypatch):
    async def test(one):
        valkey.send(signal.SIGSTOP)
        [page] = await open_pages([session], project="BUG")
        valkey.send(signal.SIGCONT)
        await deaf(one, False)
        await asyncio.sleep(1)
        # From here on only the layer can tell.
        monkeypatch.setattr(hub, "POLL_EVERY", 3600)
        await change_reaches(world, page)

    session = session_of(world.lead)
    run(test)
