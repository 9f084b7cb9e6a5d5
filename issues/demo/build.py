"""Tells the stories through the services, in the order of time over all projects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.enums import Hue
from accounts.models import Team, User
from config import clock
from issues.demo import news, people, stories, talk
from issues.demo.calendar import Calendar
from issues.demo.files import Sender
from issues.demo.stories import IssueStory, ProjectStory
from issues.enums import Priority
from issues.models import Issue
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.moving import TOP, Place, move_issue
from issues.services.trash import delete_issue, restore_issue
from projects.enums import Category, Role, Template, Visibility
from projects.models import Label, Project, State
from projects.services import labels as label_services
from projects.services import members as member_services
from projects.services import projects as project_services
from projects.services import workflow as workflow_services

SEED = 20
FOUNDED = 31  # working days ago: a little more than six weeks


@dataclass
class World:
    """What has been told so far."""

    calendar: Calendar
    people: dict[str, User] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(order=True)
class Happening:
    """One entry of the plan: what is done, and when."""

    moment: datetime
    do: Callable[[], object] = field(compare=False)
    story: IssueStory | None = field(default=None, compare=False)
    project: str = field(default="", compare=False)


@transaction.atomic
def run() -> list[str]:
    """Make the demo data in one transaction; returns what to tell. DomainError where an account or key of it is taken.

    Everything but the present moment is fixed: the same steps at the same times of day, counted back from now.
    """
    told = stories.read_all()
    people.refuse_taken([person.username for person in people.PEOPLE], [project.key for project in told])
    world = _build(told)
    news.tell(list(world.projects.values()))
    accounts = ", ".join(f"{person.username}/{person.password}" for person in people.PEOPLE[:3])
    return [f"{len(world.issues)} issues in {', '.join(world.projects)}; log in as {accounts}."]


def _build(told: list[ProjectStory]) -> World:
    world = World(Calendar(timezone.now(), Random(SEED), FOUNDED))  # noqa: S311 (nothing secret is drawn)
    with clock.at(world.calendar.opening(FOUNDED)):
        world.people = people.register_people()
        team = people.gather(world.people)
    for project in told:
        with clock.at(world.calendar.opening(FOUNDED - 1)):
            world.projects[project.key] = _found(world, team, project)
    plan = sorted(entry for project in told for entry in _plan(world, project))
    _name_issues(world, plan)
    for entry in sorted([*plan, *_talk(world)]):
        with clock.at(entry.moment):
            entry.do()
    talk.read_up(list(world.projects.values()), world.calendar.now)
    return world


def _talk(world: World) -> list[Happening]:
    """Plan what is said and sent: in the order of time with all the rest, so that a message names what is there."""
    sender = Sender(world.people, world.projects, world.keys)
    teller = talk.Talk(world.people, world.projects, world.keys, sender)
    said = ((one, world.calendar.at(one.when)) for one in talk.read())
    talked = [Happening(moment, do) for one, began in said for moment, do in teller.steps(one, began)]
    return [*talked, *(Happening(moment, do) for moment, do in sender.steps(world.calendar))]


def _found(world: World, team: Team, story: ProjectStory) -> Project:
    """Create a project with its members and labels."""
    lead = world.people[people.LEAD]
    project = project_services.create_project(
        actor=lead,
        team=team,
        name=story.name,
        key=story.key,
        description=story.description,
        visibility=Visibility(story.visibility),
        template=Template(story.template),
    )
    for short, role in story.members.items():
        member_services.add_member(actor=lead, project=project, person=world.people[short], role=Role(role))
    for name, hue in story.labels.items():
        label_services.create_label(actor=lead, project=project, name=name, hue=Hue(hue))
    return Project.objects.get(pk=project.pk)


def _plan(world: World, story: ProjectStory) -> list[Happening]:
    plan = []
    for step in story.later:
        moment = world.calendar.opening(step.day) if step.day else world.calendar.now
        plan.append(Happening(moment, partial(_change_settings, world, story, step.who, step.act)))
    for issue in story.issue:
        moments = world.calendar.moments([issue.day, *(step.day for step in issue.later)])
        create = partial(_create, world, story.key, issue)
        plan.append(Happening(moments[0], create, story=issue, project=story.key))
        for moment, step in zip(moments[1:], issue.later, strict=True):
            plan.append(Happening(moment, partial(_tell, world, issue, step.who, step.act)))
    return plan


def _name_issues(world: World, plan: list[Happening]) -> None:
    """Work out the key that each named issue will get, because descriptions mention them."""
    counts = dict.fromkeys(world.projects, 0)
    for entry in plan:
        if entry.story:
            counts[entry.project] += 1
            world.keys[entry.story.name] = f"{entry.project}-{counts[entry.project]}"


def _create(world: World, key: str, story: IssueStory) -> None:
    description = story.description.strip()
    for name, issue_key in world.keys.items():
        description = description.replace(f"<<{name}>>", issue_key)
    project = world.projects[key]
    wanted = Label.objects.filter(project=project, name__in=story.labels).values_list("pk", flat=True)
    world.issues[id(story)] = create_issue(
        actor=world.people[story.by],
        project=project,
        title=story.title,
        description=description,
        kind=story.kind,
        priority=Priority[story.priority.upper()],
        label_ids=list(wanted),
    )


def _tell(world: World, story: IssueStory, who: str, act: str) -> None:
    """Do what a step of an issue says."""
    actor, issue = world.people[who], world.issues[id(story)]
    word, _space, rest = act.partition(" ")
    acts: dict[str, Callable[[], Issue]] = {
        "move": lambda: _move(actor, issue, rest),
        "top": lambda: _to_the_top(actor, issue),
        "note": lambda: edit_issue(actor=actor, issue=issue, changes={"resolution": rest}),
        "title": lambda: edit_issue(actor=actor, issue=issue, changes={"title": rest}),
        "delete": lambda: delete_issue(actor=actor, issue=issue),
        "restore": lambda: restore_issue(actor=actor, issue=issue),
    }
    world.issues[id(story)] = acts[word]() if word in acts else _edit(world, actor, issue, act)


def _move(actor: User, issue: Issue, words: str) -> Issue:
    name, _colon, note = words.partition(": ")
    state = State.objects.get(project=issue.project, name=name, removed_at__isnull=True)
    return move_issue(actor=actor, issue=issue, to=state, place=TOP, resolution=note or None)


def _to_the_top(actor: User, issue: Issue) -> Issue:
    column = Issue.objects.filter(state=issue.state_id, deleted_at__isnull=True).exclude(pk=issue.pk)
    first = column.order_by("rank").values_list("number", flat=True).first()
    return move_issue(actor=actor, issue=issue, to=issue.state, place=Place(before=first))


def _edit(world: World, actor: User, issue: Issue, act: str) -> Issue:
    changes: dict[str, Any] = {}
    labels: dict[str, list[int]] = {"+": [], "-": []}
    for part in act.split(", "):
        if part[0] in labels:
            labels[part[0]].append(Label.objects.get(project=issue.project, name=part[1:]).pk)
        else:
            field_name, value = _change(world, *part.split(" "))
            changes[field_name] = value
    return edit_issue(actor=actor, issue=issue, changes=changes, add_labels=labels["+"], remove_labels=labels["-"])


def _change(world: World, word: str, value: str) -> tuple[str, Any]:
    if word == "assign":
        return "assignee", world.people[value]
    if word == "due":
        return "due_on", (world.calendar.now + timedelta(days=int(value))).date()
    if word == "priority":
        return "priority", Priority[value.upper()]
    if word == "estimate":
        return "estimate", int(value)
    raise ValueError(f"not a change: {word}")


def _change_settings(world: World, story: ProjectStory, who: str, act: str) -> None:
    """Do what a step of a project says."""
    actor, project = world.people[who], world.projects[story.key]
    word, _space, rest = act.partition(" ")
    if word == "state":
        _add_state(actor, project, rest)
    else:
        name, limit, kind = rest.rsplit(" ", 2)
        changes = {"wip_limit": int(limit), "wip_is_hard": kind == "hard"}
        state = State.objects.get(project=project, name=name, removed_at__isnull=True)
        workflow_services.change_state(actor=actor, state=state, changes=changes)
    world.projects[story.key] = Project.objects.get(pk=project.pk)


def _add_state(actor: User, project: Project, name: str) -> None:
    """Add a column before the last one, with free steps between it and all others."""
    others = list(State.objects.filter(project=project, removed_at__isnull=True).order_by("position"))
    values = {"name": name, "category": Category.PROGRESS}
    state = workflow_services.create_state(actor=actor, project=project, values=values)
    order = [*(other.slug for other in others[:-1]), state.slug, others[-1].slug]
    workflow_services.order_states(actor=actor, project=project, slugs=order)
    for other in others:
        for here, there in ((other, state), (state, other)):
            needs = {"roles": workflow_services.WORKERS}
            workflow_services.set_transition(actor=actor, from_state=here, to_state=there, needs=needs)
