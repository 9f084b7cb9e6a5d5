"""Who watches an issue, and whether the reader does."""

from dataclasses import dataclass

from django.db.models import Q

from issues.models import Issue
from issues.queries import Face, face
from notifications.models import Watch
from projects.access import Person, access_to
from projects.enums import Visibility
from projects.queries import known_people

FACES = 8


@dataclass(frozen=True)
class Watchers:
    """Those who watch an issue, by name, and what the reader has chosen: `watching`, `muted`, or neither.

    Whoever may not see the members of the project is told the number of watchers only: `unnamed`.
    """

    people: tuple[Face, ...] = ()
    mine: str = ""
    unnamed: int = 0

    @property
    def shown(self) -> tuple[Face, ...]:
        """Those whose faces fit."""
        return self.people if len(self.people) <= FACES else self.people[: FACES - 1]

    @property
    def more(self) -> int:
        """The number of the others."""
        return len(self.people) - len(self.shown)


def watchers_of(issue: Issue, person: Person) -> Watchers:
    """Return who watches the issue and may still read it (one statement).

    Their names are for members and site administrators, like the list of members (projects.access.require_member).
    """
    watches = Watch.objects.filter(Q(is_muted=False, person__is_active=True) | Q(person=person.pk or 0), issue=issue)
    rows = list(watches.select_related("person").order_by("person__display_name", "person__username"))
    mine = next((row for row in rows if row.person_id == person.pk), None)
    state = "" if mine is None else "muted" if mine.is_muted else "watching"
    readers = None
    if issue.project.visibility == Visibility.PRIVATE:
        readers = {member.pk for member in known_people(issue.project)}
    people = [
        face(row.person)
        for row in rows
        if not row.is_muted and (readers is None or row.person_id in readers or row.person.is_superuser)
    ]
    access = access_to(issue.project, person)
    if access.role is None and not access.is_administrator:
        return Watchers(mine=state, unnamed=len(people))
    return Watchers(tuple(people), state)
