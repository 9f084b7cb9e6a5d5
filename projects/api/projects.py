"""Projects: lists, one, new ones, settings, and what ends them."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.api.shapes import person_out
from accounts.enums import Scope
from accounts.models import Team, User
from accounts.queries.teams import teams_to_create_in
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, Sort, page_of
from config.api.shapes import Done, In, Listing, Out
from config.errors import DomainError
from projects.access import access_to, get_deleted_project_or_404, get_project_or_404, require_delete
from projects.api.shapes import ProjectEditIn, ProjectIn, ProjectOut, TrashedProjectOut, project_out, sent
from projects.enums import Role, Template, Visibility
from projects.forms import suggest_key
from projects.listing import own_roles, with_own_counts
from projects.models import Project
from projects.permissions import Perm
from projects.queries import deleted_projects, project_list
from projects.services.members import remove_member
from projects.services.projects import (
    archive_project,
    change_project,
    create_project,
    delete_project,
    restore_project,
    unarchive_project,
)

routes = Operations(tags=["Projects"])
ONE = "/projects/{key:key}"
ORDERS = {"name": ["name", "pk"], "key": ["key"], "created": ["created_at", "pk"]}


class ProjectsAsked(Paging):
    """Which projects, in which order."""

    scope: Annotated[str, OneOf("mine", "all", "archived")] | None = Field(
        None, description="Those of which you are a member (unless you are nobody), all that you may read, or archived."
    )
    q: str = Field("", max_length=100, description="Words of the name, or the beginning of the key.")
    sort: Annotated[str, Sort(*ORDERS)] = "name"


@routes.get("/projects", scope=Scope.PROJECTS_READ, answer=Listing[ProjectOut], guest=True, sparse=True, errors=(422,))
def list_projects(request: ApiRequest, asked: Query[ProjectsAsked]) -> Listing[ProjectOut]:
    """List projects.

    Those that you may read, and that the token reaches. Without a token the public ones.
    """
    scope = asked.scope or ("mine" if request.user.is_authenticated else "all")
    found = project_list(request.user, text=asked.q, scope=scope).select_related("owner", "team")
    rows, following = page_of(found, asked, _order(asked.sort), context="projects")
    roles = own_roles(request.user, rows)
    return Listing(items=[project_out(row, roles.get(row.pk), request.user) for row in rows], next=following)


@routes.post("/projects", scope=Scope.PROJECTS_WRITE, answer=ProjectOut, status=201, errors=(422,))
def create_a_project(request: ApiRequest, project: ProjectIn) -> ProjectOut:
    """Create a project.

    For everyone who is more than a guest in the team. A token that reaches some projects only creates none.
    """
    created = create_project(
        actor=request.user,
        team=_team(request.user, project.team),
        name=project.name,
        key=project.key or _key_for(project.name),
        description=project.description,
        visibility=Visibility(project.visibility),
        template=Template(project.template),
        default_role=Role(project.default_role) if project.default_role else None,
    )
    return _told(request, created.key)


class NameAsked(In):
    """The name of a project that is to be."""

    name: str = Field(min_length=1, max_length=80)


class KeyOut(Out):
    """A key that fits a name; empty where none can be made from it. Another project may have it already."""

    key: str


@routes.get("/projects/key-suggestion", scope=Scope.PROJECTS_READ, answer=KeyOut, errors=(422,))
def suggest_project_key(request: ApiRequest, asked: Query[NameAsked]) -> KeyOut:
    """Suggest a key for the name of a project."""
    return KeyOut(key=suggest_key(asked.name))


@routes.get("/projects/trash", scope=Scope.PROJECTS_READ, answer=Listing[TrashedProjectOut], errors=(422,))
def list_deleted_projects(request: ApiRequest, asked: Query[Paging]) -> Listing[TrashedProjectOut]:
    """List the deleted projects that you may restore.

    Those that you own; for site administrators all. The latest first.
    """
    rows, following = page_of(deleted_projects(request.user), asked, ["-deleted_at", "pk"], context="trash")
    return Listing(items=[_trashed_out(project) for project in rows], next=following)


@routes.post("/projects/trash/{key:key}/restore", scope=Scope.PROJECTS_WRITE, answer=ProjectOut)
def restore_deleted_project(request: ApiRequest, key: str) -> ProjectOut:
    """Take a project out of the trash.

    For its owner and site administrators; 404 for everyone else.
    """
    project = get_deleted_project_or_404(request.user, key)
    restore_project(actor=request.user, project=project)
    return _told(request, key)


@routes.get(ONE, scope=Scope.PROJECTS_READ, answer=ProjectOut, guest=True, sparse=True)
def read_project(request: ApiRequest, key: str) -> ProjectOut:
    """Read a project.

    For everyone who may read it: public ones for everyone, internal ones for who is logged in, private ones for
    members. A former key is not found.
    """
    return _told(request, key)


@routes.patch(ONE, scope=Scope.PROJECTS_WRITE, answer=ProjectOut)
def change_a_project(request: ApiRequest, key: str, changes: ProjectEditIn) -> ProjectOut:
    """Change the settings of a project.

    For leads, also of an archived one.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_SETTINGS)
    changed = change_project(actor=request.user, project=project, changes=sent(changes))
    return _told(request, changed.key)


@routes.post(f"{ONE}/archive", scope=Scope.PROJECTS_WRITE, answer=ProjectOut, errors=(404,))
def archive_a_project(request: ApiRequest, key: str) -> ProjectOut:
    """Put a project into the archive.

    It leaves the lists and can only be read and managed. For leads; twice is as good as once.
    """
    archive_project(actor=request.user, project=get_project_or_404(request.user, key, Perm.MANAGE_SETTINGS))
    return _told(request, key)


@routes.post(f"{ONE}/unarchive", scope=Scope.PROJECTS_WRITE, answer=ProjectOut, errors=(404,))
def unarchive_a_project(request: ApiRequest, key: str) -> ProjectOut:
    """Bring a project back from the archive.

    For leads; twice is as good as once.
    """
    unarchive_project(actor=request.user, project=get_project_or_404(request.user, key, Perm.MANAGE_SETTINGS))
    return _told(request, key)


class DeleteAsked(In):
    """That it is meant."""

    typed_key: str = Field(min_length=1, max_length=10, description="The key of the project, once more.")


@routes.delete(ONE, scope=Scope.PROJECTS_WRITE, answer=Done)
def delete_a_project(request: ApiRequest, key: str, asked: Query[DeleteAsked]) -> Done:
    """Put a project into the trash.

    Nobody sees it until it is restored. For its owner and site administrators.
    """
    project = get_project_or_404(request.user, key)
    require_delete(project, request.user)
    delete_project(actor=request.user, project=project, typed_key=asked.typed_key)
    return Done()


@routes.post(f"{ONE}/leave", scope=Scope.PROJECTS_WRITE, answer=Done)
def leave_project(request: ApiRequest, key: str) -> Done:
    """Leave a project.

    For every member but its last lead, and who is in it by their team.
    """
    remove_member(actor=request.user, project=get_project_or_404(request.user, key), person=request.user)
    return Done()


def _order(sort: str) -> list[str]:
    """Return the columns of an order; the last one, which only makes it certain, always rises."""
    first, *rest = ORDERS[sort.removeprefix("-")]
    return [f"-{first}" if sort.startswith("-") else first, *rest]


def _team(person: User, pk: int | None) -> Team:
    """Return the team that a request names, or the only one there is to choose."""
    teams = list(teams_to_create_in(person))
    if pk is None and len(teams) == 1:
        return teams[0]
    found = next((team for team in teams if team.pk == pk), None)
    if found is None:
        names = ", ".join(f"{team.name} ({team.pk})" for team in teams)
        raise wrong(
            "team", _("Name the team whose project it is, by its id. You may choose from: %s.") % (names or "–")
        )
    return found


def _key_for(name: str) -> str:
    key = suggest_key(name)
    if not key:
        raise wrong("key", _("No key can be made from this name. Type one, such as WEB."))
    return key


def wrong(field: str, sentence: str) -> DomainError:
    """Return the refusal of one field's value."""
    return DomainError(sentence, code="invalid", context={"fields": {field: [sentence]}})


def _told(request: ApiRequest, key: str) -> ProjectOut:
    """Return a project as it is now, for who may read it still."""
    project = get_project_or_404(request.user, key)
    return project_out(with_own_counts(project), access_to(project, request.user).role, request.user)


def _trashed_out(project: Project) -> TrashedProjectOut:
    moment: Any = project.deleted_at
    return TrashedProjectOut(key=project.key, name=project.name, owner=person_out(project.owner), deleted_at=moment)
