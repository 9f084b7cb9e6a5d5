"""Search over all projects that a person may read, and the jump to an issue by its key."""

import re
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from accounts.models import User
from config.markdown import without_pictures
from issues.highlight import excerpt, marked, pattern_of
from issues.models import Issue
from issues.queries import SEARCH_PAGE, search_issues
from projects.access import Person
from projects.models import Project, State
from projects.queries import visible_to

KEY = re.compile(r"([A-Z][A-Z0-9]{1,9})[- ](\d{1,9})|([A-Z]+)(\d{1,9})", re.IGNORECASE)
SUGGESTED = 8


@dataclass(frozen=True)
class Hit:
    """One result; title and excerpt are safe HTML with the words marked."""

    key: str
    title: Markup
    excerpt: Markup
    project: Project
    state: State
    assignee: User | None
    updated_at: datetime


@dataclass(frozen=True)
class Hits:
    """One page of results. Whether there are more is known; how many is not: counting costs more than the page."""

    hits: list[Hit]
    page: int
    has_more: bool

    @property
    def first(self) -> int:
        """The place of the first result on the page among all."""
        return (self.page - 1) * SEARCH_PAGE + 1


def search(person: Person, text: str, page: int) -> Hits:
    """Return one page of results (three statements), with excerpts from the descriptions."""
    pattern = pattern_of(text)
    start = (page - 1) * SEARCH_PAGE
    rows = search_issues(person, text, start, start + SEARCH_PAGE + 1)
    hits = [
        Hit(
            key=issue.key,
            title=marked(issue.title, pattern),
            excerpt=excerpt(without_pictures(issue.beginning), pattern),  # type: ignore[attr-defined]
            project=issue.project,
            state=issue.state,
            assignee=issue.assignee,
            updated_at=issue.updated_at,
        )
        for issue in rows[:SEARCH_PAGE]
    ]
    return Hits(hits, page, len(rows) > SEARCH_PAGE)


def named_issue(person: Person, text: str) -> Issue | None:
    """Return the issue that a text names (BUG-12, bug 12, bug12), where the person may see it."""
    match = KEY.fullmatch(text.strip())
    if match is None:
        return None
    key, number = (match[1] or match[3]).upper(), int(match[2] or match[4])
    issues = Issue.objects.filter(project__in=visible_to(person), project__key=key, number=number)
    return (
        issues.filter(deleted_at__isnull=True).select_related("project", "state").defer("search", "description").first()
    )


def suggestions(person: Person, text: str) -> list[Issue]:
    """Return a few issues for what is being typed: the one that is named first, then those whose words match."""
    named = named_issue(person, text)
    found = search_issues(person, text, 0, SUGGESTED) if text.strip() else []
    return [*([named] if named else []), *(issue for issue in found if named is None or issue.pk != named.pk)]


def suggested_projects(person: Person, text: str) -> list[Project]:
    """Return a few projects whose name or key holds the text, by name; an empty text gives the first ones."""
    projects = visible_to(person).filter(archived_at__isnull=True)
    by_name = projects.filter(name__icontains=text) | projects.filter(key__istartswith=text)
    return list(by_name.order_by("name")[:SUGGESTED])
