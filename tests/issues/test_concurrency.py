"""Many people at once, over real parallel connections: nothing is lost, nothing repeats, no limit is passed."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from config.errors import Conflict, DomainError
from issues.models import Issue
from issues.queries import issue_as_of
from issues.services.columns import remove_state
from issues.services.creation import create_issue
from issues.services.editing import EditConflict, edit_issue
from issues.services.moving import MoveRefused, Place, move_issue
from issues.services.trash import delete_issue, restore_issue
from notifications.models import Event, EventStream
from notifications.queries import verify
from notifications.services import record
from projects.enums import Category, Role, Template
from projects.events import project_stream
from projects.models import Project, State
from projects.services.workflow import change_state, create_state
from projects.workflow import workflow_of
from tests.factories import IssueFactory, ProjectFactory, member
from tests.parallel import at_once, errors

pytestmark = [pytest.mark.django_db(transaction=True)]


class TakenBackError(Exception):
    """Rolls a transaction back in a test."""


def fresh(issue: Issue) -> Issue:
    return Issue.objects.select_related("project", "state").get(pk=issue.pk)


def log_holds(project: Project) -> None:
    stream = EventStream.objects.get(name=project_stream(project.pk))
    assert verify(stream) is None
    assert stream.seq == Event.objects.filter(stream=stream).count()


def test_200_parallel_creations_number_without_gap():
    project = ProjectFactory()

    results = at_once([lambda: create_issue(actor=project.owner, project=project, title="One of many")] * 200)

    assert errors(results) == []
    assert sorted(issue.number for issue in results) == list(range(1, 201))
    ranks = Issue.objects.filter(project=project).values_list("rank", flat=True)
    assert len(set(ranks)) == 200
    log_holds(project)


def test_200_parallel_creations_of_which_a_fifth_roll_back_number_without_gap():
    project = ProjectFactory()

    def create(position: int) -> Issue:
        with transaction.atomic():
            issue = create_issue(actor=project.owner, project=project, title=f"Number {position}")
            if position % 5 == 0:
                raise TakenBackError
        return issue

    results = at_once([lambda position=position: create(position) for position in range(200)])

    assert {type(error) for error in errors(results)} == {TakenBackError}
    numbers = sorted(Issue.objects.filter(project=project).values_list("number", flat=True))
    assert numbers == list(range(1, 161))
    log_holds(project)


def test_200_crossing_moves_lose_no_card():
    project = ProjectFactory(template=Template.TASK)
    left, right, _done = workflow_of(project).states
    issues = [IssueFactory(project=project, state=state) for state in (left, right) for _card in range(20)]
    chance = random.Random(7)

    def move(round_: int) -> None:
        issue = fresh(issues[round_ % 40])
        to = right if issue.state_id == left.pk else left
        neighbour = chance.choice(issues).number
        place = chance.choice([Place(), Place(after=neighbour), Place(before=neighbour), Place(foot=True)])
        move_issue(actor=project.owner, issue=issue, to=to, place=place)

    results = at_once([lambda round_=round_: move(round_) for round_ in range(200)])

    assert errors(results) == []
    found = Issue.objects.filter(project=project)
    assert Counter(found.values_list("state__slug", flat=True)).total() == 40
    for state in (left, right):
        ranks = list(found.filter(state=state).values_list("rank", flat=True))
        assert len(set(ranks)) == len(ranks)
    log_holds(project)


def test_moves_deletions_and_restorations_of_the_same_cards_do_not_deadlock():
    project = ProjectFactory(template=Template.TASK)
    states = workflow_of(project).states
    issues = [IssueFactory(project=project, state=states[position % 3]) for position in range(6)]

    def act(round_: int) -> None:
        issue = fresh(issues[round_ % 6])
        if round_ % 5 == 0:
            delete_issue(actor=project.owner, issue=issue)
        elif round_ % 5 == 1:
            restore_issue(actor=project.owner, issue=issue)
        else:
            move_issue(actor=project.owner, issue=issue, to=states[round_ % 3])

    results = at_once([lambda round_=round_: act(round_) for round_ in range(150)])

    assert {type(error) for error in errors(results)} <= {DomainError}
    assert {error.code for error in errors(results)} <= {"deleted"}
    log_holds(project)


def test_400_parallel_edits_of_one_issue_lose_none():
    project = ProjectFactory()
    issue = IssueFactory(project=project, description="", estimate=0)
    editors = [member(project, Role.DEVELOPER) for _person in range(4)]
    fields = ("description", "resolution")

    def append(position: int) -> int:
        """Read, add a word, save with the version that was read; where someone was faster, look again as people do."""
        field = fields[position % 2]
        for attempt in range(1, 500):
            seen = fresh(issue)
            changes = {field: f"{getattr(seen, field)} {position}"}
            try:
                edit_issue(actor=editors[position % 4], issue=seen, changes=changes, version=seen.version)
            except EditConflict:
                continue
            return attempt
        raise AssertionError("never got through")

    results = at_once([lambda position=position: append(position) for position in range(400)], workers=8)

    assert errors(results) == []
    end = fresh(issue)
    for parity, field in enumerate(fields):
        assert sorted(map(int, getattr(end, field).split())) == list(range(parity, 400, 2))
    assert sorted(Issue.history.filter(id=issue.pk).values_list("version", flat=True)) == list(range(1, 402))
    log_holds(project)


def test_parallel_edits_of_different_fields_from_one_page_all_merge():
    project = ProjectFactory()
    issue = IssueFactory(project=project)
    changes = [{"title": "New title"}, {"description": "New text"}, {"priority": 4}, {"estimate": 8}, {"kind": "bug"}]

    results = at_once(
        [
            lambda change=change: edit_issue(actor=project.owner, issue=fresh(issue), changes=change, version=1)
            for change in changes
        ]
    )

    assert errors(results) == []
    end = fresh(issue)
    assert [getattr(end, field) for change in changes for field in change] == [
        value for change in changes for value in change.values()
    ]
    assert end.version == 6


def test_parallel_edits_of_one_field_from_one_page_let_the_first_through():
    project = ProjectFactory()
    issue = IssueFactory(project=project)

    results = at_once(
        [
            lambda number=number: edit_issue(
                actor=project.owner, issue=fresh(issue), changes={"title": f"Mine {number}"}, version=1
            )
            for number in range(10)
        ]
    )

    refused = errors(results)
    assert [type(error) for error in refused] == [EditConflict] * 9
    winner = next(result for result in results if not isinstance(result, Exception))
    assert {(error.clashes[0].base, error.clashes[0].theirs) for error in refused} == {(issue.title, winner.title)}
    assert fresh(issue).version == 2


@pytest.mark.parametrize("limit", [1, 4])
def test_a_hard_limit_holds_under_parallel_moves_and_creations(limit):
    project = ProjectFactory(template=Template.TASK)
    todo, doing, _done = workflow_of(project).states
    issues = [IssueFactory(project=project, state=todo) for _card in range(12)]
    change_state(actor=project.owner, state=doing, changes={"wip_limit": limit, "wip_is_hard": True})
    project = Project.objects.get(pk=project.pk)

    calls = [lambda issue=issue: move_issue(actor=project.owner, issue=fresh(issue), to=doing) for issue in issues]
    calls += [lambda: create_issue(actor=project.owner, project=project, title="Straight in", state=doing)] * 12
    results = at_once(calls, workers=24)

    refused = errors(results)
    assert {error.code for error in refused} == {"wip_limit"}
    assert len(refused) == 24 - limit
    assert Issue.objects.filter(state=doing).count() == limit


def test_a_hard_limit_holds_against_parallel_plain_sql():
    project = ProjectFactory(template=Template.TASK)
    todo, doing, _done = workflow_of(project).states
    issues = [IssueFactory(project=project, state=todo) for _card in range(10)]
    change_state(actor=project.owner, state=doing, changes={"wip_limit": 3, "wip_is_hard": True})

    results = at_once(
        [lambda issue=issue: Issue.objects.filter(pk=issue.pk).update(state=doing) for issue in issues], workers=10
    )

    assert len(errors(results)) == 7
    assert Issue.objects.filter(state=doing).count() == 3


def test_changing_the_workflow_while_issues_are_created_and_moved_does_not_deadlock():
    project = ProjectFactory(template=Template.TASK)
    states = workflow_of(project).states
    issues = [IssueFactory(project=project, state=states[0]) for _card in range(8)]

    def now() -> Project:
        return Project.objects.get(pk=project.pk)

    def act(round_: int) -> None:
        if round_ % 4 == 0:
            state = State.objects.select_related("project").get(pk=states[round_ % 3].pk)
            change_state(actor=project.owner, state=state, changes={"wip_limit": 50 + round_})
        elif round_ % 4 == 1:
            create_issue(actor=project.owner, project=now(), title="Meanwhile", state=states[round_ % 3])
        else:
            move_issue(actor=project.owner, issue=fresh(issues[round_ % 8]), to=states[round_ % 3])

    results = at_once([lambda round_=round_: act(round_) for round_ in range(160)], workers=24)

    assert errors(results) == []
    log_holds(project)


def test_removing_a_state_while_issues_arrive_strands_none():
    project = ProjectFactory(template=Template.TASK)
    todo, _doing, _done = workflow_of(project).states
    for round_ in range(12):
        values = {"name": f"Waiting {round_}", "category": Category.OPEN, "is_initial": True}
        extra = create_state(actor=project.owner, project=Project.objects.get(pk=project.pk), values=values)
        now = Project.objects.get(pk=project.pk)
        IssueFactory(project=now, state=extra)

        def create(extra: State = extra, now: Project = now) -> Issue:
            return create_issue(actor=now.owner, project=now, title="Just in time", state=extra)

        def remove(extra: State = extra) -> int:
            return remove_state(
                actor=project.owner, state=State.objects.select_related("project").get(pk=extra.pk), to=todo
            )

        results = at_once([create, create, remove, create, create], workers=5)

        assert {type(error) for error in errors(results)} <= {DomainError, Conflict}
        extra.refresh_from_db()
        stranded = Issue.objects.filter(state=extra).count() if extra.removed_at else 0
        assert stranded == 0, f"round {round_}"
    log_holds(project)


def test_50_parallel_writers_leave_a_log_without_gaps():
    def write(number: int) -> None:
        with transaction.atomic():
            record("project:7000", kind="test.done", actor=None, data={"number": number})
            if number % 7 == 0:
                raise TakenBackError

    results = at_once([lambda number=number: write(number) for number in range(250)], workers=50)

    written = {number for number in range(250) if number % 7}
    assert len(errors(results)) == 250 - len(written)
    stream = EventStream.objects.get(name="project:7000")
    events = list(Event.objects.filter(stream=stream).order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(written) + 1))
    assert {event.data["number"] for event in events} == written
    assert verify(stream) is None


def test_two_who_move_one_card_differently_one_is_told():
    project = ProjectFactory(template=Template.TASK)
    todo, doing, done = workflow_of(project).states
    for _round in range(10):
        issue = IssueFactory(project=project, state=todo)

        results = at_once(
            [
                lambda to=to, issue=issue: move_issue(actor=project.owner, issue=fresh(issue), to=to, seen=todo)
                for to in (doing, done)
            ]
        )

        refused = errors(results)
        assert [type(error) for error in refused] == [Conflict]
        assert refused[0].code == "moved_meanwhile"
        winner = next(result for result in results if not isinstance(result, Exception))
        assert fresh(issue).state_id == winner.state_id
        assert issue_as_of(fresh(issue), winner.updated_at).state.pk == winner.state_id
        assert not isinstance(refused[0], MoveRefused)


def test_assignee_is_cleared_that_came_while_the_lock_was_waited_for():
    project = ProjectFactory(template=Template.TASK)
    issue = IssueFactory(project=project)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            edit_issue(actor=project.owner, issue=fresh(issue), changes={"assignee": project.owner})
            clearing = other.submit(clear_assignee, fresh(issue))
            until_somebody_waits()
        clearing.result()

    assert fresh(issue).assignee is None
    told = Event.objects.filter(subject=f"issue:{issue.pk}", kind="issue.changed").order_by("seq").last()
    assert told.data["changes"]["assignee"] == {"from": project.owner.name, "to": None}


def clear_assignee(issue: Issue) -> None:
    try:
        edit_issue(actor=issue.project.owner, issue=issue, changes={"assignee": None})
    finally:
        connection.close()


def until_somebody_waits() -> None:
    """Wait until another connection waits for a lock of ours."""
    for _turn in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("nobody waits")
