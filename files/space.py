"""How much is sent and kept: counted for the limits, and told before somebody meets one."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection

from accounts.models import User
from config import clock
from files import storage
from projects.access import Person
from projects.models import Project

DAY = timedelta(hours=24)
# Announced, and its signature has not ended, or the bytes may still be on their way. Later it was given up, or is
# announced again before it comes.
ON_ITS_WAY = timedelta(seconds=2 * storage.PUT_SECONDS)

# Written by hand: through the ORM they are three statements, and announcing a file waits longer for these to be built
# than for the database. A day is counted by the history, because what was taken back, refused or never finished may be
# forgotten by now. It counts all the same: whoever announces a file may put its bytes into the storage. Removed files
# take a project's space until they are gone, and so does what is in quarantine; refused and lost ones have no objects.
_USAGE = """
SELECT (SELECT count(*) FROM files_file
        WHERE uploader_id = %(person)s AND state = 'pending' AND signed_at > %(on_its_way)s),
    day.files, day.bytes,
    (SELECT COALESCE(sum(size), 0)::bigint FROM files_file
     WHERE project_id = %(project)s AND purged_at IS NULL AND state NOT IN ('refused', 'lost')
         AND NOT (state = 'pending' AND signed_at <= %(on_its_way)s))
FROM (SELECT count(*) AS files, COALESCE(sum(size), 0)::bigint AS bytes FROM files_historicalfile
      WHERE uploader_id = %(person)s AND history_type = '+' AND history_date > %(day)s) AS day
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """How many files of a person may be arriving now; how many they have announced within 24 hours, and with how many
    bytes; how many bytes a project's files take."""

    arriving: int
    today: int
    today_bytes: int
    kept_bytes: int


def usage_of(person: User | None, project: Project | None) -> Usage:
    """Return what a person sends and a project keeps, zeros for None (one statement)."""
    now = clock.now()
    values = {"person": person.pk if person else None, "project": project.pk if project else None}
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, values | {"on_its_way": now - ON_ITS_WAY, "day": now - DAY})
        return Usage(*cursor.fetchone())


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
    """Return the space of a project and of a person's day (one statement)."""
    usage = usage_of(person if isinstance(person, User) else None, project)
    today = max(0, settings.FILE_DAY_BYTES - usage.today_bytes)
    return Space(usage.kept_bytes, settings.FILE_PROJECT_BYTES, today)
