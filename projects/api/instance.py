"""Every project of the installation, and anyone's place in it, for site administrators; 404 for everyone else."""

from datetime import datetime
from typing import Annotated

from django.http import Http404
from ninja import Query
from pydantic import Field

from accounts.api.instance import administrators_only
from accounts.api.shapes import PersonOut, person_out
from accounts.enums import Scope
from accounts.queries.instance import get_person_or_404
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import In, Listing, Out
from projects.api.members import PermissionOut, permissions_out
from projects.api.shapes import Key, RoleWord, TeamRefOut, VisibilityWord
from projects.inventory import (
    STATES,
    Size,
    get_any_project_or_404,
    memberships_of,
    project_with_key,
    projects_of_instance,
    sizes_of,
)
from projects.models import Membership, Project
from projects.queries import ids_reached_by, reached_by
from projects.services.projects import restore_project
from projects.services.takeover import REASON_LENGTH, take_over

routes = Operations(tags=["Administration"])
ONE = "/instance/projects/{int:project_id}"


class AnyProjectOut(Out):
    """A project as administrators see it, also an archived one or one in the trash."""

    id: int
    key: str
    name: str
    visibility: VisibilityWord
    team: TeamRefOut
    owner: PersonOut
    members: int
    issues: int
    file_bytes: int
    created_at: datetime
    archived_at: datetime | None
    deleted_at: datetime | None


class AnyProjectsAsked(Paging):
    """Which projects."""

    q: str = Field("", max_length=100, description="Words of the name or the team, a key's beginning, or its owner.")
    state: Annotated[str, OneOf(*STATES)] = ""


class AnyPlaceOut(Out):
    """A project, and a person's role in it."""

    id: int
    key: str
    name: str
    team: TeamRefOut
    role: RoleWord
    archived_at: datetime | None


class TakeOverIn(In):
    """Why."""

    reason: str = Field(min_length=1, max_length=REASON_LENGTH, description="The project's members read it.")


class ProjectNamed(In):
    """Which project."""

    project: Key


@routes.get("/instance/projects", scope=Scope.ADMIN_READ, answer=Listing[AnyProjectOut], sparse=True)
def list_all_projects(request: ApiRequest, asked: Query[AnyProjectsAsked]) -> Listing[AnyProjectOut]:
    """List every project of the installation.

    By name. For site administrators.
    """
    administrators_only(request)
    found = reached_by(request.user, projects_of_instance(text=asked.q, state=asked.state))
    rows, following = page_of(found, asked, ["name", "pk"], context="instance")
    sizes = sizes_of([row.pk for row in rows])
    return Listing(items=[_any_out(row, sizes[row.pk]) for row in rows], next=following)


@routes.get(ONE, scope=Scope.ADMIN_READ, answer=AnyProjectOut, errors=(404,))
def read_any_project(request: ApiRequest, project_id: int) -> AnyProjectOut:
    """Read any project, also one in the trash.

    For site administrators.
    """
    return _told(_any(request, project_id))


@routes.post(f"{ONE}/take-over", scope=Scope.ADMIN_WRITE, answer=AnyProjectOut)
def take_over_project(request: ApiRequest, project_id: int, given: TakeOverIn) -> AnyProjectOut:
    """Become a lead of any project.

    The project's activity and the log of the installation tell it, with the reason. For site administrators.
    """
    project = _any(request, project_id)
    take_over(actor=request.user, project=project, reason=given.reason)
    return _told(project)


@routes.post(f"{ONE}/restore", scope=Scope.ADMIN_WRITE, answer=AnyProjectOut)
def restore_any_project(request: ApiRequest, project_id: int) -> AnyProjectOut:
    """Take any project out of the trash.

    422 while its team is deleted. For site administrators.
    """
    restore_project(actor=request.user, project=_any(request, project_id))
    return _told(_any(request, project_id))


@routes.get("/instance/people/{str:username}/projects", scope=Scope.ADMIN_READ, answer=Listing[AnyPlaceOut])
def list_projects_of_anyone(request: ApiRequest, username: str, asked: Query[Paging]) -> Listing[AnyPlaceOut]:
    """List the projects that somebody is a member of.

    By name, without those in the trash. For site administrators.
    """
    administrators_only(request)
    rows = memberships_of(get_person_or_404(username))
    found, following = page_of(rows, asked, ["project__name", "pk"], context="places")
    return Listing(items=[_place_out(row) for row in found], next=following)


@routes.get("/instance/people/{str:username}/permissions", scope=Scope.ADMIN_READ, answer=list[PermissionOut])
def read_permissions_of_anyone(request: ApiRequest, username: str, asked: Query[ProjectNamed]) -> list[PermissionOut]:
    """Read what anyone may do in any project, and why.

    For site administrators.
    """
    administrators_only(request)
    person, project = get_person_or_404(username), project_with_key(asked.project)
    if project is None or not _reaches(request, project):
        raise Http404("no such project")
    return permissions_out(project, person)


def _any(request: ApiRequest, pk: int) -> Project:
    administrators_only(request)
    project = get_any_project_or_404(pk)
    if not _reaches(request, project):
        raise Http404("not for this token")
    return project


def _place_out(row: Membership) -> AnyPlaceOut:
    project = row.project
    return AnyPlaceOut(
        id=project.pk,
        key=project.key,
        name=project.name,
        team=TeamRefOut(id=project.team_id, name=project.team.name),
        role=row.role,
        archived_at=project.archived_at,
    )


def _reaches(request: ApiRequest, project: Project) -> bool:
    reached = ids_reached_by(request.user)
    return reached is None or project.pk in reached


def _told(project: Project) -> AnyProjectOut:
    return _any_out(project, sizes_of([project.pk])[project.pk])


def _any_out(project: Project, size: Size) -> AnyProjectOut:
    return AnyProjectOut(
        id=project.pk,
        key=project.key,
        name=project.name,
        visibility=project.visibility,
        team=TeamRefOut(id=project.team_id, name=project.team.name),
        owner=person_out(project.owner),
        members=size.members,
        issues=size.issues,
        file_bytes=size.file_bytes,
        created_at=project.created_at,
        archived_at=project.archived_at,
        deleted_at=project.deleted_at,
    )
