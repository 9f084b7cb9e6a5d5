"""What the apps above lend to this one, which may not import them. Each fills its part in its AppConfig.ready().

An audience decides, for one kind of event, who is told, as what and why. There is one for each kind, and nowhere else
is that decided; a kind without one is told to nobody.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notifications.enums import NoticeKind, Reason

if TYPE_CHECKING:
    from notifications.models import Event
    from projects.models import Project


@dataclass(frozen=True, slots=True)
class Notice:
    """A person is told of an event as `kind` because of `reason`. Several for one person are merged into one entry."""

    person_id: int
    kind: NoticeKind
    reason: Reason


@dataclass(frozen=True, slots=True)
class About:
    """What an event is about: its project and its issue, where there are such."""

    project_id: int | None = None
    issue_id: int | None = None


Audience = Callable[["Event"], Iterable[Notice]]
audiences: dict[str, Audience] = {}


def audience(*kinds: str) -> Callable[[Audience], Audience]:
    """Register the one function that decides who is told of events of these kinds; ValueError for a second one."""

    def register(decide: Audience) -> Audience:
        for kind in kinds:
            if kind in audiences:
                raise ValueError(f"{kind} has an audience already")
            audiences[str(kind)] = decide
        return decide

    return register


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message: its name, and the path of its page."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Told:
    """A message as somebody who was told of it reads it: its first words, all as safe HTML, and as it was typed."""

    excerpt: str
    html: str
    body: str = ""
    files: tuple[Attached, ...] = ()


class Lent:
    """Single functions that the apps above lend. Each app fills its own in its AppConfig.ready()."""

    # Of these people, those who may read the project now: active, and by its visibility or their grants.
    readers: Callable[[int, Collection[int]], set[int]]
    # The same rule as SQL: whether the row `project` may be read by the person with the id %(person)s.
    readable: str
    # An event in words: projects.activity.describe.
    describe: Callable[..., Any]
    # The project with this key, or Http404: projects.access.get_project_or_404.
    project: Callable[..., "Project"]
    # What projects were called then, by id; for those that the reader lost since.
    names_then: Callable[[Mapping[int, datetime]], dict[int, str]]
    # Each (person, project) of some people as notifications.live.sockets.Place, where the person may read it now.
    places: Callable[..., Mapping[tuple[int, int], Any]]
    # The projects whose rooms the rail of each of the people shows: keys by id.
    rooms: Callable[[Collection[int]], Mapping[int, Mapping[int, str]]]
    # How long a log-in lasts at most, in seconds.
    session_seconds: Callable[[], float]
    # Of these people, those who may open nothing before they have set up a second factor.
    kept_out: Callable[[Collection[int]], set[int]]
    # Marks these people, and these of their sessions by key, as seen at the time.
    note_seen: Callable[[Collection[int], Collection[str], datetime], None]
    # What a webhook says of an event besides what stands in it: its project or team, its issue, and a sentence.
    hook_context: Callable[["Event"], Mapping[str, Any]]
    # The kinds of events that a webhook can be told of, as the choices of a form: (group, ((kind, word), …)).
    hook_kinds: Callable[[], Any]
    # The messages of which events tell, by event id, for one reader who may read their projects; no deleted ones.
    tell: Callable[..., Mapping[int, Told]]


lent = Lent()


def lend(**functions: Any) -> None:
    """Fill parts of `lent`; called by each app once, when the apps are ready."""
    for name, function in functions.items():
        setattr(lent, name, function)
