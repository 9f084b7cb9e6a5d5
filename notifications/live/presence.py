"""Who is in a project's room: the people with its conversation on screen, whichever web process holds their socket.

Each hub tells the others, through the layer, who is in a room by its sockets; again with each beat, and once more when
somebody asks. What a hub has not repeated for a while is forgotten, so that one that died leaves nobody behind.
"""

import time
from collections.abc import Iterable
from typing import Any

from notifications.live.publisher import publish, stream_group
from notifications.live.sockets import Socket
from notifications.live.streams import Stream, as_json

FORGET_AFTER = 45.0
Card = dict[str, Any]


class Presence:
    """One hub's view of all rooms that its sockets look at."""

    def __init__(self, hub_name: str) -> None:
        self._hub = hub_name
        # By thread, then by hub: its people, and when they are forgotten.
        self._seen: dict[int, dict[str, tuple[list[Card], float]]] = {}
        self._told: dict[int, list[Card]] = {}

    def arrived(self, socket: Socket, stream: Stream) -> None:
        """A socket looks at a room: show it who is there, tell the others, and ask who else is."""
        thread = socket.look.thread
        if thread in self._told:
            socket.push(_text(thread, self._told[thread]))
        self.announce(stream, thread)
        publish(stream_group(stream.name), {"type": "here.ask", "thread": thread, "hub": self._hub})

    def announce(self, stream: Stream, thread: int) -> None:
        """Tell all hubs who is in a room by the sockets of this one."""
        people = _cards(socket for socket in stream.sockets if _is_in(socket, thread))
        news = {"type": "here", "thread": thread, "hub": self._hub, "people": people}
        publish(stream_group(stream.name), news)

    def refresh(self, streams: Iterable[Stream]) -> None:
        """Repeat what this hub has to say, and forget hubs that no longer do; called with each beat."""
        now = time.monotonic()
        for stream in streams:
            threads = {socket.look.thread for socket in stream.sockets if socket.look.is_room}
            for thread in threads:
                self.announce(stream, thread)
                hubs = self._seen.get(thread, {})
                for hub in [hub for hub, (_people, until) in hubs.items() if until < now]:
                    del hubs[hub]
                self._tell(stream, thread)

    def heard(self, stream: Stream, message: dict[str, Any]) -> None:
        """Take what a hub has said, this one included, or answer its question."""
        thread, hub = int(message["thread"]), str(message["hub"])
        if message["type"] == "here.ask":
            if hub != self._hub and any(_is_in(socket, thread) for socket in stream.sockets):
                self.announce(stream, thread)
            return
        hubs = self._seen.setdefault(thread, {})
        if message["people"]:
            hubs[hub] = (message["people"], time.monotonic() + FORGET_AFTER)
        else:
            hubs.pop(hub, None)
        self._tell(stream, thread)

    def _tell(self, stream: Stream, thread: int) -> None:
        """Send who is there to the pages that show it, where that has changed."""
        cards = {card["username"]: card for people, _until in self._seen.get(thread, {}).values() for card in people}
        people = sorted(cards.values(), key=lambda card: str(card["name"]))
        watching = [socket for socket in stream.sockets if _is_in(socket, thread)]
        if not watching:
            self._seen.pop(thread, None)
            self._told.pop(thread, None)
        elif people != self._told.get(thread):
            self._told[thread] = people
            text = _text(thread, people)
            for socket in watching:
                socket.push(text)


def _is_in(socket: Socket, thread: int) -> bool:
    """Who the members are is told to members only, and so is which of them are there."""
    place = socket.place
    return socket.look.is_room and socket.look.thread == thread and place is not None and place.is_member


def _cards(sockets: Iterable[Socket]) -> list[Card]:
    people = {socket.person_id: socket.bearer.person for socket in sockets}
    return [
        {
            "username": person.username,
            "name": person.name,
            "initials": person.initials,
            "hue": person.hue,
            "picture": person.picture,
        }
        for _pk, person in sorted(people.items())
    ]


def _text(thread: int, people: list[Card]) -> str:
    return as_json({"t": "here", "thread": thread, "people": people})
