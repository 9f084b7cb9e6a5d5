"""Reading people's pictures and projects' icons: every page shows dozens, so this process keeps them in memory."""

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from files import storage
from files.enums import Form
from projects.queries import READABLE, guests_may_read

if TYPE_CHECKING:
    from projects.access import Person

MOST_BYTES = 5 * 1024 * 1024
# A square of 192 pixels has a few kilobytes; one of so many is none of ours.
SQUARE_BYTES = 256 * 1024
KEPT_BYTES = 4 * 1024 * 1024
# So many requests wait for the storage at a time, each so long for its turn; the others show initials meanwhile.
AT_ONCE, TURN_SECONDS = 4, 1.0
# Storage that did not answer is left alone for so long: a page must not wait for every picture on it.
AWAY_SECONDS = 10.0

# A reader sees the faces of those whom the projects that they may read show them: members, and whoever reported, was
# given or wrote something there that has not been deleted. Guests read public projects. The cheap questions come first.
_SHOWN = """
SELECT EXISTS (
    SELECT FROM accounts_user AS person WHERE person.avatar_id = %(avatar)s AND (
        person.id = %(person)s
        OR %(is_administrator)s
        OR EXISTS (SELECT FROM projects_membership AS membership
                   JOIN projects_project AS project ON project.id = membership.project_id
                   WHERE membership.person_id = person.id AND {readable})
        OR EXISTS (SELECT FROM issues_issue AS issue JOIN projects_project AS project ON project.id = issue.project_id
                   WHERE person.id IN (issue.reporter_id, issue.assignee_id) AND issue.deleted_at IS NULL
                       AND {readable})
        OR EXISTS (SELECT FROM chat_message AS message JOIN chat_thread AS thread ON thread.id = message.thread_id
                   JOIN projects_project AS project ON project.id = thread.project_id
                   WHERE message.author_id = person.id AND message.deleted_at IS NULL AND {readable})))
"""
_PUBLIC = "project.visibility = 'public' AND project.deleted_at IS NULL"
_TO_GUESTS, _TO_PEOPLE = _SHOWN.format(readable=_PUBLIC), _SHOWN.format(readable=f"({READABLE})")


def shows_avatar(reader: "Person", avatar: UUID) -> bool:
    """Say whether this is someone's present picture that the reader may see (one statement).

    Everyone sees their own, site administrators see all, and everybody else those of people in projects they may read.
    """
    is_known = reader.is_authenticated
    values: dict[str, UUID | int | bool] = {
        "avatar": avatar,
        "person": reader.pk or 0,
        "is_administrator": is_known and reader.is_superuser,
    }
    if not (is_known or guests_may_read()):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_TO_PEOPLE if is_known else _TO_GUESTS, values)
        return bool(cursor.fetchone()[0])


class Squares:
    """The squares that were asked for last, within KEPT_BYTES. Safe between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._away_until = 0.0

    def get(self, uuid: UUID) -> bytes | None:
        """Return a square from memory, otherwise from the storage; None where it cannot be had now.

        Waits a few seconds at most, and not at all after a storage that did not answer.
        """
        with self._lock:
            if (found := self._kept.get(uuid)) is not None:
                self._kept.move_to_end(uuid)
                return found
        if time.monotonic() < self._away_until or not self._turns.acquire(timeout=TURN_SECONDS):
            return None
        try:
            return self._fetch(uuid)
        finally:
            self._turns.release()

    def clear(self) -> None:
        """Forget everything, also that the storage was away."""
        with self._lock:
            self._kept.clear()
            self._size, self._away_until = 0, 0.0

    def _fetch(self, uuid: UUID) -> bytes | None:
        try:
            found = storage.read(f"files/{uuid}/{Form.SQUARE}", at_most=SQUARE_BYTES, seconds=storage.HURRIED_SECONDS)
        except storage.StorageAway:
            self._away_until = time.monotonic() + AWAY_SECONDS
            return None
        except storage.StorageError:
            return None
        self._keep(uuid, found)
        return found

    def _keep(self, uuid: UUID, found: bytes) -> None:
        with self._lock:
            self._size += len(found) - len(self._kept.pop(uuid, b""))
            self._kept[uuid] = found
            while self._size > KEPT_BYTES:
                self._size -= len(self._kept.popitem(last=False)[1])


squares = Squares()
