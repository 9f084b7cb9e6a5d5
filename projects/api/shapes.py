"""Projects as the API tells them and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from accounts.api.shapes import PersonOut, person_out
from accounts.enums import Hue
from config.api.pages import OneOf
from config.api.shapes import In, Out
from projects.access import Person
from projects.enums import Role, Template, Visibility
from projects.models import Project
from projects.models.projects import KEY_PATTERN

RoleWord = Annotated[str, OneOf(*Role.values)]
VisibilityWord = Annotated[str, OneOf(*Visibility.values)]
TemplateWord = Annotated[str, OneOf(*Template.values)]
HueNumber = Annotated[int, Field(ge=min(Hue), le=max(Hue), description="One of six colours, red to pink.")]
Key = Annotated[str, Field(max_length=10, pattern=f"^{KEY_PATTERN}$", examples=["WEB"])]
Name = Annotated[str, Field(min_length=1, max_length=80, examples=["Website"])]
Description = Annotated[str, Field(max_length=4000)]
EXAMPLE: dict[str, Any] = {
    "key": "WEB",
    "name": "Website",
    "description": "The site and its shop.",
    "visibility": "private",
    "team": {"id": 3, "name": "Studio"},
    "owner": {"username": "ana", "name": "Ana Pires", "picture": ""},
    "role": "lead",
    "default_role": "developer",
    "developers_move_own": False,
    "viewers_may_write": True,
    "open_issues": 42,
    "members": 7,
    "icon": "",
    "hue": 4,
    "created_at": "2026-03-02T09:30:00Z",
    "archived_at": None,
    "url": "/WEB/",
}


class TeamRefOut(Out):
    """The team of a project."""

    id: int
    name: str


class ProjectOut(Out):
    """A project. `icon` and `url` are addresses on this site."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"example": EXAMPLE})

    key: str
    name: str
    description: str
    visibility: VisibilityWord
    team: TeamRefOut | None = Field(description="Null for who is not a member of the project.")
    owner: PersonOut
    role: RoleWord | None = Field(description="What you are in it; null: you are not a member.")
    default_role: RoleWord | None = Field(description="What the team's members are in it without being added.")
    developers_move_own: bool = Field(description="Developers move only issues that are assigned to them.")
    viewers_may_write: bool = Field(description="Viewers comment, and write in the chat.")
    open_issues: int
    members: int
    icon: str = Field(description="Empty: it is shown by its letters.")
    hue: HueNumber
    created_at: datetime
    archived_at: datetime | None = Field(description="An archived project can only be read and managed.")
    url: str


class TrashedProjectOut(Out):
    """A project in the trash."""

    key: str
    name: str
    owner: PersonOut
    deleted_at: datetime


class ProjectIn(In):
    """A new project. You become its owner and first lead."""

    name: Name
    key: Key | None = Field(None, description="Left out: made from the name.")
    description: Description = ""
    team: int | None = Field(None, ge=1, le=2**63 - 1, description="Not needed where you are in one team only.")
    template: TemplateWord = Field(Template.TASK.value, description="The workflow that it begins with.")
    visibility: VisibilityWord = Visibility.PRIVATE.value
    default_role: RoleWord | None = Field(None, description="What the team's members are in it; null: nothing.")


class ProjectEditIn(In):
    """What to change of a project; what is left out stays."""

    name: Name = ""
    key: Key = Field("", description="Pages at addresses with the old key lead on; of the API only the new one works.")
    description: Description = ""
    visibility: VisibilityWord = Visibility.PRIVATE.value
    developers_move_own: bool = False
    viewers_may_write: bool = False
    default_role: RoleWord | None = Field(None, description="Changes at once what the team's members are here.")


def project_out(project: Project, role: Role | None, person: Person) -> ProjectOut:
    """Return a project that was read with its counts, its owner and its team."""
    row: Any = project
    knows_team = role is not None or (person.is_authenticated and person.is_superuser)
    return ProjectOut(
        key=project.key,
        name=project.name,
        description=project.description,
        visibility=project.visibility,
        team=TeamRefOut(id=project.team_id, name=project.team.name) if knows_team else None,
        owner=person_out(project.owner),
        role=role.value if role else None,
        default_role=project.default_role,
        developers_move_own=project.developers_move_own,
        viewers_may_write=project.viewers_may_write,
        open_issues=row.open_count,
        members=row.member_count,
        icon=project.picture,
        hue=project.hue,
        created_at=project.created_at,
        archived_at=project.archived_at,
        url=project.url,
    )


def sent(changes: In) -> dict[str, Any]:
    """Return the fields that a request named, and no others."""
    return changes.model_dump(include=changes.model_fields_set)
