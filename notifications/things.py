"""What an inbox is grouped by: an issue, or a project for what is about no issue of it. Also the topic of a mail."""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

_WORDS = re.compile(r"(issue|project):([1-9]\d{0,17})")


@dataclass(frozen=True, slots=True)
class Thing:
    """One of them, written `issue:12` or `project:3`. What is about neither is `project:0`."""

    kind: str
    pk: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"

    @classmethod
    def of(cls, issue_id: int | None, project_id: int | None) -> "Thing":
        """Return the thing that an entry with these two belongs to."""
        return cls("issue", issue_id) if issue_id else cls("project", project_id or 0)

    @classmethod
    def read(cls, text: str) -> "Thing | None":
        """Return the thing that an address names, or None."""
        if text == "project:0":
            return cls("project", 0)
        found = _WORDS.fullmatch(text)
        return cls(found[1], int(found[2])) if found else None

    @property
    def entries(self) -> Q:
        """The condition that an entry belongs to it."""
        if self.kind == "issue":
            return Q(issue=self.pk)
        return Q(issue__isnull=True, project=self.pk) if self.pk else Q(issue__isnull=True, project__isnull=True)


class Tab(StrEnum):
    """The parts of an inbox. LATER and DONE hold what was put there; the others what still stands in it."""

    ALL = ""
    MENTIONS = "mentions"
    ASSIGNED = "assigned"
    WATCHING = "watching"
    LATER = "later"
    DONE = "done"
