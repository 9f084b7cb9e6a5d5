"""What the apps above lend to this one, which may not import them. Each fills its part in its AppConfig.ready().

An audience decides, for one kind of event, who is told, as what and why. There is one for each kind, and nowhere else
is that decided; a kind without one is told to nobody.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notifications.enums import NoticeKind, Reason

if TYPE_CHECKING:
    from notifications.models import Event


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


@dataclass
class Lent:
    """Single functions that the apps above lend."""

    # Of these people, those who may read the project now: active, and by its visibility or their grants.
    readers: Callable[[int, Collection[int]], set[int]]
    # An event in words: projects.activity.describe.
    describe: Callable[..., Any]


lent: Lent


def lend(**functions: Any) -> None:
    """Fill `lent`; called once, by projects.apps."""
    global lent  # noqa: PLW0603 (filled once, when the apps are ready)
    lent = Lent(**functions)
