"""People, projects and issues for tests, made by the services as in life, so that history, grants and events are there.

Every text that nobody chose is a canary: a word that occurs once in the database and nowhere in our own words, so that
a page which shows it has read that very field.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import factory

from accounts.enums import TeamRole
from accounts.models import Team, User
from accounts.services.people import register_person
from accounts.services.teams import join_team
from issues.models import Issue
from issues.services.creation import create_issue
from projects.enums import Role, Template, Visibility
from projects.models import Membership, Project
from projects.services.members import add_member
from projects.services.projects import create_project

PASSWORD = "a long enough passphrase"
_numbers: Iterator[int] = count(1)


def canary(words: str = "") -> str:
    """Return a text that holds a marker unique in this process, such as `Crash on save cnry0042q`."""
    return f"{words} cnry{next(_numbers):04d}q".strip()


class PersonFactory(factory.Factory[User]):
    """A person with a confirmed address and their own team. `password` is PASSWORD."""

    class Meta:
        model = User

    username = factory.LazyFunction(lambda: f"person.{canary()}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@mail.example")
    display_name = factory.LazyFunction(lambda: canary("Person"))
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return register_person(**kwargs)


class ProjectFactory(factory.Factory[Project]):
    """A project of its owner's own team; `members` maps further people to roles (dict of person → Role)."""

    class Meta:
        model = Project

    actor = factory.SubFactory(PersonFactory)
    team = None
    name = factory.LazyFunction(lambda: canary("Project"))
    key = factory.LazyFunction(lambda: f"K{next(_numbers):05d}")
    description = factory.LazyFunction(lambda: canary("About"))
    visibility = Visibility.PRIVATE
    template = Template.TASK
    members: dict[User, Role] = {}

    @classmethod
    def _create(cls, model_class: type[Project], *args: Any, **kwargs: Any) -> Project:
        members = kwargs.pop("members")
        actor: User = kwargs["actor"]
        team: Team = kwargs.pop("team") or actor.teams.order_by("pk")[0]
        project = create_project(team=team, **kwargs)
        for person, role in members.items():
            add_member(actor=actor, project=project, person=person, role=role)
        return project


class IssueFactory(factory.Factory[Issue]):
    """An issue of a project, reported by the project's owner unless `actor` says otherwise."""

    class Meta:
        model = Issue

    project = factory.SubFactory(ProjectFactory)
    actor = factory.LazyAttribute(lambda issue: issue.project.owner)
    title = factory.LazyFunction(lambda: canary("Issue"))
    description = factory.LazyFunction(lambda: canary("What happens"))

    @classmethod
    def _create(cls, model_class: type[Issue], *args: Any, **kwargs: Any) -> Issue:
        return create_issue(**kwargs)


def member(project: Project, role: Role, **person: Any) -> User:
    """Return a new person who has the role in the project."""
    added = PersonFactory(**person)
    add_member(actor=project.owner, project=project, person=added, role=role)
    return added


def colleague(team: Team, owner: User) -> User:
    """Return a new person who belongs to the team."""
    added = PersonFactory()
    join_team(actor=owner, team=team, person=added, role=TeamRole.MEMBER)
    return added


def role_of(project: Project, person: User) -> Role | None:
    """Return the role that the database says."""
    found = Membership.objects.filter(project=project, person=person).first()
    return Role(found.role) if found else None
