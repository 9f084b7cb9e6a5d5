"""How much may still be sent, told before somebody meets a limit."""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from files.services.uploads import sent_today, used_by
from projects.access import Person
from projects.models import Project


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: what the project's files take and may take, and what the person may still send within 24 hours."""

    used: int
    limit: int
    today: int

    @property
    def left(self) -> int:
        """What the project still has room for."""
        return max(0, self.limit - self.used)


def space_of(project: Project, person: Person) -> Space:
    """Return the space of a project and of a person's day (one statement, and another for who is logged in)."""
    sent = sent_today(person)[1] if isinstance(person, User) else settings.FILE_DAY_BYTES
    return Space(used_by(project), settings.FILE_PROJECT_BYTES, max(0, settings.FILE_DAY_BYTES - sent))
