"""The people of the demo data. Their passwords are known to everyone; `manage.py seed` refuses them in production."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.enums import TeamRole
from accounts.models import Team, User
from accounts.services.people import change_profile, register_person
from accounts.services.teams import create_team, join_team
from config.errors import DomainError
from projects.models import ProjectKey

TEAM_NAME = "Harbour"
LEAD = "ana"


class DemoPerson(NamedTuple):
    """An account, and the short name by which the stories call it."""

    short: str
    username: str
    password: str
    name: str
    time_zone: str


PEOPLE = [
    DemoPerson("ana", "lead1", "leadpass", "Ana Lima", "Europe/Lisbon"),
    DemoPerson("ben", "dev1", "devpass", "Ben Hartmann", "Europe/Berlin"),
    DemoPerson("vera", "viewer1", "viewpass", "Vera Novak", "Europe/Prague"),
    DemoPerson("chidi", "chidi", "demopass", "Chidi Eze", "Africa/Lagos"),
    DemoPerson("dana", "dana", "demopass", "Dana Weiss", "Europe/Vienna"),
    DemoPerson("emre", "emre", "demopass", "Emre Kaya", "Europe/Istanbul"),
    DemoPerson("femi", "femi", "demopass", "Femi Adeyemi", "Europe/London"),
    DemoPerson("gita", "gita", "demopass", "Gita Rao", "Asia/Kolkata"),
]


def refuse_taken(usernames: Sequence[str], keys: Sequence[str]) -> None:
    """Raise DomainError where one of the accounts or project keys exists already."""
    found = set(User.objects.filter(username__in=usernames).values_list("username", flat=True))
    found |= set(ProjectKey.objects.filter(key__in=keys).values_list("key", flat=True))
    for name in [*usernames, *keys]:
        if name in found:
            message = _("%s is there already; nothing was added. `make reset` empties the database.")
            raise DomainError(message % name, code="seeded")


def register_people() -> dict[str, User]:
    """Create the accounts; returns them by short name. Raises IntegrityError where one is taken."""
    return {person.short: _register(person) for person in PEOPLE}


def gather(people: dict[str, User]) -> Team:
    """Found the team and let everyone in."""
    team = create_team(actor=people[LEAD], name=TEAM_NAME)
    for person in people.values():
        join_team(actor=people[LEAD], team=team, person=person, role=TeamRole.MEMBER)
    return team


def _register(demo: DemoPerson) -> User:
    person = register_person(
        username=demo.username,
        email=f"{demo.short}@example.org",
        password=demo.password,
        display_name=demo.name,
    )
    return change_profile(actor=person, changes={"time_zone": demo.time_zone})
