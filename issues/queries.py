"""Reading issues: who sees which, and everything that the pages need, in a constant number of statements."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber, Substr

from accounts.models import User
from chat.queries import Talk, talks_of
from issues.enums import Kind, Priority
from issues.filters import Filter, apply_filter, sort_issues, text_condition
from issues.models import Issue, SavedFilter
from notifications.queries import head_of
from projects.access import Person, seq_of
from projects.enums import Category
from projects.events import project_stream
from projects.models import Label, Project, State
from projects.queries import known_labels, known_people, visible_to
from projects.workflow import workflow_of

SILENT = Talk(0, 0)
COLUMN_PAGE = 100
LIST_PAGE = 50
SEARCH_PAGE = 50
READ = 2000


@dataclass(frozen=True, slots=True)
class Card:
    """What a card of the board and a row of a list show. `unread` counts the messages that came since one reader last
    looked, None where they never did; all else is the same for everyone."""

    pk: int
    key: str
    number: int
    title: str
    kind: str
    priority: int
    state: State
    assignee: "Face | None"
    labels: tuple[Label, ...]
    due_on: date | None
    estimate: int | None
    version: int
    updated_at: datetime
    rank: str
    messages: int = 0
    unread: int | None = None

    @property
    def kind_label(self) -> str:
        """The type in words."""
        return str(Kind(self.kind).label)

    @property
    def priority_label(self) -> str:
        """The priority in words."""
        return str(Priority(self.priority).label)


@dataclass(frozen=True, slots=True)
class Face:
    """What is shown of a person beside an issue."""

    pk: int
    username: str
    name: str
    initials: str
    hue: int
    picture: str = ""

    @property
    def display_name(self) -> str:
        """The name, as components/person.html calls it."""
        return self.name


@dataclass(frozen=True)
class Column:
    """One state with the first cards of it that pass the filter; `total` counts those, `occupancy` all of the state."""

    state: State
    cards: list[Card]
    total: int
    occupancy: int
    page: int = 1

    @property
    def has_more(self) -> bool:
        """Say whether the column has cards beyond this page."""
        return self.rest > 0

    @property
    def rest(self) -> int:
        """The number of cards beyond this page."""
        return self.total - self.page * COLUMN_PAGE


@dataclass(frozen=True)
class Board:
    """A project's board as one person filtered it; `seq` is the event up to which it is current."""

    columns: list[Column]
    seq: int

    @property
    def total(self) -> int:
        """The number of issues that pass the filter."""
        return sum(column.total for column in self.columns)


def live_issues(project: Project) -> QuerySet[Issue]:
    """Return a project's issues that are not in the trash."""
    return Issue.objects.filter(project=project, deleted_at__isnull=True)


def visible_issues(person: Person) -> QuerySet[Issue]:
    """Return the live issues of all projects that the person may read and that are not archived.

    The projects are read first: PostgreSQL plans the search itself three times as fast with their numbers.
    """
    projects = list(visible_to(person).filter(archived_at__isnull=True).values_list("pk", flat=True))
    return Issue.objects.filter(project__in=projects, deleted_at__isnull=True)


CARD_COLUMNS = (
    "pk", "number", "title", "kind", "priority", "state_id", "assignee_id", "label_ids", "due_on", "estimate",
    "version", "updated_at", "rank",
)  # fmt: skip


def face(person: User) -> Face:
    """Return what a card shows of a person."""
    return Face(person.pk, person.username, person.name, person.initials, person.hue, person.picture)


def people_of(project: Project, wanted: set[int]) -> dict[int, User]:
    """Return people by their ids, members from the process's memory (one statement where some are members no more)."""
    people = {person.pk: person for person in known_people(project)}
    if missing := wanted - people.keys():
        people |= User.objects.in_bulk(missing)
    return people


def cards_of(project: Project, rows: Iterable[tuple[Any, ...]], person_id: int | None = None) -> list[Card]:
    """Make cards of CARD_COLUMNS rows: one statement for their messages, and what of those is new to the person; one
    more where people are no members any more."""
    rows = list(rows)
    talks = talks_of([row[0] for row in rows], person_id) if rows else {}
    wanted = {row[6] for row in rows if row[6]}
    people = {pk: face(person) for pk, person in people_of(project, wanted).items() if pk in wanted}
    labels = {label.pk: label for label in known_labels(project)}
    workflow = workflow_of(project)
    states = {state.pk: state for state in workflow.states}
    return [
        Card(
            pk=row[0],
            key=f"{project.key}-{row[1]}",
            number=row[1],
            title=row[2],
            kind=row[3],
            priority=row[4],
            state=states[row[5]],
            assignee=people[row[6]] if row[6] else None,
            labels=tuple(labels[pk] for pk in row[7] if pk in labels),
            due_on=row[8],
            estimate=row[9],
            version=row[10],
            updated_at=row[11],
            rank=row[12],
            messages=talk.count,
            unread=talk.unread if talk.looked else None,
        )
        for row in rows
        for talk in (talks.get(row[0], SILENT),)
    ]


def board_of(project: Project, wanted: Filter, person_id: int | None) -> Board:
    """Return the first COLUMN_PAGE cards of every column, in their order, with counts."""
    seq = seq_of(project)
    issues = apply_filter(live_issues(project), wanted, project, person_id)
    place = Window(RowNumber(), partition_by=F("state"), order_by=[F("rank"), F("pk")])
    rows = issues.annotate(place=place).filter(place__lte=COLUMN_PAGE).order_by("state_id", "rank", "pk")
    totals = _counts(issues)
    occupancies = _counts(live_issues(project)) if wanted.is_active else totals
    by_state: dict[int, list[Card]] = {}
    for card in cards_of(project, rows.values_list(*CARD_COLUMNS), person_id):
        by_state.setdefault(card.state.pk, []).append(card)
    columns = [
        Column(state, by_state.get(state.pk, []), totals.get(state.pk, 0), occupancies.get(state.pk, 0))
        for state in workflow_of(project).states
    ]
    return Board(columns, seq)


def column_of(project: Project, state: State, wanted: Filter, person_id: int | None, page: int) -> Column:
    """Return one page of one column."""
    everything = live_issues(project).filter(state=state)
    issues = apply_filter(everything, wanted, project, person_id)
    start = (page - 1) * COLUMN_PAGE
    rows = issues.order_by("rank", "pk").values_list(*CARD_COLUMNS)[start : start + COLUMN_PAGE]
    total = issues.count()
    cards = cards_of(project, rows, person_id)
    return Column(state, cards, total, everything.count() if wanted.is_active else total, page)


def heads_of(project: Project, wanted: Filter, person_id: int | None) -> list[Column]:
    """Return every column without its cards: the counts that its head shows."""
    issues = live_issues(project)
    totals = _counts(apply_filter(issues, wanted, project, person_id))
    everything = _counts(issues) if wanted.is_active else totals
    states = workflow_of(project).states
    return [Column(state, [], totals.get(state.pk, 0), everything.get(state.pk, 0)) for state in states]


@dataclass(frozen=True)
class Placed:
    """Where a card stands: under the issue numbered `after` (None: on top), as the `position`-th of `total`.

    `card` is None where the filter hides the issue. `columns` are all heads, `seq` the newest event.
    """

    card: Card | None
    after: int | None
    position: int
    columns: list[Column]
    seq: int

    @property
    def total(self) -> int:
        """The number of cards in the card's column."""
        if self.card is None:
            return 0
        return next(column.total for column in self.columns if column.state.pk == self.card.state.pk)


def place_of(issue: Issue, wanted: Filter, person_id: int | None) -> Placed:
    """Return one card and where it stands among those that pass the filter, with all that changed around it."""
    project = issue.project
    seq = head_of(project_stream(project.pk))
    issues = apply_filter(live_issues(project), wanted, project, person_id)
    cards = cards_of(project, issues.filter(pk=issue.pk).values_list(*CARD_COLUMNS), person_id)
    columns = heads_of(project, wanted, person_id)
    if not cards:
        return Placed(None, None, 0, columns, seq)
    above = Q(rank__lt=cards[0].rank) | Q(rank=cards[0].rank, pk__lt=cards[0].pk)
    higher = issues.filter(above, state=cards[0].state)
    after = higher.order_by("-rank", "-pk").values_list("number", flat=True).first()
    return Placed(cards[0], after, higher.count() + 1, columns, seq)


def _counts(issues: QuerySet[Issue]) -> dict[int, int]:
    return dict(issues.order_by().values_list("state_id").annotate(Count("pk")))


def occupancies(project: Project) -> dict[int, int]:
    """Return the number of live issues in each state that has a hard limit, for the guard."""
    hard = [state.pk for state in workflow_of(project).states if state.wip_is_hard]
    return _counts(live_issues(project).filter(state__in=hard)) if hard else {}


@dataclass(frozen=True)
class IssueList:
    """One page of a list; `total` counts all that pass the filter."""

    cards: list[Card]
    total: int
    pager: Page[Any]


def issue_list(project: Project, wanted: Filter, person_id: int | None, page: int) -> IssueList:
    """Return one page (LIST_PAGE) of a project's issues; a page beyond the last gives the last."""
    issues = apply_filter(live_issues(project), wanted, project, person_id)
    paginator = Paginator(sort_issues(issues, wanted.sort).values_list(*CARD_COLUMNS), LIST_PAGE)
    found = paginator.get_page(page)
    return IssueList(cards_of(project, found.object_list, person_id), paginator.count, found)


@dataclass(frozen=True)
class Neighbours:
    """The issues before and after one in the filtered order of its column, and its place there."""

    previous: int | None
    next: int | None
    position: int
    total: int


def neighbours(issue: Issue, wanted: Filter, person_id: int | None) -> Neighbours:
    """Return what stands above and below an issue in its column, and its place (one statement)."""
    column = apply_filter(live_issues(issue.project), wanted, issue.project, person_id).filter(state=issue.state_id)
    numbers = list(column.order_by("rank", "pk").values_list("number", flat=True))
    if issue.number not in numbers:
        return Neighbours(None, None, 0, len(numbers))
    place = numbers.index(issue.number)
    before = numbers[place - 1] if place else None
    after = numbers[place + 1] if place + 1 < len(numbers) else None
    return Neighbours(before, after, place + 1, len(numbers))


def my_issues(person: User) -> QuerySet[Issue]:
    """Return the open and running issues assigned to a person, the most urgent first, with project and state."""
    mine = visible_issues(person).filter(assignee=person, state__category__in=["open", "progress"])
    return mine.select_related("project", "state").defer("search", "description").order_by("-priority", "due_on", "pk")


@contextmanager
def planned_for_its_words() -> Iterator[None]:
    """Let PostgreSQL plan the statements inside anew, although they are prepared.

    A common word wants the newest issues walked, a rare one the word's index; one plan for both takes twice as long.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield


def search_issues(person: Person, text: str, start: int, stop: int) -> list[Issue]:
    """Return issues of all visible projects whose words match, newest change first, from `start` up to `stop`.

    Three statements: projects and states are read by themselves, so that PostgreSQL neither plans their joins nor sends
    them fifty times. Each carries the beginning of its description (`beginning`, READ characters) instead of the whole.
    """
    projects = {project.pk: project for project in visible_to(person).filter(archived_at__isnull=True)}
    issues = Issue.objects.filter(project__in=list(projects), deleted_at__isnull=True).filter(text_condition(text))
    found = issues.annotate(beginning=Substr("description", 1, READ)).select_related("assignee")
    with planned_for_its_words():
        rows: list[Issue] = list(found.defer("search", "description").order_by("-updated_at", "pk")[start:stop])
    states = State.objects.in_bulk({issue.state_id for issue in rows})
    for issue in rows:
        issue.project, issue.state = projects[issue.project_id], states[issue.state_id]
    return rows


def saved_filters(person: User, project: Project | None = None) -> QuerySet[SavedFilter]:
    """Return a person's own filters by name: of projects that they may read, or those that serve in this one."""
    rows = SavedFilter.objects.filter(person=person).select_related("project").order_by("name", "pk")
    if project is not None:
        return rows.filter(Q(project=project) | Q(project=None))
    return rows.filter(Q(project=None) | Q(project__in=visible_to(person).order_by().values("pk")))


def trash_of(project: Project) -> QuerySet[Issue]:
    """Return a project's deleted issues, the latest first."""
    deleted = Issue.objects.filter(project=project, deleted_at__isnull=False)
    return deleted.select_related("state").defer("search", "description").order_by("-deleted_at", "-pk")


@dataclass(frozen=True)
class Workload:
    """A person to whom issues can be assigned, and how many they have in progress."""

    person: User
    in_progress: int


def workloads(project: Project) -> list[Workload]:
    """Return the assignable people of a project with their running issues (one statement)."""
    running_states = [state.pk for state in workflow_of(project).states if state.category == Category.PROGRESS]
    running = live_issues(project).filter(state__in=running_states, assignee__isnull=False).order_by()
    counts = dict(running.values_list("assignee").annotate(Count("pk")))
    return [Workload(person, counts.get(person.pk, 0)) for person in known_people(project)]


@dataclass(frozen=True)
class PastIssue:
    """An issue as it was at a moment, with the rows that it pointed to."""

    issue: Issue
    state: State | None
    assignee: User | None
    labels: list[Label]
    version: int
    changed_at: datetime


def issue_as_of(issue: Issue, moment: datetime) -> PastIssue | None:
    """Rebuild an issue as it was at a moment from its history; None where it did not exist yet."""
    row = Issue.history.filter(id=issue.pk, history_date__lte=moment).order_by("-history_date", "-history_id").first()
    if row is None:
        return None
    past = row.instance
    past.project = issue.project
    return PastIssue(
        issue=past,
        state=State.objects.filter(pk=row.state_id).first(),
        assignee=User.objects.filter(pk=row.assignee_id).first() if row.assignee_id else None,
        labels=list(Label.objects.filter(pk__in=row.label_ids).order_by("name")),
        version=row.version,
        changed_at=row.history_date,
    )
