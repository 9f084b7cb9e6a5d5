"""What base.html shows around every page: the person, their projects, and which page of which project is open.

The open project is `request.project` where the view has set it (projects.http.open_project does; a view of the issues
app sets it itself), otherwise the project of the rail whose key stands in the address. The marked page is
`request.page`, which the decorator projects.http.project_page sets: board, issues, chat, files, activity, settings,
trash or "".
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from accounts.queries.teams import RailTeam, rail_teams
from notifications.queries import unread_count
from projects.access import access_to
from projects.enums import Role
from projects.models import Project
from projects.permissions import Perm
from projects.queries import RailProject, guests_may_read, rail_of


@dataclass(frozen=True, slots=True)
class ShellPerson:
    """The person as the shell shows them."""

    username: str
    display_name: str
    initials: str
    hue: int
    picture: str = ""
    theme: str = ""


class Shell:
    """Reads each thing when a template asks for it, once a request; a fragment that asks for nothing costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def person(self) -> ShellPerson | None:
        """The person, or None for a guest."""
        user = self._request.user
        if not user.is_authenticated:
            return None
        return ShellPerson(user.username, user.name, user.initials, user.hue, user.picture, user.theme)

    @cached_property
    def projects(self) -> list[RailProject]:
        """The person's active projects by name, and the open one where it is not among them (one statement)."""
        rail = self._own_projects
        opened = self._opened
        if opened is None or any(entry.key == opened.key for entry in rail):
            return rail
        return [RailProject(opened.pk, opened.key, opened.name, opened.visibility, opened.icon_id), *rail]

    @cached_property
    def project(self) -> RailProject | None:
        """The open project, or None."""
        key = self._opened.key if self._opened else self._key_in_address
        return next((entry for entry in self.projects if entry.key == key), None)

    @property
    def page(self) -> str:
        """The page of the open project that the rail marks."""
        return str(getattr(self._request, "page", ""))

    @cached_property
    def teams(self) -> list[RailTeam]:
        """The person's teams, those that they share first, then their own; none for a guest (one statement)."""
        user = self._request.user
        return rail_teams(user) if user.is_authenticated else []

    @property
    def team_name(self) -> str:
        """The name of the first of them; empty where there is none."""
        return self.teams[0].name if self.teams else ""

    @cached_property
    def inbox_unread(self) -> int:
        """The number of things in the person's inbox that they have not read (one statement; none for a guest)."""
        user = self._request.user
        return unread_count(user.pk) if user.is_authenticated else 0

    @cached_property
    def may_create(self) -> bool:
        """Say whether the person may create issues in the open project; the page of a new one decides again."""
        if self._opened is not None:
            return access_to(self._opened, self._request.user).can(Perm.CREATE_ISSUE)
        return self.project is not None and self.project.role in {Role.DEVELOPER, Role.LEAD}

    @cached_property
    def may_administer(self) -> bool:
        """Say whether the admin lets the person in: site administrators, and leads of a project."""
        user = self._request.user
        leads = any(entry.role == Role.LEAD for entry in self._own_projects)
        return user.is_authenticated and (user.is_superuser or leads)

    @property
    def is_administrator(self) -> bool:
        """Say whether the person is a site administrator, who has pages of their own."""
        user = self._request.user
        return user.is_authenticated and user.is_superuser

    @property
    def asks_to_log_in(self) -> bool:
        """Say whether this site shows public projects only to who is logged in."""
        return not guests_may_read()

    @cached_property
    def _own_projects(self) -> list[RailProject]:
        return rail_of(self._request.user)

    @property
    def _opened(self) -> Project | None:
        return getattr(self._request, "project", None)

    @property
    def _key_in_address(self) -> str:
        match = self._request.resolver_match
        return str(match.kwargs.get("key", "")) if match else ""


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give every page its shell. Makes no query until a template reads one of its attributes."""
    return {"shell": Shell(request)}
