"""Issues as the API tells them and takes them. The words are those of the board's address."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from accounts.api.shapes import PersonOut, person_or_none, person_out
from config.api.pages import OneOf
from config.api.shapes import In, Out
from issues.enums import Kind, Priority
from issues.forms.editing import HIGHEST_ESTIMATE
from issues.models import DESCRIPTION_LENGTH, RESOLUTION_LENGTH, TITLE_LENGTH, Issue
from projects.models import Label, State
from projects.queries import known_labels
from projects.workflow import workflow_of

MOST = 2**31 - 1
EXAMPLE: dict[str, Any] = {
    "key": "WEB-12",
    "number": 12,
    "project": "WEB",
    "title": "Search forgets the filter",
    "description": "After a reload *all* issues are shown.",
    "type": "bug",
    "state": "in-progress",
    "priority": "high",
    "assignee": {"username": "ana", "name": "Ana Pires", "picture": ""},
    "reporter": {"username": "ben", "name": "Ben Ito", "picture": ""},
    "labels": ["search"],
    "due_on": "2026-12-01",
    "estimate": 3,
    "resolution": "",
    "version": 4,
    "messages": 2,
    "created_at": "2026-11-02T08:15:00Z",
    "updated_at": "2026-11-20T16:42:10Z",
    "url": "/WEB-12/",
}


def _with_our_line_ends(text: str) -> str:
    """Return a text with the line ends of Unix, as forms do."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


Text = Annotated[str, AfterValidator(_with_our_line_ends)]
PriorityWord = Annotated[str, OneOf(*(level.slug for level in Priority))]
KindWord = Annotated[str, OneOf(*Kind.values)]
Username = Annotated[str, Field(max_length=32, description="A member's username, or `me`.", examples=["ana"])]
LabelName = Annotated[str, Field(max_length=80)]
StateSlug = Annotated[str, Field(max_length=48, description="A state by its slug.", examples=["in-progress"])]
LEVELS = {level.slug: level for level in Priority}


class IssueOut(Out):
    """An issue. `state` is a slug of its project's workflow, `labels` are names, `url` is its page on this site."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"example": EXAMPLE})

    key: str
    number: int
    project: str
    title: str
    description: str = Field(description="Markdown.")
    type: KindWord
    state: str
    priority: PriorityWord
    assignee: PersonOut | None
    reporter: PersonOut
    labels: list[str]
    due_on: date | None
    estimate: int | None = Field(description="In points.")
    resolution: str = Field(description="What was done.")
    version: int = Field(description="Send it with a change, so that nobody's change is lost.")
    messages: int | None = Field(description="How many messages its discussion has; null for a past moment.")
    created_at: datetime
    updated_at: datetime
    url: str


FIELDS = tuple(IssueOut.model_fields)
# What a list leaves out unless it is asked for: the two that may be long.
LONG = {"description", "resolution"}


def _of_a_list(schema: dict[str, Any]) -> None:
    """Say in the document that a row has what `fields` asked for."""
    schema["required"] = []
    schema["example"] = {name: value for name, value in EXAMPLE.items() if name not in LONG}


class IssueRowOut(IssueOut):
    """An issue in a list: what `fields` asks for, or all but the description and the resolution note."""

    model_config = ConfigDict(frozen=True, json_schema_extra=_of_a_list)


class TrashedOut(Out):
    """An issue in the trash."""

    key: str
    number: int
    title: str
    state: str
    deleted_at: datetime


class _Written(In):
    """What holds texts whose leading blanks mean something: they begin code in Markdown."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class IssueIn(_Written):
    """A new issue. Only the title is needed; it starts in the workflow's first state."""

    title: Text = Field(min_length=1, max_length=TITLE_LENGTH, examples=["Search forgets the filter"])
    description: Text = Field("", max_length=DESCRIPTION_LENGTH, description="Markdown.")
    type: KindWord = Kind.TASK.value
    state: StateSlug | None = None
    priority: PriorityWord = Priority.NONE.slug
    assignee: Username | None = None
    labels: list[LabelName] = Field(default_factory=list, max_length=100, examples=[["search"]])
    due_on: date | None = None
    estimate: int | None = Field(None, ge=0, le=HIGHEST_ESTIMATE, description="In points.")


class IssueEditIn(_Written):
    """What to change; what is left out stays. The state is changed by moving the issue.

    A field that somebody else changed since `version` clashes (409) where you change it as well; all others merge.
    """

    version: int | None = Field(None, ge=1, le=MOST, description="The one that you read, or send it as If-Match.")
    title: Text = Field("", min_length=1, max_length=TITLE_LENGTH)
    description: Text = Field("", max_length=DESCRIPTION_LENGTH, description="Markdown.")
    type: KindWord = Kind.TASK.value
    priority: PriorityWord = Priority.NONE.slug
    assignee: Username | None = Field(None, description="A member's username, `me`, or null for nobody.")
    due_on: date | None = None
    estimate: int | None = Field(None, ge=0, le=HIGHEST_ESTIMATE, description="In points; null for none.")
    resolution: Text = Field("", max_length=RESOLUTION_LENGTH)
    add_labels: list[LabelName] = Field(default_factory=list, max_length=100)
    remove_labels: list[LabelName] = Field(default_factory=list, max_length=100)


def issue_out(
    issue: Issue,
    *,
    state: State | None = None,
    labels: list[Label] | None = None,
    messages: int | None = 0,
) -> IssueOut:
    """Return an issue whose project and people are loaded; state and labels are its project's unless given."""
    project = issue.project
    if labels is None:
        labels = [label for label in known_labels(project) if label.pk in issue.label_ids]
    return IssueOut(
        key=issue.key,
        number=issue.number,
        project=project.key,
        title=issue.title,
        description=issue.description,
        type=issue.kind,
        state=(state or workflow_of(project).state(issue.state_id)).slug,
        priority=Priority(issue.priority).slug,
        assignee=person_or_none(issue.assignee),
        reporter=person_out(issue.reporter),
        labels=[label.name for label in labels],
        due_on=issue.due_on,
        estimate=issue.estimate,
        resolution=issue.resolution,
        version=issue.version,
        messages=messages,
        created_at=issue.created_at,
        updated_at=issue.updated_at,
        url=f"/{issue.key}/",
    )
