"""Search over all projects that one may read."""

from datetime import datetime

from ninja import Query
from pydantic import Field

from accounts.api.shapes import PersonOut, person_or_none
from accounts.enums import Scope
from accounts.limits import SEARCH
from config.api.operations import ApiRequest, Operations
from config.api.pages import decode_cursor, encode_cursor, wrong_cursor
from config.api.shapes import In, Listing, Out
from issues.filters import TEXT_LENGTH
from issues.search import Hit, named_issue, search

routes = Operations(tags=["Search"])
CONTEXT = "search"
LAST = 200


class SearchAsked(In):
    """What to look for, and which page of it."""

    q: str = Field(
        min_length=1, max_length=TEXT_LENGTH, description="Words; the last one may be a beginning. Or an issue's key."
    )
    cursor: str | None = Field(None, description="The `next` of the page before; left out for the first page.")


class HitOut(Out):
    """An issue that was found."""

    key: str
    title: str
    excerpt: str = Field(description="The part of its description around the words; may be empty.")
    project: str
    state: str
    assignee: PersonOut | None
    updated_at: datetime
    url: str


class HitsOut(Listing[HitOut]):
    """A page of what was found, the latest change first."""

    named: str | None = Field(description="The key of the issue that the words themselves name, such as `web 12`.")


@routes.get("/search", scope=Scope.ISSUES_READ, answer=HitsOut, guest=True, limit=SEARCH, errors=(422,))
def search_for_issues(request: ApiRequest, asked: Query[SearchAsked]) -> HitsOut:
    """Search in titles and descriptions.

    In all projects that you may read, and that the token reaches; archived ones are left out.
    """
    text = asked.q.replace("\x00", "").strip()
    number = _page(asked.cursor)
    found = search(request.user, text, number)
    named = named_issue(request.user, text)
    following = encode_cursor(CONTEXT, [number + 1]) if found.has_more and number < LAST else None
    return HitsOut(items=[_hit_out(hit) for hit in found.hits], next=following, named=named.key if named else None)


def _page(cursor: str | None) -> int:
    if not cursor:
        return 1
    number = decode_cursor(cursor, CONTEXT, 1)[0]
    if type(number) is not int or not 1 <= number <= LAST:
        raise wrong_cursor()
    return number


def _hit_out(hit: Hit) -> HitOut:
    return HitOut(
        key=hit.key,
        title=hit.title.striptags(),
        excerpt=hit.excerpt.striptags(),
        project=hit.project.key,
        state=hit.state.slug,
        assignee=person_or_none(hit.assignee),
        updated_at=hit.updated_at,
        url=f"/{hit.key}/",
    )
