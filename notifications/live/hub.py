"""The hub of a web process: joins the sockets that are open here to the streams and people that they are about.

There is one in each process and event loop. It hears the layer by one channel (ear.py), reads each stream once for all
its sockets (streams.py), beats so that pages know where they stand, and looks again and again whether sockets may stay
open (guard.py). Nothing but the database is believed: whatever the layer loses is found by the next beat.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings

from config import clock
from notifications import hooks
from notifications.live import guard, reading
from notifications.live.ear import Ear
from notifications.live.presence import Presence
from notifications.live.publisher import EVERYONE, person_group, stream_group
from notifications.live.sockets import Close, Socket
from notifications.live.streams import Stream, as_json

log = logging.getLogger("plumbline.live")
Params = ParamSpec("Params")
Result = TypeVar("Result")
THREADS = 2
# While the layer is silent the database is asked instead, this often; and sockets are checked more often.
POLL_EVERY = 2.0
DEAF_RECHECK_EVERY = 10.0
BATCH = 250
# A log-out ends the sockets of a session; for so long it cannot open new ones either, whatever is still stored.
REMEMBER_ENDED = 120.0
NEWS_PAUSE = 0.05
# Each process reads the installation's settings anew within a second.
RULES_KNOWN = 1.2
SETTLE = 2.0
MISSED_BEATS = 3
LATE = as_json({"t": "beat", "late": True})


class Hub:
    """Everything about the open sockets of one event loop. Its methods belong to that loop."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.streams: dict[str, Stream] = {}
        self.sessions: Counter[str] = Counter()
        self.ear = Ear(self._take, self._ear_changed)
        self.presence = Presence(self.ear.name)
        self.late = False
        self._by_person: dict[int, set[Socket]] = {}
        self._ended: dict[str, float] = {}
        self._inboxes: set[int] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
        self._tasks = [
            asyncio.create_task(self._forever(step))
            for step in (self.ear.run, self._beat_in_time, self._recheck_in_time, self._poll_while_deaf)
        ]

    async def work(self, job: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs) -> Result:
        """Run a job that uses the database in one of the hub's threads."""
        run = partial(reading.in_a_thread, job, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    def stop(self) -> None:
        """Let the threads go; for event loops that end before their process does."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        _hubs.pop(asyncio.get_running_loop(), None)

    def is_ended(self, digest: str) -> bool:
        """Say whether the session was logged out a moment ago."""
        return digest in self._ended

    async def open(self, socket: Socket) -> None:
        """Let a socket in: from its `hello` on it gets every change of its stream, and what concerns its person.

        First it can be told that it must close, then it is looked at once more: a right that ended while it was being
        opened is not missed. Raises what the database raises.
        """
        await self._enter(socket)
        await self.recheck([socket])
        stream = await self._stream(socket.stream, socket) if socket.stream and not socket.code else None
        unread = (await self.work(reading.unread_counts, [socket.person_id]))[socket.person_id]
        key, seq = (socket.place.key, stream.seq) if socket.place and stream else (None, 0)
        socket.push(as_json({"t": "hello", "project": key, "seq": seq, "unread": unread}))
        if self.late:
            socket.push(LATE)
        if stream and not socket.code:
            stream.key = str(key)
            stream.listeners.discard(socket)
            stream.sockets.add(socket)
            stream.grown(stream.target)
            self.looked(socket, 0)

    async def _enter(self, socket: Socket) -> None:
        self.sockets.add(socket)
        is_first = socket.person_id not in self._by_person
        self._by_person.setdefault(socket.person_id, set()).add(socket)
        if is_first:
            await self.ear.join(person_group(socket.person_id))
        if self.is_ended(socket.digest):
            socket.close(Close.LOG_IN)

    def leave(self, socket: Socket) -> None:
        """Forget a socket; streams and groups that nobody needs any more are given up."""
        self.sockets.discard(socket)
        mine = self._by_person.get(socket.person_id, set())
        if socket in mine:
            mine.discard(socket)
            if not mine:
                del self._by_person[socket.person_id]
                self.ear.leave(person_group(socket.person_id))
        for stream in list(self.streams.values()):
            stream.listeners.discard(socket)
            if socket in stream.sockets:
                stream.sockets.discard(socket)
                if socket.look.is_room:
                    self.presence.announce(stream, socket.look.thread)
            self._give_up(stream)

    def looked(self, socket: Socket, before: int) -> None:
        """Note that a page shows another conversation than `before`; rooms are told who came and who left."""
        stream = self.streams.get(socket.stream)
        if stream is None or not socket.place or not socket.place.is_member:
            return
        if before and before != socket.look.thread:
            self.presence.announce(stream, before)
        if socket.look.is_room:
            self.presence.arrived(socket, stream)

    async def recheck(self, sockets: Iterable[Socket]) -> None:
        """Close those of the sockets that may not be open any more. Raises what the database raises."""
        everyone = list(sockets)
        for start in range(0, len(everyone), BATCH):
            batch = everyone[start : start + BATCH]
            verdicts = await self.work(guard.judge, guard.claims_of(batch))
            for socket, verdict in zip(batch, verdicts, strict=True):
                if verdict.code:
                    socket.close(verdict.code)
                else:
                    await self._renew(socket, verdict)

    async def _renew(self, socket: Socket, verdict: guard.Verdict) -> None:
        socket.bearer = replace(socket.bearer, person=verdict.person, data=verdict.data)
        if socket.rooms != verdict.rooms:
            socket.rooms = verdict.rooms
            await self._listen(socket)

    async def _listen(self, socket: Socket) -> None:
        """Let a socket hear of its person's other rooms, and of no more than those."""
        wanted = {f"project:{pk}" for pk in socket.rooms} - {socket.stream}
        for stream in list(self.streams.values()):
            if stream.name not in wanted and stream.name != socket.stream:
                stream.listeners.discard(socket)
                self._give_up(stream)
        for name in wanted:
            await self._stream(name, socket)

    async def _stream(self, name: str, socket: Socket) -> Stream:
        """Return a stream with the socket among its listeners: begun where it is new, at where it stands now."""
        stream = self.streams.get(name)
        if stream is None:
            stream = self.streams[name] = Stream(self, name)
        stream.listeners.add(socket)
        if stream.ready is None:
            stream.ready = asyncio.ensure_future(self._begin(stream))
        await asyncio.shield(stream.ready)
        return stream

    async def _begin(self, stream: Stream) -> None:
        try:
            await self.ear.join(stream_group(stream.name))
            stream.seq = (await self.work(reading.heads_of, [stream.name])).get(stream.name, 0)
        except BaseException:
            # The next attempt joins once more, and each joining is left once.
            self.ear.leave(stream_group(stream.name))
            stream.ready = None
            raise

    def _give_up(self, stream: Stream) -> None:
        if not stream.is_needed and self.streams.get(stream.name) is stream:
            del self.streams[stream.name]
            self.ear.leave(stream_group(stream.name))

    # --- what the layer brings ----------------------------------------------------------------------------------------

    def _take(self, message: dict[str, Any]) -> None:
        """Deal with one message at once, or begin a task for it: what follows must not wait."""
        place, _dot, name = str(message["group"]).partition(".")
        if place == "stream":
            if stream := self.streams.get(name.replace(".", ":")):
                self._of_stream(stream, message)
        elif place == "person":
            self._of_person(int(name), message)
        elif place == EVERYONE:
            self._soon(self._recheck_everyone())

    def _of_stream(self, stream: Stream, message: dict[str, Any]) -> None:
        if message["type"] == "stream.grown":
            stream.grown(message["seq"])
        elif message["type"] == "typing":
            stream.typing(message)
        else:
            self.presence.heard(stream, message)

    def _of_person(self, person_id: int, message: dict[str, Any]) -> None:
        sockets = self._by_person.get(person_id, set())
        match message["type"]:
            case "rights.changed":
                self._soon(self._recheck_person(person_id))
            case "session.ended":
                self._ended[message["session"]] = time.monotonic()
                for socket in sockets:
                    if socket.digest == message["session"]:
                        socket.close(Close.LOG_IN)
            case "cursor.moved":
                news = {"t": "read"} | {name: value for name, value in message.items() if name not in ("type", "group")}
                for socket in sockets:
                    socket.push(as_json(news))
            case "inbox.changed":
                if not self._inboxes:
                    self._soon(self._tell_inboxes())
                self._inboxes.add(person_id)

    async def _recheck_everyone(self) -> None:
        """The rules changed for all. This process may remember the former ones for another moment."""
        await asyncio.sleep(RULES_KNOWN)
        await self._recheck_soon(lambda: self.sockets)

    async def _recheck_person(self, person_id: int) -> None:
        await self._recheck_soon(lambda: self._by_person.get(person_id, set()))

    async def _recheck_soon(self, sockets: Callable[[], Iterable[Socket]]) -> None:
        for pause in (0.1, 0.5, 2.0):
            try:
                await self.recheck(sockets())
            except reading.UNAVAILABLE:
                await asyncio.sleep(pause)
            else:
                return

    async def _tell_inboxes(self) -> None:
        """Count for all whose inbox has changed within a moment, with one statement."""
        await asyncio.sleep(NEWS_PAUSE)
        people, self._inboxes = self._inboxes, set()
        for person_id, unread in (await self.work(reading.unread_counts, people)).items():
            for socket in self._by_person.get(person_id, set()):
                socket.push(as_json({"t": "inbox", "unread": unread}))

    # --- what time brings ---------------------------------------------------------------------------------------------

    async def _beat_in_time(self) -> None:
        await asyncio.sleep(settings.LIVE_BEAT_SECONDS)
        await self.beat()

    async def beat(self) -> None:
        """Tell every page where its stream stands. What the layer lost is passed on first, so that no page has to ask.

        Where the hub itself cannot know, for want of the database or the layer, it says so: the page shows *Delayed*.
        """
        try:
            heads, unread = await self.work(reading.heads_and_unread, list(self.streams), list(self._by_person))
        except reading.UNAVAILABLE as error:
            log.warning("no heartbeat: %s", error)
            heads, unread = {}, {}
        for name, head in heads.items():
            if stream := self.streams.get(name):
                stream.grown(head)
        await asyncio.gather(*(stream.settled(SETTLE) for stream in list(self.streams.values())))
        self.late = self.ear.is_deaf or (bool(self.sockets) and not unread)
        self._close_silent()
        for position, socket in enumerate(list(self.sockets)):
            socket.push(self._beat_of(socket, unread.get(socket.person_id)))
            if position % BATCH == BATCH - 1:
                await asyncio.sleep(0)
        self.presence.refresh(list(self.streams.values()))

    def _beat_of(self, socket: Socket, unread: int | None) -> str:
        stream = self.streams.get(socket.stream)
        if self.late or unread is None or (stream and stream.seq < stream.target):
            return LATE
        return as_json({"t": "beat", "seq": stream.seq if stream else None, "unread": unread})

    def _close_silent(self) -> None:
        silent_since = time.monotonic() - MISSED_BEATS * settings.LIVE_BEAT_SECONDS
        for socket in self.sockets:
            if socket.heard < silent_since:
                socket.close(Close.TOO_SLOW)

    async def _recheck_in_time(self) -> None:
        interval = settings.LIVE_RECHECK_SECONDS
        await asyncio.sleep(min(interval, DEAF_RECHECK_EVERY) if self.ear.is_deaf else interval)
        with suppress(*reading.UNAVAILABLE):
            await self.recheck(self.sockets)
            await self._note_seen()
        now = time.monotonic()
        self._ended = {digest: at for digest, at in self._ended.items() if now - at < REMEMBER_ENDED}

    async def _note_seen(self) -> None:
        """Whoever has a page open is here; one statement for all, and one for their sessions."""
        if open_now := [socket for socket in self.sockets if not socket.code]:
            people = {socket.person_id for socket in open_now}
            keys = {socket.bearer.key for socket in open_now}
            await self.work(hooks.lent.note_seen, people, keys, clock.now())

    async def _poll_while_deaf(self) -> None:
        await asyncio.sleep(POLL_EVERY)
        if self.ear.is_deaf:
            with suppress(*reading.UNAVAILABLE):
                for name, head in (await self.work(reading.heads_of, list(self.streams))).items():
                    if stream := self.streams.get(name):
                        stream.grown(head)

    def _ear_changed(self) -> None:
        self._soon(self.beat())

    async def _forever(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await step()
            except Exception:
                log.exception("the hub stumbled")
                await asyncio.sleep(1)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub_here() -> Hub:
    """Return the hub of the running event loop; the first socket makes it."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
