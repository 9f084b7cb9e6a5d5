"""Teams with people in every role, for tests."""

import re
from dataclasses import dataclass

from accounts.enums import TeamRole
from accounts.models import Team, TeamMembership, User
from accounts.services.invitations import invite_people
from accounts.services.teams import create_team, join_team
from tests.factories import PersonFactory, canary

ROLES = (None, *TeamRole)
LINK = re.compile(r"/invitations/([\w-]{43})/")


@dataclass
class Crew:
    """A team, and one person in each role; `outsider` is in none."""

    team: Team
    owner: User
    admin: User
    member: User
    guest: User
    outsider: User

    def person(self, role: TeamRole | None) -> User:
        """Return who has the role; the outsider for None."""
        return getattr(self, role.value) if role else self.outsider


def crew() -> Crew:
    """Return a new team with its people."""
    people = {name: PersonFactory() for name in ("owner", "admin", "member", "guest", "outsider")}
    team = create_team(actor=people["owner"], name=canary("Team"))
    for role in (TeamRole.ADMIN, TeamRole.MEMBER, TeamRole.GUEST):
        join_team(actor=people["owner"], team=team, person=people[role.value], role=role)
    return Crew(team, **people)


def add(crew: Crew, role: TeamRole) -> User:
    """Return a further person who has the role in the team."""
    person = PersonFactory()
    join_team(actor=crew.owner, team=crew.team, person=person, role=role)
    return person


def place(team: Team, person: User) -> TeamRole | None:
    """Return the role that the database says."""
    found = TeamMembership.objects.filter(team=team, person=person).first()
    return TeamRole(found.role) if found else None


def invite(crew: Crew, *emails: str, role: TeamRole = TeamRole.MEMBER, actor: User | None = None):
    """Invite addresses, as the team's admin or somebody else; returns the invitations that were made."""
    return invite_people(actor=actor or crew.admin, team=crew.team, emails=emails, role=role).invitations


def token_in(mail) -> str:
    """Return the token that stands in a mail."""
    return LINK.search(mail.body)[1]
