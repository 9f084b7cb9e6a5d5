"""The stories of the demo projects, one TOML file a project, and how to read them.

A project has `steps`, an issue has `by` and `day` (who made it, and how many working days ago) and `steps`. A step
reads `<working days ago> <who> <what>`; the steps of an issue stand in the order in which they happened. What an
issue's step may say:

    priority high, due 3, estimate 5, assign ben, +label, -label     one edit; due in days from today
    move In progress            or `move Resolved: the resolution note`
    note The resolution note.   title The new title       top (of its column)       delete       restore

What a project's step may say: `state Review` (between the last two), `limit In progress 4 soft` or `hard`. `<<name>>`
in a description becomes the key of the issue with that name.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PROJECTS = ("bug", "team", "open")
# A line break of the file in the middle of a paragraph; in Markdown as ours reads it each one would be kept.
WRAPPED = re.compile(r"(?<=.{90})\n(?=[A-Za-z])")
STEP = re.compile(r"(?P<day>\d+) (?P<who>[a-z]+) (?P<act>.+)", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One thing that someone did, `day` working days ago (0 is today)."""

    day: int
    who: str
    act: str


@dataclass(frozen=True, kw_only=True)
class IssueStory:
    """An issue and what happened to it."""

    title: str
    kind: str
    by: str
    day: int
    description: str
    priority: str = "none"
    name: str = ""
    labels: Sequence[str] = ()
    steps: Sequence[str] = ()

    @cached_property
    def later(self) -> list[Step]:
        """What happened after it was created."""
        return [parse(text) for text in self.steps]


@dataclass(frozen=True, kw_only=True)
class ProjectStory:
    """A project, its members by short name, and its issues."""

    key: str
    name: str
    description: str
    visibility: str
    template: str
    labels: Mapping[str, int]
    members: Mapping[str, str]
    issue: Sequence[IssueStory]
    steps: Sequence[str] = field(default=())

    @cached_property
    def later(self) -> list[Step]:
        """What happened to its settings."""
        return [parse(text) for text in self.steps]


def parse(text: str) -> Step:
    """Read one step; ValueError where it does not read like one."""
    found = STEP.fullmatch(text)
    if found is None:
        raise ValueError(f"not a step: {text!r}")
    return Step(int(found["day"]), found["who"], found["act"])


def read_all() -> list[ProjectStory]:
    """Read the stories of all demo projects."""
    return [_read(tomllib.loads((FOLDER / f"{name}.toml").read_text())) for name in PROJECTS]


def _read(data: dict[str, Any]) -> ProjectStory:
    issues = [IssueStory(**row | {"description": WRAPPED.sub(" ", row["description"])}) for row in data.pop("issue")]
    return ProjectStory(**data, issue=issues)
