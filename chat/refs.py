"""Issues that a text names, as their reader may see them: the chip `◐ BUG-12 · In progress · Ana`."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.models import User
from projects.access import Person
from projects.models import Project, ProjectKey
from projects.queries import visible_to

MOST = 50


@dataclass(frozen=True, slots=True)
class Who:
    """What is shown of a person; told apart by value, so that a renamed one is another."""

    username: str
    display_name: str
    initials: str
    hue: int
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """What a chip shows of an issue."""

    key: str
    title: str
    state: str
    category: str
    hue: int | None
    assignee: Who | None

    @property
    def rest(self) -> str:
        """What stands dimmed behind the key."""
        return f"{self.state} · {self.assignee.display_name}" if self.assignee else self.state


def who_is(person: User) -> Who:
    """Return what is shown of a person."""
    return Who(person.username, person.name, person.initials, person.hue, person.picture)


def card_of(who: Who) -> dict[str, str | int]:
    """Return the same for a page's script."""
    return {
        "username": who.username,
        "name": who.display_name,
        "initials": who.initials,
        "hue": who.hue,
        "picture": who.picture,
    }


def refs_within(project: Project, numbers: Iterable[int]) -> dict[str, Ref]:
    """Return the live issues of one project with these numbers, by key (one statement, none without numbers)."""
    return _refs([(project.pk, number, f"{project.key}-{number}") for number in sorted(set(numbers))])


def visible_refs(person: Person, keys: Iterable[tuple[str, int]]) -> dict[str, Ref]:
    """Return those of the issues that the person may read, by the key that was asked for: at most MOST of them.

    A former key of a project leads to it. Two statements, whatever the number; none without keys.
    """
    wanted = list(dict.fromkeys(keys))[:MOST]
    if not wanted:
        return {}
    known = ProjectKey.objects.filter(key__in={key for key, _number in wanted}, project__in=visible_to(person))
    projects = dict(known.values_list("key", "project_id"))
    return _refs([(projects[key], number, f"{key}-{number}") for key, number in wanted if key in projects])


_REFS = """
SELECT wanted.asked, project.key || '-' || issue.number, issue.title, state.name, state.category, state.hue,
    person.id, person.username, person.display_name, person.avatar_id
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS wanted (project_id, number, asked)
JOIN issues_issue AS issue ON issue.project_id = wanted.project_id AND issue.number = wanted.number
    AND issue.deleted_at IS NULL
JOIN projects_project AS project ON project.id = issue.project_id
JOIN projects_state AS state ON state.id = issue.state_id
LEFT JOIN accounts_user AS person ON person.id = issue.assignee_id
"""


def _refs(wanted: list[tuple[int, int, str]]) -> dict[str, Ref]:
    if not wanted:
        return {}
    columns = [list(column) for column in zip(*wanted, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_REFS, columns)
        return {
            asked: Ref(key, title, state, category, hue, _assignee(*person))
            for asked, key, title, state, category, hue, *person in cursor.fetchall()
        }


def _assignee(pk: int | None, username: str, display_name: str, avatar: UUID | None) -> Who | None:
    return who_is(User(pk=pk, username=username, display_name=display_name, avatar_id=avatar)) if pk else None
