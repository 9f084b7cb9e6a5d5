"""Frames: what open pages are told of a stream's events. Built once for each change, kind of reader and process.

Each app registers a builder for the kinds of events that its pages show. A frame is a JSON object with `k`, its kind,
and nothing that one reader of that kind may see and another may not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifications.models import Event

Frame = dict[str, Any]
# What a page may show; everything else is a page that only follows its person.
VIEWS = ("", "board", "list", "room", "issue")


@dataclass(frozen=True, slots=True)
class Reader:
    """All that makes two pages of a project look different, apart from who reads them.

    `view` is what the page shows, one of VIEWS. `thread` is the conversation on screen, 0
    for none. `selects` says whether rows of the list have a box to choose them by.
    """

    language: str
    zone: str
    today: date
    view: str = ""
    thread: int = 0
    selects: bool = False


# Takes the events of one stream, in order, and the kind of reader, whose language and zone are active.
Builder = Callable[["Sequence[Event]", Reader], list[Frame]]
builders: list[tuple[str, Builder]] = []


def builder(prefix: str) -> Callable[[Builder], Builder]:
    """Register a builder for the kinds of events that begin with `prefix`, such as `issue.`; one may have several."""

    def register(build: Builder) -> Builder:
        builders.append((prefix, build))
        return build

    return register


def frames_for(events: "Sequence[Event]", reader: Reader) -> list[Frame]:
    """Return the frames of some events of one stream, each builder's together. The reader's zone must be active."""
    frames: list[Frame] = []
    for prefix, build in builders:
        if mine := [event for event in events if event.kind.startswith(prefix)]:
            frames += build(mine, reader)
    return frames
