"""What an inbox is grouped by: an issue, or a project for what is about no issue of it. Also the topic of a mail."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

# A page names so many entries one by one.
MOST = 50
_SEEN = re.compile(rf"\d{{1,18}}(\.\d{{1,18}}){{0,{MOST - 1}}}-?", re.ASCII)
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


@dataclass(frozen=True, slots=True)
class Seen:
    """Which entries a page has shown, written `31.29.12`: numbers are given before the commit, so that a lower one may
    still be to come. Of more than MOST the newest are named, and all older ones are meant: `31.29.12-`.
    """

    pks: tuple[int, ...]
    and_older: bool = False

    def __str__(self) -> str:
        return (".".join(map(str, self.pks)) or "0") + ("-" if self.and_older else "")

    @classmethod
    def of(cls, pks: Iterable[int]) -> "Seen":
        """Return what a page with these entries has shown; no more than the MOST + 1 newest are needed."""
        newest = sorted(pks, reverse=True)
        return cls(tuple(newest[:MOST]), len(newest) > MOST)

    @classmethod
    def read(cls, text: str) -> "Seen | None":
        """Return what a form names; None where it names nothing, which stands for whatever there is."""
        if not _SEEN.fullmatch(text):
            return None
        return cls(tuple(int(pk) for pk in text.rstrip("-").split(".")), text.endswith("-"))

    @property
    def entries(self) -> Q:
        """The condition that an entry was shown."""
        named = Q(pk__in=self.pks)
        return named | Q(pk__lt=min(self.pks)) if self.and_older else named


class Tab(StrEnum):
    """The parts of an inbox. LATER and DONE hold what was put there; the others what still stands in it."""

    ALL = ""
    MENTIONS = "mentions"
    ASSIGNED = "assigned"
    WATCHING = "watching"
    LATER = "later"
    DONE = "done"
