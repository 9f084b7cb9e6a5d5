"""The world that most tests look at: people in every relation to projects of every visibility, made by the services.

    persona         BUG private, Bug   TEAM private, Task   INNER internal   OPEN public   QZFAR private, another team's
    lead            lead (owner)       lead (owner)         lead (owner)     lead (owner)  –
    developer       developer          developer            developer        developer     –
    viewer          viewer             viewer               viewer           viewer        –
    stranger        –                  –                    –                –             –
    removed         was developer      was developer        –                –             –
    deactivated     developer          developer            –                –             –
    administrator   site administrator, member of nothing
    far_owner       –                  –                    –                –             lead (owner)

`archived` (SHELF) is archived, `deleted` (GONE) in the trash; both are private, of `lead`, with the same members.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accounts.models import User
from accounts.services.people import ensure_administrator, set_active
from chat.models import Message, Thread
from chat.queries import discussion_of, room_of
from chat.services.messages import edit_message, post_message
from config import clock
from files.models import File
from files.services.keeping import remove_file
from issues.models import Issue
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from issues.services.trash import delete_issue
from projects.enums import Role, Template, Visibility
from projects.models import Label, Project, State
from projects.services.labels import create_label
from projects.services.members import add_member, remove_member
from projects.services.projects import archive_project, create_project, delete_project
from tests.factories import PASSWORD, PersonFactory, canary
from tests.files.sending import picture, send, send_to

PERSONAS = ("anonymous", "stranger", "viewer", "developer", "lead", "removed", "deactivated", "administrator")
BEGAN = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """Everyone and everything by name. Each test gets a copy of its own; the rows are shared and rolled back."""

    lead: User
    developer: User
    viewer: User
    stranger: User
    removed: User
    deactivated: User
    administrator: User
    far_owner: User
    projects: dict[str, Project] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    states: dict[str, dict[str, State]] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    @property
    def bug(self) -> Project:
        """Private, Bug template. BUG-1 open and nobody's, -2 in progress, -3 resolved, -4 closed (all the developer's),
        -5 open and the developer's, -6 in progress and the lead's, -7 in the trash, -8 in progress, the leaver's."""
        return self.projects["BUG"]

    @property
    def team(self) -> Project:
        """Private, Task template. TEAM-1 to do, -2 in progress and the developer's, -3 done, -4 in the trash."""
        return self.projects["TEAM"]

    @property
    def inner(self) -> Project:
        """Internal: every person who is logged in reads it. INNER-1, -2 (trash)."""
        return self.projects["INNER"]

    @property
    def open(self) -> Project:
        """Public: everyone reads it. OPEN-1, -2 (trash)."""
        return self.projects["OPEN"]

    @property
    def far(self) -> Project:
        """Private, another team's: no persona but the administrator may know of it. QZFAR-1, -2 (trash)."""
        return self.projects["QZFAR"]

    @property
    def archived(self) -> Project:
        """Private and archived. SHELF-1."""
        return self.projects["SHELF"]

    @property
    def deleted(self) -> Project:
        """Private and deleted. GONE-1."""
        return self.projects["GONE"]

    def person(self, persona: str) -> User | None:
        """Return the person of a persona; None for anonymous."""
        return None if persona == "anonymous" else getattr(self, persona)

    def issue(self, key: str) -> Issue:
        """Return an issue by its key, with its project and state loaded."""
        return self.issues[key]

    def state(self, key: str, slug: str) -> State:
        """Return a state by its project's key and its slug: BUG has open, in-progress, resolved, closed."""
        return self.states[key][slug]

    def label(self, key: str) -> Label:
        """Return the project's label whose name is a canary."""
        return self.labels[key]

    def message(self, place: str) -> Message:
        """Return what the project's owner said and edited in a room (by the project's key) or on an issue (by its own).

        In every room, on BUG-5, and on the first issue of every other project.
        """
        return self.messages[place]

    def file(self, place: str) -> File:
        """Return a file that the project's owner sent: a text of a project (by its key), or the picture of BUG-5.

        `KEY/removed` is a text of the project that was removed again.
        """
        return self.files[place]


def build_world() -> World:
    """Build it. Takes about a second; the moments of its history are minutes apart, from BEGAN on."""
    return _Builder().build()


class _Builder:
    """Holds the clock while the world is told in order."""

    def __init__(self) -> None:
        self.minutes = 0

    def tick(self) -> datetime:
        self.minutes += 1
        return BEGAN + timedelta(minutes=self.minutes)

    def build(self) -> World:
        with clock.at(self.tick()):
            names = ("lead", "developer", "viewer", "stranger", "removed", "deactivated", "far_owner")
            people = {name: self.person(name) for name in names}
            name = f"admin.{canary()}"
            admin, _changed = ensure_administrator(username=name, email=f"{name}@mail.example", password=PASSWORD)
            world = World(administrator=admin, **people)
        self.fill_bug(world, self.project(world, "BUG", Template.BUG, guests=True))
        self.fill_team(world, self.project(world, "TEAM", Template.TASK, guests=True))
        self.fill_simply(world, self.project(world, "INNER", Template.TASK, Visibility.INTERNAL))
        self.fill_simply(world, self.project(world, "OPEN", Template.TASK, Visibility.PUBLIC))
        self.fill_simply(world, self.project(world, "QZFAR", Template.BUG, owner=world.far_owner))
        self.fill_simply(world, self.project(world, "SHELF", Template.TASK))
        self.fill_simply(world, self.project(world, "GONE", Template.TASK))
        self.part(world)
        return self.fresh(world)

    def person(self, persona: str) -> User:
        name = canary(persona.replace("_", " ").title())
        return PersonFactory(username=f"{persona}.{canary()}", display_name=name)

    def project(
        self,
        world: World,
        key: str,
        template: Template,
        visibility: Visibility = Visibility.PRIVATE,
        *,
        owner: User | None = None,
        guests: bool = False,
    ) -> Project:
        actor = owner or world.lead
        with clock.at(self.tick()):
            project = create_project(
                actor=actor,
                team=actor.teams.get(),
                name=canary(f"Project {key}"),
                key=key,
                description=canary(f"About {key}"),
                visibility=visibility,
                template=template,
            )
            roles = {} if owner else {world.developer: Role.DEVELOPER, world.viewer: Role.VIEWER}
            roles |= {world.removed: Role.DEVELOPER, world.deactivated: Role.DEVELOPER} if guests else {}
            for person, role in roles.items():
                add_member(actor=actor, project=project, person=person, role=role)
            world.labels[key] = create_label(actor=actor, project=project, name=canary("label"), hue=2)
        world.projects[key] = project
        world.states[key] = {state.slug: state for state in project.states.all()}
        return project

    def issue(
        self, world: World, project: Project, *way: str, assignee: User | None = None, trash: bool = False
    ) -> None:
        """Create an issue, edit it, take it along a way of states, and perhaps put it into the trash."""
        actor = project.owner
        with clock.at(self.tick()):
            issue = create_issue(
                actor=actor,
                project=project,
                title=canary("Was called"),
                description=canary("What *happens*"),
                assignee=assignee,
                label_ids=[world.label(project.key).pk],
            )
        with clock.at(self.tick()):
            changes = {"title": canary("Now called"), "priority": 3, "description": canary("What *really* happens")}
            changes |= {"resolution": canary("Done by")} if way[1:] or project.key in {"OPEN", "INNER"} else {}
            edit_issue(actor=actor, issue=issue, changes=changes)
        for slug in way:
            with clock.at(self.tick()):
                move_issue(actor=actor, issue=issue, to=world.state(project.key, slug))
        if trash:
            with clock.at(self.tick()):
                delete_issue(actor=actor, issue=issue)

    def talk(self, world: World, project: Project, number: int = 1) -> None:
        """Let the owner say something in the room and on an issue, and say it otherwise."""
        issue = Issue.objects.select_related("project").get(project=project, number=number)
        for place, thread in ((project.key, room_of(project)), (issue.key, discussion_of(issue))):
            with clock.at(self.tick()):
                said = self.say(project.owner, thread, canary("First *said*"))
            with clock.at(self.tick()):
                world.messages[place] = edit_message(actor=project.owner, message=said, body=canary("Now *said*"))

    def keep(self, world: World, project: Project) -> None:
        """Let the owner send two files, and remove one."""
        names = {place: f"{canary('notes')}.txt" for place in (project.key, f"{project.key}/removed")}
        for place, name in names.items():
            with clock.at(self.tick()):
                world.files[place] = send(project.owner, project, name, canary("What it says").encode())
        with clock.at(self.tick()):
            remove_file(actor=project.owner, file=world.files[f"{project.key}/removed"])

    def say(self, actor: User, thread: Thread, body: str) -> Message:
        return post_message(actor=actor, thread=thread, body=body, client_id=uuid.uuid4())

    def fill_bug(self, world: World, bug: Project) -> None:
        self.issue(world, bug)
        self.issue(world, bug, "in-progress", assignee=world.developer)
        self.issue(world, bug, "in-progress", "resolved", assignee=world.developer)
        self.issue(world, bug, "in-progress", "resolved", "closed", assignee=world.developer)
        self.issue(world, bug, assignee=world.developer)
        self.issue(world, bug, "in-progress", assignee=world.lead)
        self.issue(world, bug, trash=True)
        self.issue(world, bug, "in-progress", assignee=world.removed)
        self.talk(world, bug, 5)
        self.keep(world, bug)
        with clock.at(self.tick()):
            issue = Issue.objects.select_related("project").get(project=bug, number=5)
            world.files["BUG-5"] = send_to(issue, f"{canary('screen')}.png", picture(), bug.owner)

    def fill_team(self, world: World, team: Project) -> None:
        self.issue(world, team)
        self.issue(world, team, "in-progress", assignee=world.developer)
        self.issue(world, team, "done")
        self.issue(world, team, trash=True)
        self.talk(world, team)
        self.keep(world, team)

    def fill_simply(self, world: World, project: Project) -> None:
        self.issue(world, project, assignee=project.owner)
        self.issue(world, project, trash=True)
        self.talk(world, project)
        self.keep(world, project)

    def part(self, world: World) -> None:
        """What ended: a membership, an account, two projects."""
        with clock.at(self.tick()):
            for key in ("BUG", "TEAM"):
                remove_member(actor=world.lead, project=world.projects[key], person=world.removed)
            set_active(actor=world.administrator, person=world.deactivated, active=False)
            archive_project(actor=world.lead, project=world.archived)
            delete_project(actor=world.lead, project=world.deleted, typed_key="GONE")

    def fresh(self, world: World) -> World:
        """Return the world as the database has it now, without anything that the services kept on the instances."""
        people = {
            name: User.objects.get(pk=person.pk) for name, person in vars(world).items() if isinstance(person, User)
        }
        again = World(**people)
        again.projects = {project.key: project for project in Project.objects.select_related("owner", "team")}
        again.issues = {
            issue.key: issue
            for issue in Issue.objects.select_related("project", "project__owner", "state", "assignee", "reporter")
        }
        again.states = {
            key: {state.slug: state for state in State.objects.filter(project=project)}
            for key, project in again.projects.items()
        }
        again.labels = {key: Label.objects.get(pk=label.pk) for key, label in world.labels.items()}
        again.messages = {
            place: Message.objects.select_related("thread", "thread__project", "thread__issue", "author").get(
                pk=said.pk
            )
            for place, said in world.messages.items()
        }
        again.files = {
            place: File.objects.select_related("project", "uploader", "issue", "message").get(pk=file.pk)
            for place, file in world.files.items()
        }
        return again
