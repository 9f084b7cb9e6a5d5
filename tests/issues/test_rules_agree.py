"""One rule, three keepers: the guard function, the service and PostgreSQL answer every combination alike."""

from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from issues.models import Issue
from issues.services.creation import create_issue
from issues.services.moving import MoveRefused, move_issue
from projects.access import access_to
from projects.enums import Category, Role, Template
from projects.models import Project, State
from projects.services.workflow import change_state, create_state, set_transition
from projects.workflow import Facts, check_move, check_start, workflow_of
from tests.factories import IssueFactory, PersonFactory, ProjectFactory, member
from tests.issues.placing import place, refusal_of_sql

pytestmark = pytest.mark.django_db

# What the guard calls it, and which of the database's rules says the same.
SAME = {
    "no_transition": "issue_transition_exists",
    "needs_assignee": "issue_needs_assignee",
    "needs_resolution": "issue_needs_resolution",
    "wip_limit": "issue_wip_limit",
}
ACTORS = ("lead", "developer", "viewer", "stranger", "administrator")
NOTES = ("", " \t\n", "\u00a0\u2003", "Found the loose screw.")


def custom_project(owner: User) -> Project:
    """Three states: one soft limit that is exceeded, one hard one that is full; every kind of demand."""
    project = ProjectFactory(actor=owner, template=Template.TASK)
    todo, doing, done = workflow_of(project).states
    lead_only = {"roles": ["lead"], "needs_assignee": True}
    own = {"roles": ["lead", "developer"], "own_only": True, "needs_resolution": True}
    set_transition(actor=owner, from_state=todo, to_state=done, needs=lead_only)
    set_transition(actor=owner, from_state=doing, to_state=done, needs=own)
    change_state(actor=owner, state=todo, changes={"wip_limit": 1})
    change_state(actor=owner, state=doing, changes={"wip_limit": 2, "wip_is_hard": True})
    for state in (todo, todo, doing, doing):
        IssueFactory(project=project, state=state)
    return Project.objects.get(pk=project.pk)


def make_project(name: str, owner: User) -> Project:
    if name == "custom":
        return custom_project(owner)
    project = ProjectFactory(actor=owner, template=Template.BUG if name.startswith("bug") else Template.TASK)
    if name == "bug_own":
        Project.objects.filter(pk=project.pk).update(developers_move_own=True)
    return Project.objects.get(pk=project.pk)


def make_people(project: Project, owner: User) -> dict[str, User]:
    administrator = PersonFactory()
    User.objects.filter(pk=administrator.pk).update(is_superuser=True)
    return {
        "lead": owner,
        "developer": member(project, Role.DEVELOPER),
        "viewer": member(project, Role.VIEWER),
        "stranger": PersonFactory(),
        "administrator": User.objects.get(pk=administrator.pk),
    }


def verdict_of_service(actor: User, issue: Issue, to: State) -> str:
    """Move for real and take it back."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                move_issue(actor=actor, issue=issue, to=to)
        except MoveRefused as refused:
            return refused.refusal.code
        transaction.set_rollback(True)
    return ""


def combinations(project: Project, actor: User, colleague: User) -> list[tuple[State, State, User | None, str]]:
    states = workflow_of(project).states
    return list(product(states, states, [None, actor, colleague], NOTES))


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("name", ["bug", "bug_own", "task", "custom"])
def test_guard_service_and_database_agree(name, role):
    owner = PersonFactory()
    project = make_project(name, owner)
    people = make_people(project, owner)
    actor, colleague = people[role], member(project, Role.DEVELOPER)
    if role == "stranger":
        Project.objects.filter(pk=project.pk).update(visibility="internal")
        project.refresh_from_db()
    issue = IssueFactory(
        project=project, state=workflow_of(project).states[-1 if name not in {"bug", "bug_own"} else 0]
    )
    disagreements, seen = [], set()

    for here, to, assignee, note in combinations(project, actor, colleague):
        place(issue, here, assignee, note)
        facts = Facts(issue.key, here.pk, issue.assignee_id, note)
        others = Issue.objects.filter(state=to).exclude(pk=issue.pk).count()
        verdict = check_move(workflow_of(project), access_to(project, actor), facts, to, occupancy=others)
        as_lead = check_move(workflow_of(project), access_to(project, owner), facts, to, occupancy=others)
        code = verdict.code if verdict else ""
        service, sql = verdict_of_service(actor, issue, to), refusal_of_sql(issue, state_id=to.pk)
        seen.add(code)
        if service != code or sql != (SAME[as_lead.code] if as_lead else ""):
            disagreements.append(
                (here.slug, to.slug, bool(assignee), note, code, as_lead and as_lead.code, service, sql)
            )

    assert disagreements == []
    assert "" in seen or role in {"viewer", "stranger"}


@pytest.mark.parametrize("name", ["bug", "task", "custom"])
def test_starts_agree(name):
    owner = PersonFactory()
    project = make_project(name, owner)
    workflow = workflow_of(project)
    hidden = create_state(actor=owner, project=project, values={"name": "Later", "category": Category.OPEN})
    answers = {}

    for state in [*workflow.states, hidden]:
        occupancy = Issue.objects.filter(state=state).count()
        guard = check_start(workflow, state, occupancy=occupancy)
        with transaction.atomic():
            try:
                with transaction.atomic():
                    create_issue(actor=owner, project=project, title="New", state=state)
                service = ""
            except Exception as error:  # noqa: BLE001 (its code is what is compared)
                service = error.code
            transaction.set_rollback(True)
        answers[state.slug] = (guard.code if guard else "", service, insert_by_sql(project, state))

    translate = {"": "", "start": "issue_starts_initial", "wip_limit": "issue_wip_limit"}
    assert {slug: (code, code, translate[code]) for slug, (code, _service, _sql) in answers.items()} == answers


def insert_by_sql(project: Project, state: State) -> str:
    """Insert an issue behind the services' back; return the rule that refused it."""
    columns = (
        "project_id, number, title, description, kind, state_id, priority, reporter_id, label_ids, resolution, rank,"
        " version, created_at, updated_at"
    )
    values = "%s, %s, 't', '', 'task', %s, 0, %s, '{}', '', 'V', 1, now(), now()"
    sql = f"INSERT INTO issues_issue ({columns}) VALUES ({values})"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET issue_counter = issue_counter + 1 WHERE id = %s", [project.pk])
        number = Project.objects.get(pk=project.pk).issue_counter
        try:
            with transaction.atomic():
                cursor.execute(sql, [project.pk, number, state.pk, project.owner_id])
        except DatabaseError as error:
            return error.__cause__.diag.constraint_name
        finally:
            transaction.set_rollback(True)
    return ""


@pytest.mark.parametrize("slug", ["open", "in-progress", "resolved", "closed"])
@pytest.mark.parametrize("field", ["assignee", "resolution"])
def test_clearing_agrees(world, slug, field):
    from issues.services.editing import edit_issue
    from projects.workflow import check_clearing

    issue = world.issue("BUG-3")
    place(issue, world.state("BUG", slug), world.developer, "Done.")
    facts = Facts(issue.key, issue.state_id, issue.assignee_id, issue.resolution)
    guard = check_clearing(
        workflow_of(world.bug), facts, assignee=field == "assignee", resolution=field == "resolution"
    )
    column = {"assignee_id": None} if field == "assignee" else {"resolution": " \u00a0\n"}

    sql = refusal_of_sql(issue, **column)
    try:
        with transaction.atomic():
            edit_issue(actor=world.lead, issue=issue, changes={field: None if field == "assignee" else " \u00a0\n"})
        service = ""
    except Exception as error:  # noqa: BLE001 (its code is what is compared)
        service = error.code

    code = guard.code if guard else ""
    assert (service, sql) == (code, f"issue_{code}" if code else "")
    expected = {"open": set(), "in-progress": {"assignee"}, "resolved": {"assignee", "resolution"}}
    assert bool(code) == (field in expected.get(slug, {"assignee", "resolution"}))
