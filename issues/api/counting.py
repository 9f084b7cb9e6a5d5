"""How many issues there are."""

from ninja import Query
from pydantic import Field

from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Out
from issues.api.issues import FilterAsked
from issues.api.names import filter_of
from issues.counting import By, tallies
from projects.access import get_project_or_404

routes = Operations(tags=["Issues"])


class CountsAsked(FilterAsked):
    """What to count by, and which issues."""

    by: By


class CountOut(Out):
    """One line. `value` is the filter's word that finds these issues; of weeks the ISO week (Monday to Sunday, UTC)."""

    value: str = Field(
        examples=["in-progress"],
        description="Of former members, and of issues without a label, no filter finds them.",
    )
    name: str = Field(examples=["In progress"])
    count: int = Field(description="How many there are; of weeks, how many were created.")
    closed: int | None = Field(description="How many were closed in that week; null for all else.")


@routes.get("/projects/{key:key}/aggregate", scope=Scope.ISSUES_READ, answer=list[CountOut], guest=True)
def count_issues(request: ApiRequest, key: str, asked: Query[CountsAsked]) -> list[CountOut]:
    """Count the issues of a project by state, assignee, label, priority or week.

    With the filters of the list. For everyone who may read the project.
    """
    project = get_project_or_404(request.user, key)
    wanted = filter_of(request, project)
    return [
        CountOut(value=line.value, name=line.name, count=line.count, closed=line.closed)
        for line in tallies(project, wanted, request.user.pk, asked.by)
    ]
