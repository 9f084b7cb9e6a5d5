"""The guard function: what it allows and what it says, against the rules as the README states them."""

import pytest

from accounts.models import User
from issues.models import Issue
from projects.access import Access, access_to
from projects.enums import Category, Role, Template
from projects.models import Project
from projects.permissions import ROLE_PERMS
from projects.services.workflow import change_state
from projects.workflow import Facts, check_clearing, check_move, check_room, check_start, workflow_of
from tests.factories import ProjectFactory

pytestmark = pytest.mark.django_db

ME, COLLEAGUE = 1, 2
# The strict tracker, as the issue asks for it: three steps and nothing else.
BUG_STEPS = {("open", "in-progress"), ("in-progress", "resolved"), ("resolved", "closed")}
BUG = ("open", "in-progress", "resolved", "closed")
TASK = ("to-do", "in-progress", "done")


def as_role(role: Role | None) -> Access:
    return Access(ME, role, ROLE_PERMS[role] if role else frozenset())


def verdict(project: Project, access: Access, here: str, to: str, **facts: object) -> str:
    workflow = workflow_of(project)
    known = Facts("X-1", workflow.by_slug(here).pk, facts.get("assignee"), facts.get("note", ""))
    refusal = check_move(workflow, access, known, workflow.by_slug(to), occupancy=facts.get("occupancy"))
    return refusal.code if refusal else ""


def expected_of_bug(role: Role | None, here: str, to: str, assignee: int | None, note: str) -> str:  # noqa: PLR0911 (a table of rules)
    """The rules of the Bug template, written a second time and differently."""
    if role not in {Role.DEVELOPER, Role.LEAD}:
        return "permission"
    if here == to:
        return ""
    if (here, to) not in BUG_STEPS:
        return "no_transition"
    if role == Role.DEVELOPER and to == "closed":
        return "role"
    if role == Role.DEVELOPER and to == "resolved" and assignee != ME:
        return "not_yours"
    if assignee is None:
        return "needs_assignee"
    return "needs_resolution" if to in {"resolved", "closed"} and not note.strip() else ""


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("here", BUG)
@pytest.mark.parametrize("to", BUG)
def test_bug_template_allows_its_three_steps_and_nothing_else(world, role, here, to):
    for assignee in (None, ME, COLLEAGUE):
        for note in ("", " \n", "Fixed."):
            found = verdict(world.bug, as_role(role), here, to, assignee=assignee, note=note)
            assert found == expected_of_bug(role, here, to, assignee, note), (assignee, note)


@pytest.mark.parametrize("role", [None, *Role])
def test_task_template_moves_freely(world, role):
    may = role in {Role.DEVELOPER, Role.LEAD}

    for here in TASK:
        for to in TASK:
            assert verdict(world.team, as_role(role), here, to) == ("" if may else "permission")


def test_an_administrator_acts_as_a_lead(world):
    access = access_to(world.bug, world.administrator)

    assert access.acts_as == Role.LEAD
    assert verdict(world.bug, access, "resolved", "closed", assignee=COLLEAGUE, note="Fixed.") == ""


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.LEAD])
@pytest.mark.parametrize("assignee", [None, ME, COLLEAGUE])
def test_a_project_may_bind_developers_to_their_own_issues(world, role, assignee):
    Project.objects.filter(pk=world.team.pk).update(developers_move_own=True)
    project = Project.objects.get(pk=world.team.pk)

    found = verdict(project, as_role(role), "to-do", "done", assignee=assignee)
    within = verdict(project, as_role(role), "to-do", "to-do", assignee=assignee)

    refused = role == Role.DEVELOPER and assignee != ME
    assert (found, within) == (("not_yours", "not_yours") if refused else ("", ""))


@pytest.mark.parametrize(
    ("hard", "limit", "occupancy", "code"),
    [
        (True, 2, 1, ""),
        (True, 2, 2, "wip_limit"),
        (True, 2, 3, "wip_limit"),
        (False, 2, 3, ""),
        (True, None, 3, ""),
        (True, 2, None, ""),
    ],
)
def test_only_a_hard_limit_refuses(world, hard, limit, occupancy, code):
    state = world.state("TEAM", "in-progress")
    change_state(actor=world.lead, state=state, changes={"wip_limit": limit, "wip_is_hard": hard})
    project = Project.objects.get(pk=world.team.pk)
    state.refresh_from_db()

    assert verdict(project, as_role(Role.LEAD), "to-do", "in-progress", occupancy=occupancy) == code
    for refusal in (check_room(state, occupancy), check_start(workflow_of(project), state, occupancy=occupancy)):
        assert (refusal.code if refusal else "") == code


def told(
    project: Project, here: str, to: str, assignee: int | None = None, role: Role = Role.LEAD
) -> tuple[str, str, str]:
    """Return title, message and fix of the refusal of a move of BUG-1, which has no resolution note."""
    workflow = workflow_of(project)
    facts = Facts("BUG-1", workflow.by_slug(here).pk, assignee, "")
    refusal = check_move(workflow, as_role(role), facts, workflow.by_slug(to))
    return refusal.title, refusal.message, refusal.fix


def test_refusals_say_where_it_goes_and_who_may(world):
    assert told(world.bug, "open", "closed") == (
        "Not straight to Closed",
        "From Open an issue goes to In progress, not straight to Closed.",
        "",
    )
    assert told(world.bug, "resolved", "open") == (
        "Not back to Open",
        "From Resolved an issue goes to Closed, not straight to Open.",
        "",
    )
    assert told(world.bug, "closed", "open")[1] == "Closed is the end: no step leads on from it."
    assert told(world.bug, "resolved", "closed", ME, Role.DEVELOPER) == (
        "Only for: lead",
        "Only the role lead moves issues from Resolved to Closed.",
        "",
    )
    assert told(world.bug, "in-progress", "resolved", COLLEAGUE, Role.DEVELOPER)[1] == (
        "Developers move only what is assigned to them. The assignee of BUG-1 or a lead can do it."
    )
    assert told(world.bug, "open", "in-progress", ME, Role.VIEWER)[1] == (
        "Moving issues needs the role developer or lead; you are viewer."
    )


def test_refusals_say_what_is_missing_and_what_helps(world):
    assert told(world.bug, "open", "in-progress") == (
        "Needs an assignee",
        "In progress needs an assignee; BUG-1 has none.",
        "assignee",
    )
    assert told(world.bug, "in-progress", "resolved", ME) == (
        "Needs a resolution note",
        "Resolved needs a resolution note that says what was done; BUG-1 has none.",
        "resolution",
    )


def test_issues_start_only_in_initial_states(world):
    workflow = workflow_of(world.bug)
    verdicts = {state.slug: check_start(workflow, state) for state in workflow.states}

    assert verdicts["open"] is None
    assert {slug for slug, refusal in verdicts.items() if refusal} == {"in-progress", "resolved", "closed"}
    assert verdicts["closed"].message == "New issues start in Open, not in Closed."
    assert workflow.initial().slug == "open"


@pytest.mark.parametrize(
    ("slug", "keeps_assignee", "keeps_note"),
    [
        ("open", False, False),
        ("in-progress", True, False),
        ("resolved", True, True),
        ("closed", True, True),
    ],
)
def test_what_every_way_in_asked_for_may_not_be_cleared(world, slug, keeps_assignee, keeps_note):
    workflow = workflow_of(world.bug)
    facts = Facts("BUG-1", workflow.by_slug(slug).pk, ME, "Fixed.")

    assignee = check_clearing(workflow, facts, assignee=True, resolution=False)
    note = check_clearing(workflow, facts, assignee=False, resolution=True)

    assert workflow.demands(workflow.by_slug(slug).pk) == (keeps_assignee, keeps_note)
    assert (assignee.code if assignee else "") == ("keeps_assignee" if keeps_assignee else "")
    assert (note.code if note else "") == ("keeps_resolution" if keeps_note else "")
    assert check_clearing(workflow, facts, assignee=False, resolution=False) is None


@pytest.mark.parametrize(
    ("template", "states"),
    [
        (
            Template.BUG,
            [
                ("open", Category.OPEN, True),
                ("in-progress", Category.PROGRESS, False),
                ("resolved", Category.RESOLVED, False),
                ("closed", Category.CLOSED, False),
            ],
        ),
        (
            Template.TASK,
            [("to-do", Category.OPEN, True), ("in-progress", Category.PROGRESS, True), ("done", Category.CLOSED, True)],
        ),
    ],
)
def test_templates_make_their_states(template, states):
    project = ProjectFactory(template=template)

    assert [(state.slug, state.category, state.is_initial) for state in workflow_of(project).states] == states


def test_workflow_is_read_once_for_a_revision(world, django_assert_num_queries):
    workflow_of(world.bug)

    with django_assert_num_queries(0):
        again = workflow_of(Project(pk=world.bug.pk, revision=world.bug.revision))

    assert again is workflow_of(world.bug)


def test_workflow_is_read_anew_after_a_change(world):
    before = workflow_of(world.bug)

    change_state(actor=world.lead, state=world.state("BUG", "open"), changes={"name": "New"})

    after = workflow_of(Project.objects.get(pk=world.bug.pk))
    assert (before.states[0].name, after.states[0].name) == ("Open", "New")


def test_guard_costs_no_statement(world, django_assert_num_queries):
    issue: Issue = world.issue("BUG-1")
    person: User = world.lead
    access, workflow = access_to(issue.project, person), workflow_of(issue.project)

    with django_assert_num_queries(0):
        for state in workflow.states:
            check_move(workflow, access, Facts(issue.key, issue.state_id, None, ""), state)
