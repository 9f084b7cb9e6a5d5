"""What the apps above lend to this one, which may not import them. Each fills its part in its AppConfig.ready()."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from accounts.models import Team, User


class SeenProject(NamedTuple):
    """A project as far as this app needs to know it."""

    id: int
    key: str
    name: str


class Lent:
    """Single functions that the apps above lend."""

    # A team's people or their roles changed (all of them where the last argument is None): make the roles in its
    # projects those that follow from it. Inside the transaction of the change, under the team's lock.
    team_changed: "Callable[[User | None, Team, Collection[int] | None], None]"
    # The projects that a person sees, by key.
    projects_seen: "Callable[[User], Sequence[SeenProject]]"
    # A team was deleted or brought back: its projects go and come with it. The same transaction.
    team_deleted: "Callable[[User, Team], None]"
    team_restored: "Callable[[User, Team], None]"
    # The projects that nobody else leads who can log in, and those of a team; none from the trash.
    projects_led_alone: "Callable[[User], Sequence[SeenProject]]"
    projects_held: "Callable[[Team], Sequence[SeenProject]]"
    # Locks the projects that a person leaves with their account; before it is asked who else leads them.
    lock_projects_of: "Callable[[User], None]"
    # Leaves every project, in the transaction in which a person deletes their account.
    leave_projects: "Callable[[User], None]"


lent = Lent()


def lend(**functions: Any) -> None:
    """Fill parts of `lent`; called by each app once, when the apps are ready."""
    for name, function in functions.items():
        setattr(lent, name, function)


# What each app deletes when a person deletes their account: what was theirs alone. In the transaction of it.
forgetters: "list[Callable[[User], None]]" = []


def forgets(forget: "Callable[[User], None]") -> "Callable[[User], None]":
    """Register what deletes a person's own things."""
    forgetters.append(forget)
    return forget


# What a person takes along in the export of their data: each app adds the names of its files and what stands in them.
exporters: "dict[str, Callable[[User], Any]]" = {}


def exports(name: str) -> "Callable[[Callable[[User], Any]], Callable[[User], Any]]":
    """Register what returns, for one person, the contents of the export's file `name`; ValueError for a second."""

    def register(function: "Callable[[User], Any]") -> "Callable[[User], Any]":
        if name in exporters:
            raise ValueError(f"{name} is exported already")
        exporters[name] = function
        return function

    return register
