"""Filters that a person keeps by a name."""

from typing import Annotated

from ninja import Query
from pydantic import Field

from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Done, In, Out
from issues.access import get_saved_filter_or_404
from issues.models import SavedFilter
from issues.queries import saved_filters
from issues.services.filters import NAME_LENGTH, QUERY_LENGTH, change_filter, delete_filter, save_filter
from projects.access import get_project_or_404

routes = Operations(tags=["Saved filters"])
ProjectKey = Annotated[str, Field(max_length=10, pattern=r"^[A-Z][A-Z0-9]{1,9}$", examples=["WEB"])]
QUERY = Field(max_length=QUERY_LENGTH, description="As in the board's address.", examples=["assignee=me&due=week"])
NAME = Field(min_length=1, max_length=NAME_LENGTH, examples=["Mine this week"])


class FilterOut(Out):
    """A saved filter; `project` is null for one that serves in all projects."""

    id: int
    name: str
    project: str | None
    query: str


class FilterIn(In):
    """A filter to keep. Without a project it may use only what every project knows: no states, labels, members."""

    name: str = NAME
    query: str = QUERY
    project: ProjectKey | None = None


class FilterEditIn(In):
    """What to change of a filter; what is left out stays."""

    name: str = Field("", min_length=1, max_length=NAME_LENGTH)
    query: str = Field("", max_length=QUERY_LENGTH)


class FiltersAsked(In):
    """Which filters."""

    project: ProjectKey | None = Field(None, description="Those for one project, and those for all of them.")


@routes.get("/filters", scope=Scope.ISSUES_READ, answer=list[FilterOut])
def list_saved_filters(request: ApiRequest, asked: Query[FiltersAsked]) -> list[FilterOut]:
    """List your saved filters.

    Nobody else sees them. With `project` those that serve there.
    """
    project = get_project_or_404(request.user, asked.project) if asked.project else None
    return [_filter_out(saved) for saved in saved_filters(request.user, project)]


@routes.post("/filters", scope=Scope.ISSUES_WRITE, answer=FilterOut, status=201, errors=(404, 409, 422))
def create_saved_filter(request: ApiRequest, saved: FilterIn) -> FilterOut:
    """Save a filter.

    For yourself, for a project that you may read, or for all of them. 409 where you have one by that name there.
    """
    project = get_project_or_404(request.user, saved.project) if saved.project else None
    return _filter_out(save_filter(actor=request.user, project=project, name=saved.name, query=saved.query))


@routes.patch("/filters/{int:pk}", scope=Scope.ISSUES_WRITE, answer=FilterOut, errors=(404, 409, 422))
def change_saved_filter(request: ApiRequest, pk: int, changes: FilterEditIn) -> FilterOut:
    """Rename a saved filter of yours, or let it find something else."""
    saved = get_saved_filter_or_404(request.user, pk)
    sent = changes.model_dump(include=changes.model_fields_set)
    return _filter_out(change_filter(actor=request.user, saved=saved, changes=sent))


@routes.delete("/filters/{int:pk}", scope=Scope.ISSUES_WRITE, answer=Done)
def delete_saved_filter(request: ApiRequest, pk: int) -> Done:
    """Delete a saved filter of yours."""
    delete_filter(saved=get_saved_filter_or_404(request.user, pk))
    return Done()


def _filter_out(saved: SavedFilter) -> FilterOut:
    return FilterOut(
        id=saved.pk, name=saved.name, project=saved.project.key if saved.project else None, query=saved.query
    )
