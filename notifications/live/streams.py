"""A stream that open pages follow: its new events are read once, built into frames once, and sent to all of them."""

import asyncio
import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation

from config import clock
from notifications.live.frames import Frame, Reader, frames_for
from notifications.live.reading import UNAVAILABLE, events_after
from notifications.live.sockets import Socket
from notifications.schedule import zone_of

if TYPE_CHECKING:
    from notifications.live.hub import Hub
    from notifications.models import Event

log = logging.getLogger("plumbline.live")
# How many events one frame covers at most; a bulk change of a thousand issues is passed on in steps.
STEP = 50
TRY_AGAIN = (0.2, 0.5, 1.0, 2.0)
MESSAGE = "message."
POSTED = "message.posted"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reader, before the day in their zone is known."""

    language: str
    zone: str
    view: str
    thread: int
    selects: bool


@dataclass(frozen=True)
class Step:
    """Some events of a stream, as texts for each kind of reader, and what they mean besides."""

    seq: int
    texts: Mapping[Kind, str]
    threads: frozenset[int]
    people: frozenset[int]
    about_project: bool
    # Who posted into the project's room.
    room_posts: tuple[int | None, ...]


class Stream:
    """One of a hub's streams. `sockets` get its frames; `listeners` only hear that its room has grown."""

    def __init__(self, hub: "Hub", name: str) -> None:
        self.hub, self.name = hub, name
        # The project's key, as the pages that show it know it.
        self.key = ""
        self.seq = self.target = 0
        self.sockets: set[Socket] = set()
        self.listeners: set[Socket] = set()
        self.ready: asyncio.Future[None] | None = None
        self._work: asyncio.Task[None] | None = None

    @property
    def is_needed(self) -> bool:
        """Say whether any socket wants it."""
        return bool(self.sockets or self.listeners)

    def grown(self, seq: int) -> None:
        """Note that it has grown to `seq`. While it is being read this only raises the target of that reading."""
        self.target = max(self.target, seq)
        if self.ready and self.ready.done() and self.seq < self.target and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._pass_on())

    async def settled(self, seconds: float) -> bool:
        """Wait until all that is known of has been passed on, at most so long; say whether it has."""
        if self._work and not self._work.done():
            await asyncio.wait({self._work}, timeout=seconds)
        return self.seq >= self.target

    def typing(self, message: Mapping[str, Any]) -> None:
        """Tell the pages with this conversation on screen who writes there; members only, as with presence."""
        text = as_json({"t": "typing", "thread": message["thread"], "person": message["person"]})
        for socket in self.sockets:
            is_other = socket.bearer.person.username != message["person"]["username"]
            if is_other and socket.place and socket.place.is_member and socket.look.thread == message["thread"]:
                socket.push(text)

    async def _pass_on(self) -> None:
        failures = 0
        while self.seq < self.target and self.is_needed:
            try:
                await self._next_step()
                failures = 0
            except UNAVAILABLE as error:
                log.warning("%s is not passed on: %s", self.name, error)
                await asyncio.sleep(TRY_AGAIN[min(failures, len(TRY_AGAIN) - 1)])
                failures += 1

    async def _next_step(self) -> None:
        wanted = [(socket.bearer.person, socket.look, socket.place) for socket in self.sockets]
        step = await self.hub.work(read_step, self.name, self.key, self.seq, wanted)
        if step is None:
            # Announced, but not there: the stream was not the one that was meant, or its database was restored.
            self.target = self.seq
            return
        await self._check(step)
        texts = dict(step.texts)
        while missing := {kind_of(socket, step.threads) for socket in self.sockets} - texts.keys():
            # Came, or looked elsewhere, while the events were read.
            texts |= await self.hub.work(read_again, self.name, self.key, self.seq, step.seq, missing)
        self.seq = step.seq
        for socket in self.sockets:
            socket.push(texts[kind_of(socket, step.threads)])
        self._tell_listeners(step)

    async def _check(self, step: Step) -> None:
        """Before anything goes out: look again at whoever the events are about, and at all where it is the project."""
        if step.about_project:
            await self.hub.recheck([*self.sockets, *self.listeners])
        elif step.people:
            everyone = [*self.sockets, *self.listeners]
            await self.hub.recheck([socket for socket in everyone if socket.person_id in step.people])

    def _tell_listeners(self, step: Step) -> None:
        if not step.room_posts:
            return
        project_id = int(self.name.partition(":")[2])
        for socket in self.listeners:
            others = sum(author != socket.person_id for author in step.room_posts)
            if others and socket.stream != self.name and (key := socket.rooms.get(project_id)):
                socket.push(as_json({"t": "room", "project": key, "unread": others}))


def kind_of(socket: Socket, threads: Collection[int]) -> Kind:
    """Return the kind of reader that a socket is for events of these threads: other threads make no difference."""
    return _kind(socket.bearer.person, socket.look, socket.place, threads)


def _kind(person: Any, look: Any, place: Any, threads: Collection[int]) -> Kind:
    return Kind(
        person.language,
        person.time_zone,
        look.view,
        look.thread if look.thread in threads else 0,
        bool(place and place.may_select and look.view == "list"),
    )


def read_step(name: str, key: str, after: int, wanted: Iterable[tuple[Any, Any, Any]]) -> Step | None:
    """Read the next events of a stream and build their frames for each kind of reader among `wanted`; None for none."""
    events = events_after(name, after, STEP)
    if not events:
        return None
    threads = frozenset(event.data["thread"] for event in events if event.kind.startswith(MESSAGE))
    kinds = {_kind(*one, threads) for one in wanted}
    about = {event.subject for event in events}
    return Step(
        seq=events[-1].seq,
        texts=_texts(key, after, events, kinds),
        threads=threads,
        people=frozenset(int(name.removeprefix("person:")) for name in about if name.startswith("person:")),
        about_project=any(event.kind.startswith("project.") for event in events),
        room_posts=tuple(
            event.actor_id for event in events if event.kind == POSTED and event.subject.startswith("room:")
        ),
    )


def read_again(name: str, key: str, after: int, upto: int, kinds: Collection[Kind]) -> dict[Kind, str]:
    """Build the same events' frames for further kinds of readers."""
    return _texts(key, after, events_after(name, after, upto - after), kinds)


def _texts(key: str, after: int, events: "list[Event]", kinds: Collection[Kind]) -> dict[Kind, str]:
    head = {"t": "changes", "project": key, "from": after, "seq": events[-1].seq}
    return {kind: as_json(head | {"frames": built(events, kind)}) for kind in kinds}


def built(events: "list[Event]", kind: Kind) -> list[Frame]:
    """Return the frames of some events for a kind of reader, in their language and zone.

    An error in a builder must not end the stream for all: the page is told to read itself anew instead.
    """
    zone = zone_of(kind.zone)
    with timezone.override(zone), translation.override(kind.language):
        today = timezone.localdate(clock.now(), zone)
        reader = Reader(kind.language, kind.zone, today, kind.view, kind.thread, kind.selects)
        try:
            return frames_for(events, reader)
        except UNAVAILABLE:
            raise
        except Exception:
            log.exception("frames of %s %d to %d", events[0].stream_id, events[0].seq, events[-1].seq)
            return [{"k": "project"}]


def as_json(value: Mapping[str, Any]) -> str:
    """Return the text of a message to a page."""
    return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"), ensure_ascii=False)
