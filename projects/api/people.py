"""The directory: whoever shares a project with the reader."""

from ninja import Query
from pydantic import Field

from accounts.api.shapes import PersonOut, person_out
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging, page_of
from config.api.shapes import Listing
from projects.queries import people_known_to

routes = Operations(tags=["People"])


class PeopleAsked(Paging):
    """Which people are listed."""

    q: str = Field("", max_length=100, description="A part of the name or username.")


@routes.get("/people", scope=Scope.PEOPLE_READ, answer=Listing[PersonOut], sparse=True, errors=(422,))
def list_people(request: ApiRequest, asked: Query[PeopleAsked]) -> Listing[PersonOut]:
    """List the people whom you know.

    Yourself, and whoever shares a project with you, by username; site administrators see everyone who is active.
    """
    found, following = page_of(people_known_to(request.user, text=asked.q), asked, ["username"], context="people")
    return Listing(items=[person_out(person) for person in found], next=following)
