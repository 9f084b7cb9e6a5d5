"""Sends to the channel layer and wakes the workers, from a thread of its own: a Redis that hangs delays no request."""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer
from django.db import transaction

if TYPE_CHECKING:
    from notifications.models import Event

log = logging.getLogger("plumbline.live")
# Beyond this many unsent messages the oldest are let go; open pages find out by the numbers that they miss.
BACKLOG = 1000
TIMEOUT = 2.0
LAST_WORDS = 1.0
WAKE = "notifications.deliver"


def announce(stream: str, events: "Sequence[Event]", *, wake: bool) -> None:
    """After the commit, tell open pages that a stream has grown; wake a worker where somebody may have to be told."""
    last, kinds = events[-1].seq, sorted({event.kind for event in events})
    subjects = sorted({event.subject for event in events if event.subject.startswith("person:")})

    def send() -> None:
        publish(stream_group(stream), {"type": "stream.grown", "stream": stream, "seq": last, "kinds": kinds})
        for subject in subjects:
            # A membership, an account: whoever it concerns has their open sockets checked at once.
            publish(person_group(int(subject.removeprefix("person:"))), {"type": "rights.changed"})
        if wake:
            wake_worker()

    transaction.on_commit(send)


def stream_group(stream: str) -> str:
    """Return the group of an event stream: `project:7` → `stream.project.7`."""
    return "stream." + stream.replace(":", ".")


# Joined by every hub: what may concern whoever has a page open.
EVERYONE = "everyone"


def person_group(person_id: int) -> str:
    """Return the group of what concerns one person: their inbox count, their cursors, and the end of their rights."""
    return f"person.{person_id}"


def publish(group: str, message: Mapping[str, Any]) -> None:
    """Hand a message for a group to the publisher; returns at once, promises nothing. Not from within a transaction.

    The message says for which group it is: a hub hears all its groups by one channel.
    """
    _publisher().put(group, {**message, "group": group})


def publish_on_commit(group: str, message: Mapping[str, Any]) -> None:
    """The same after the commit of the present transaction; at once where there is none."""
    transaction.on_commit(lambda: publish(group, message))


def wake_worker(task: str = WAKE) -> None:
    """Let a worker do a task now instead of at its next turn: look into the outbox. Wishes in a row become one."""
    _publisher().wake(task)


def flush(seconds: float = LAST_WORDS) -> None:
    """Wait until what was handed over is sent, at most so long. For commands that end, and tests."""
    if _Publisher.current and _Publisher.current.pid == os.getpid():
        _Publisher.current.drain(seconds)


class _Publisher:
    """One thread with an event loop, of one process."""

    current: "_Publisher | None" = None
    lock = threading.Lock()

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(BACKLOG)
        self.wanted = threading.Event()
        self.tasks: set[str] = set()
        threading.Thread(target=self._run, name="live-publisher", daemon=True).start()
        threading.Thread(target=self._wake_forever, name="live-waker", daemon=True).start()

    def put(self, group: str, message: dict[str, Any]) -> None:
        self.loop.call_soon_threadsafe(self._put, group, message)

    def wake(self, task: str) -> None:
        self.tasks.add(task)
        self.wanted.set()

    def drain(self, seconds: float) -> None:
        done = threading.Event()

        async def wait() -> None:
            await self.queue.join()
            done.set()

        asyncio.run_coroutine_threadsafe(wait(), self.loop)
        done.wait(seconds)

    def _put(self, group: str, message: dict[str, Any]) -> None:
        if self.queue.full():
            self.queue.get_nowait()
            self.queue.task_done()
        self.queue.put_nowait((group, message))

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._send_forever())

    async def _send_forever(self) -> None:
        layer = get_channel_layer()
        while True:
            group, message = await self.queue.get()
            try:
                await asyncio.wait_for(layer.group_send(group, message), TIMEOUT)
            except Exception as error:  # noqa: BLE001 (whatever Redis does, the next message is tried)
                log.warning("not sent to %s: %s", group, error or type(error).__name__)
            finally:
                self.queue.task_done()

    def _wake_forever(self) -> None:
        from config.celery import app  # noqa: PLC0415 (Celery is imported where something is to be told)

        while True:
            self.wanted.wait()
            self.wanted.clear()
            while self.tasks:
                _wake(app, self.tasks.pop())


def _wake(app: Any, task: str) -> None:
    try:
        app.send_task(task, retry=False, expires=30)
    except Exception as error:  # noqa: BLE001 (the sweep finds what a lost wake-up leaves)
        log.warning("no worker woken for %s: %s", task, error or type(error).__name__)


def _publisher() -> _Publisher:
    found = _Publisher.current
    if found is None or found.pid != os.getpid():
        with _Publisher.lock:
            found = _Publisher.current
            if found is None or found.pid != os.getpid():
                found = _Publisher.current = _Publisher()
                atexit.register(flush)
    return found
