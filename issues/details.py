"""What the page of one issue shows, now or at a past moment, in a constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from accounts.models import User
from accounts.naming import listed
from chat.rendering import written
from config import markdown
from issues.discussion import NEWEST, Stream, Wanted, nothing_said, stream_at, stream_of
from issues.enums import Kind, Priority
from issues.files import IssueFiles, files_at, files_of
from issues.filters import Filter
from issues.models import Issue
from issues.queries import Face, Neighbours, face, issue_as_of, neighbours, occupancies, workloads
from issues.services.moving import moves_for
from issues.watchers import Watchers, watchers_of
from projects.access import Access, Person, access_to
from projects.enums import Role
from projects.models import Label, Project, State, Transition
from projects.permissions import Perm
from projects.queries import known_labels
from projects.workflow import Refusal, Workflow, workflow_of


@dataclass(frozen=True)
class Way:
    """One state in the picker: the present one, one that may be entered now, or one that is refused."""

    state: State
    refusal: Refusal | None
    is_current: bool


@dataclass(frozen=True)
class Shown:
    """The values on the page: the issue's own, or those of a past moment."""

    issue: Issue
    key: str
    state: State
    assignee: User | None
    labels: Sequence[Label]

    @property
    def label_key(self) -> tuple[int, ...]:
        """The ids of the labels as one plain value."""
        return tuple(self.issue.label_ids)


@dataclass(frozen=True)
class Rights:
    """What the reader may do: each decides whether a control is there, never whether a write is allowed."""

    watch: bool = False
    edit: bool = False
    assign: bool = False
    move: bool = False
    delete: bool = False


NO_RIGHTS = Rights()
NO_FILES = IssueFiles()
NO_TEXT = markdown.render("")
NOWHERE = Neighbours(None, None, 0, 0)


@dataclass(frozen=True, slots=True)
class Tag:
    """What a picker shows of a label."""

    pk: int
    name: str
    hue: int


@dataclass(frozen=True)
class Choices:
    """What the pickers offer. People (with what they have in progress) and labels are plain values, which templates may
    keep rendered: two that look alike are equal, and a renamed one is another."""

    ways: Sequence[Way] = ()
    people: tuple[tuple[Face, int], ...] = ()
    labels: tuple[Tag, ...] = ()

    @property
    def priorities(self) -> tuple[tuple[int, str], ...]:
        """The priorities, the most urgent first."""
        return tuple((level.value, str(level.label)) for level in reversed(Priority))

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The types of issues."""
        return tuple((kind.value, str(kind.label)) for kind in Kind)

    @property
    def due_days(self) -> tuple[tuple[str, date | None], ...]:
        """Days that are often chosen, in the reader's zone; None takes the date away."""
        today = timezone.localdate()
        monday = today + timedelta(days=7 - today.weekday())
        return (
            (_("Today"), today),
            (_("Tomorrow"), today + timedelta(days=1)),
            (_("Next Monday"), monday),
            (_("In two weeks"), today + timedelta(days=14)),
            (_("No date"), None),
        )


@dataclass(frozen=True)
class Details:
    """Everything on the page. `moment` is None for the present; `in_state_since` when the issue came where it is.

    `description` and `resolution` are the texts as HTML, with what they name as the reader may see it.
    """

    project: Project
    shown: Shown
    reporter: User
    rights: Rights
    choices: Choices
    stream: Stream
    watchers: Watchers
    in_state_since: datetime
    place: Neighbours
    note: list[str]
    moment: datetime | None = None
    description: Markup = NO_TEXT
    resolution: Markup = NO_TEXT
    files: IssueFiles = NO_FILES


def rights_of(access: Access) -> Rights:
    """Return what the person's permissions make of the page."""
    return Rights(
        watch=access.person_id is not None,
        edit=access.can(Perm.EDIT_ISSUE),
        assign=access.can(Perm.ASSIGN_ISSUE),
        move=access.can(Perm.MOVE_ISSUE),
        delete=access.can(Perm.DELETE_ISSUE),
    )


def choices_for(issue: Issue, access: Access) -> Choices:
    """Return what the pickers of an issue offer to the person (one statement, two with a hard limit)."""
    loads = workloads(issue.project) if access.can(Perm.ASSIGN_ISSUE) else []
    people = tuple((face(load.person), load.in_progress) for load in loads)
    labels = tuple(Tag(label.pk, label.name, label.hue) for label in known_labels(issue.project))
    return Choices(ways_of(issue, access), people, labels)


def labels_on(issue: Issue) -> list[Label]:
    """Return the labels of an issue by name."""
    return [label for label in known_labels(issue.project) if label.pk in issue.label_ids]


def pickable(issue: Issue, person: Person) -> Details:
    """Return as much of an issue's page as its pickers need: no story, no neighbours."""
    access = access_to(issue.project, person)
    choices = choices_for(issue, access)
    state = workflow_of(issue.project).state(issue.state_id)
    return Details(
        project=issue.project,
        shown=Shown(issue, issue.key, state, issue.assignee, labels_on(issue)),
        reporter=issue.reporter,
        rights=rights_of(access),
        choices=choices,
        stream=nothing_said(issue, person),
        watchers=Watchers(),
        in_state_since=issue.created_at,
        place=NOWHERE,
        note=[],
    )


def ways_of(issue: Issue, access: Access) -> list[Way]:
    """Return every state of the workflow with the guard's verdict on this issue (a statement where limits are hard)."""
    verdicts = moves_for(access, issue, occupancies(issue.project))
    states = workflow_of(issue.project).states
    return [Way(state, verdicts[state.pk], state.pk == issue.state_id) for state in states]


def details_of(issue: Issue, person: Person, within: Filter, wanted: Wanted = NEWEST) -> Details:
    """Return the page of an issue as it is. `within` is the filter in whose order the neighbours stand, `wanted` the
    part of its stream."""
    access = access_to(issue.project, person)
    stream = stream_of(issue, person, wanted)
    workflow = workflow_of(issue.project)
    description, resolution = written(issue.project, person, [issue.description, issue.resolution])
    return Details(
        project=issue.project,
        shown=Shown(issue, issue.key, workflow.state(issue.state_id), issue.assignee, labels_on(issue)),
        reporter=issue.reporter,
        rights=rights_of(access),
        choices=choices_for(issue, access),
        stream=stream,
        watchers=watchers_of(issue, person),
        in_state_since=stream.story.moved_at or issue.created_at,
        place=neighbours(issue, within, access.person_id),
        note=next_step(workflow, access, issue),
        description=description,
        resolution=resolution,
        files=files_of(issue, person),
    )


def details_at(issue: Issue, person: Person, moment: datetime, wanted: Wanted = NEWEST) -> Details | None:
    """Return the page of an issue as it was at a moment, with nothing to change; None where it did not exist yet."""
    past = issue_as_of(issue, moment)
    if past is None or past.state is None:
        return None
    stream = stream_at(issue, person, moment, wanted)
    description, resolution = written(issue.project, person, [past.issue.description, past.issue.resolution])
    return Details(
        project=issue.project,
        shown=Shown(past.issue, issue.key, past.state, past.assignee, past.labels),
        reporter=issue.reporter,
        rights=NO_RIGHTS,
        choices=Choices(),
        stream=stream,
        watchers=Watchers(),
        in_state_since=stream.story.moved_at or issue.created_at,
        place=NOWHERE,
        note=[],
        moment=moment,
        description=description,
        resolution=resolution,
        files=files_at(issue, moment),
    )


def next_step(workflow: Workflow, access: Access, issue: Issue) -> list[str]:
    """Say what the next state asks for, and who alone may take the steps that follow; empty where nothing is asked."""
    here = workflow.state(issue.state_id)
    onward = [state for state in workflow.ways_from(here.pk) if state.position > here.position]
    if not onward or not access.can(Perm.MOVE_ISSUE):
        return []
    step = workflow.steps[here.pk, onward[0].pk]
    needs = _needs(step, access, issue)
    sentences = (
        [_("Next is %(state)s; it needs %(things)s.") % {"state": onward[0].name, "things": _and(needs)}]
        if needs
        else []
    )
    sentences += _reserved(workflow, here, onward[0])
    return sentences


def _needs(step: Transition, access: Access, issue: Issue) -> list[str]:
    needs = []
    if step.needs_assignee and issue.assignee_id is None:
        needs.append(_("an assignee"))
    if step.needs_resolution and not issue.resolution.strip():
        needs.append(_("a resolution note"))
    if access.acts_as not in step.roles:
        needs.append(_("the role %s") % _roles(step))
    elif step.own_only and access.acts_as == Role.DEVELOPER and issue.assignee_id not in {None, access.person_id}:
        needs.append(_("its assignee or a lead"))
    return needs


def _reserved(workflow: Workflow, here: State, onward: State) -> list[str]:
    """Name the steps after the next one that only some roles take."""
    sentences = []
    for (start, end), step in workflow.steps.items():
        is_later = start == onward.pk and workflow.state(end).position > max(here.position, onward.position)
        if is_later and Role.DEVELOPER not in step.roles:
            words = _("Only the role %(roles)s moves it on to %(state)s.")
            sentences.append(words % {"roles": _roles(step), "state": workflow.state(end).name})
    return sentences


def _roles(step: Transition) -> str:
    return listed(str(Role(role).label).lower() for role in step.roles)


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + _(" and ") + words[-1]
