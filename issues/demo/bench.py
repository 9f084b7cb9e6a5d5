"""The load of the benchmarks: 20 people, 10 projects, 20,000 issues with two changes each.

Every tenth issue has a talk, every project a room. Rows are written in bulk, but they are what the services would have
left: numbers without gaps, versions, ranks, a history row and an event for every change, in the order of time, with a
hash chain that verifies. Triggers stay on.

`user01` … `user20` (password `benchpass`) are members of all projects, `user01` as their lead. The project BOARD has
exactly 250 issues in four columns of 63, 63, 62 and 62; BEN1 … BEN9 share the other 19,750. The word `database` stands
in about three of ten issues, each of `zyzzyva00` … `zyzzyva49` in 40.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.services.people import register_person
from accounts.services.teams import create_team
from config import clock
from issues import rank
from issues.demo.chatter import Chatter, Told
from issues.demo.people import refuse_taken
from issues.demo.words import Words
from issues.enums import Kind, Priority
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services.rows import take_numbers
from notifications.services import Record, record_all
from projects.enums import Category, Role
from projects.events import project_stream
from projects.models import Label, Project, State
from projects.services.members import add_member
from projects.services.projects import create_project
from projects.services.workflow import WORKERS, create_state, order_states, set_transition

SEED = 20
PASSWORD = "benchpass"  # noqa: S105 (known to everyone; `manage.py seed` refuses it in production)
USERNAMES = [f"user{number:02}" for number in range(1, 21)]
BOARD_KEY, BOARD_COLUMNS = "BOARD", (63, 63, 62, 62)
OTHER_KEYS = [f"BEN{number}" for number in range(1, 10)]
ISSUES = 20_000
SHARES = (25, 5, 5, 65)  # of the four columns, in a hundred
SPAN = timedelta(days=180)
CHANGES = 2


@dataclass
class Draft:
    """An issue as it will be, who made and changed it, and when: created, edited, moved or edited again."""

    issue: Issue
    actors: list[User]
    moments: list[datetime]
    start: State


@transaction.atomic
def run(issues: int = ISSUES) -> list[str]:
    """Make the data in one transaction, then ANALYZE; returns what to tell. DomainError where a key or name is taken.

    The same at each run, apart from the times, which are counted back from now.
    """
    keys = [BOARD_KEY, *OTHER_KEYS]
    refuse_taken(USERNAMES, keys)
    random, now = Random(SEED), timezone.now()  # noqa: S311 (nothing secret is drawn)
    with clock.at(now - SPAN):
        people = [_register(username) for username in USERNAMES]
        team = create_team(actor=people[0], name="Bench")
        projects = [_found(people, team, key) for key in keys]
    words, written = Words(random, issues), 0
    for project, columns in zip(projects, _sizes(issues), strict=True):
        _fill(project, people, random, _states(columns, random), words, written, now)
        written += sum(columns)
    _analyse()
    return [f"{written} issues in {len(projects)} projects; log in as user01 … user20 with {PASSWORD}."]


def _register(username: str) -> User:
    name = f"User {username[-2:]}"
    return register_person(username=username, email=f"{username}@example.org", password=PASSWORD, display_name=name)


def _found(people: list[User], team: Team, key: str) -> Project:
    """Create a project of four free columns, of which everyone is a member."""
    lead = people[0]
    project = create_project(actor=lead, team=team, name=f"Bench {key.title()}", key=key)
    for person in people[1:]:
        add_member(actor=lead, project=project, person=person, role=Role.DEVELOPER)
    others = list(State.objects.filter(project=project).order_by("position"))
    values = {"name": "Review", "category": Category.PROGRESS, "is_initial": True}
    review = create_state(actor=lead, project=project, values=values)
    slugs = [*(state.slug for state in others[:-1]), review.slug, others[-1].slug]
    order_states(actor=lead, project=project, slugs=slugs)
    for other in others:
        set_transition(actor=lead, from_state=other, to_state=review, needs={"roles": WORKERS})
        set_transition(actor=lead, from_state=review, to_state=other, needs={"roles": WORKERS})
    return Project.objects.get(pk=project.pk)


def _sizes(issues: int) -> list[tuple[int, ...]]:
    """Return how many issues each column of each project gets: exactly BOARD_COLUMNS, and the rest evenly."""
    rest, sizes = issues - sum(BOARD_COLUMNS), [BOARD_COLUMNS]
    for position in range(len(OTHER_KEYS)):
        size = rest // len(OTHER_KEYS) + (position < rest % len(OTHER_KEYS))
        first = [size * share // 100 for share in SHARES[:-1]]
        sizes.append((*first, size - sum(first)))  # type: ignore[arg-type]
    return sizes  # type: ignore[return-value]


def _states(columns: tuple[int, ...], random: Random) -> list[int]:
    """Return the column of each issue, in a shuffled order."""
    states = [column for column, size in enumerate(columns) for _issue in range(size)]
    random.shuffle(states)
    return states


def _fill(
    project: Project,
    people: list[User],
    random: Random,
    columns: list[int],
    words: Words,
    written: int,
    now: datetime,
) -> None:
    """Write the issues of one project with their history and events."""
    states = list(State.objects.filter(project=project, removed_at__isnull=True).order_by("position"))
    labels = list(Label.objects.filter(project=project).values_list("pk", flat=True))
    ranks = {column: iter(rank.spread(size)) for column, size in Counter(columns).items()}
    first = take_numbers(project, len(columns)) - len(columns) + 1
    moments = _creations(random, len(columns), now)
    drafts = []
    for position, column in enumerate(columns):
        draft = _draft(project, states[0], people, random, moments[position], now)
        issue = draft.issue
        issue.title, issue.description = words.title(), words.description(written + position)
        issue.number, issue.state, issue.rank = first + position, states[column], next(ranks[column])
        issue.label_ids = sorted(random.sample(labels, random.randrange(3)))
        drafts.append(draft)
    Issue.objects.bulk_create([draft.issue for draft in drafts], batch_size=500)
    _write_history(drafts)
    chance = Random(f"{SEED} {project.key}")  # noqa: S311 (its own, so that the issues stay as they were)
    chatter = Chatter(project, people, Words(chance, 0), chance, now)
    _write_events(project, drafts, chatter.write([draft.issue for draft in drafts]))


def _creations(random: Random, count: int, now: datetime) -> list[datetime]:
    """Return when the issues were created, in the order of their numbers: from a day after the start to a day ago."""
    began, span = now - SPAN + timedelta(days=1), SPAN - timedelta(days=2)
    return sorted(began + span * random.random() for _issue in range(count))


def _draft(
    project: Project, start: State, people: list[User], random: Random, created: datetime, now: datetime
) -> Draft:
    actors = random.sample(people, CHANGES + 1)
    later = sorted(created + min(now - created, timedelta(days=20)) * random.random() for _change in range(CHANGES))
    issue = Issue(
        project=project,
        kind=random.choice(Kind.values),
        priority=random.randrange(1, len(Priority.values)),
        assignee=random.choice(people),
        reporter=actors[0],
        estimate=random.randrange(1, 9),
        due_on=(now + timedelta(days=random.randrange(-30, 60))).date() if random.random() < 0.3 else None,  # noqa: PLR2004
        version=CHANGES + 1,
        created_at=created,
        updated_at=later[-1],
    )
    return Draft(issue, actors, [created, *later], start)


def _write_history(drafts: list[Draft]) -> None:
    """Write what each issue was after each of its three steps."""
    model: Any = Issue.history.model
    names = [field.attname for field in model.tracked_fields]
    rows = []
    for draft in drafts:
        final = {name: getattr(draft.issue, name) for name in names}
        for step, past in enumerate(_past(draft)):
            who, when = draft.actors[step], draft.moments[step]
            values = final | past | {"version": step + 1, "updated_at": when}
            kind = "~" if step else "+"
            rows.append(model(**values, history_date=when, history_type=kind, history_user_id=who.pk))
    model.objects.bulk_create(rows, batch_size=500)


def _past(draft: Draft) -> list[dict[str, Any]]:
    """Return in what the issue differed from now after each step. An issue that never moved got its estimate last."""
    before_last = {"state_id": draft.start.pk} if _moved(draft) else {"estimate": None}
    fresh = {"priority": Priority.NONE, "assignee_id": None, "state_id": draft.start.pk}
    return [before_last | fresh, before_last, {}]


def _moved(draft: Draft) -> bool:
    return draft.issue.state_id != draft.start.pk


def _write_events(project: Project, drafts: list[Draft], said: list[Told]) -> None:
    done = [entry for draft in drafts for entry in _events(draft)]
    entries = sorted([*done, *said], key=lambda entry: entry[0])
    moments = [moment for moment, _record in entries]
    record_all(project_stream(project.pk), [record for _moment, record in entries], moments)


def _events(draft: Draft) -> Iterator[tuple[datetime, Record]]:
    """Return what the log says about an issue, as the services would have said it."""
    issue = draft.issue
    base = {"key": issue.key, "title": issue.title}
    edit = {
        "priority": {"from": Priority.NONE.slug, "to": Priority(issue.priority).slug},
        "assignee": {"from": None, "to": issue.assignee.name if issue.assignee else None},
    }
    last: dict[str, Any] = {"changes": {"estimate": {"from": None, "to": issue.estimate}}}
    if _moved(draft):
        state = {"from": draft.start.name, "to": issue.state.name}
        last = {"state": issue.state.name, "changes": {"state": state}}
    told: list[tuple[IssueEvent, dict[str, Any]]] = [
        (IssueEvent.CREATED, {"state": draft.start.name, "kind": issue.kind, "assignee": None}),
        (IssueEvent.CHANGED, {"changes": edit}),
        (IssueEvent.MOVED if _moved(draft) else IssueEvent.CHANGED, last),
    ]
    for moment, actor, (kind, data) in zip(draft.moments, draft.actors, told, strict=True):
        yield moment, Record(kind=kind, actor=actor, subject=issue_subject(issue.pk), data=base | data)


def _analyse() -> None:
    """Give the planner its figures, and the text index its final shape."""
    with connection.cursor() as cursor:
        for index in ("issue_search", "issue_labels"):
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        cursor.execute("ANALYZE")
