"""Having read a conversation."""

from django.db import connection, transaction

from accounts.models import User
from chat.models import Thread
from config import clock
from notifications.live.publisher import person_group, publish_on_commit
from projects.access import require
from projects.permissions import Perm


@transaction.atomic
def mark_read(*, person: User, thread: Thread, seq: int) -> int:
    """Note that the person has read up to `seq`; returns where their cursor stands. Never goes back, nor past the end.

    No event: what a person has read concerns nobody else. Their other open pages are told.
    """
    require(thread.project, person, Perm.READ)
    if thread.is_new:
        return 0
    end = Thread.objects.values_list("seq", flat=True).get(pk=thread.pk)
    return move_cursor(person, thread, max(0, min(seq, end)), end)


_MOVE_CURSOR = """
INSERT INTO chat_readcursor AS cursor (person_id, thread_id, seq, at) VALUES (%s, %s, %s, %s)
ON CONFLICT (person_id, thread_id) DO UPDATE SET seq = GREATEST(cursor.seq, EXCLUDED.seq), at = EXCLUDED.at
RETURNING seq
"""


def move_cursor(person: User, thread: Thread, seq: int, end: int) -> int:
    """Move a person's cursor forward to `seq` in a thread that ends at `end`, and tell their pages after commit."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_CURSOR, [person.pk, thread.pk, seq, clock.now()])
        now = int(cursor.fetchone()[0])
    _tell_pages(person, thread, now, end)
    return now


# For whoever never looked it begins here, so that they are shown what comes after their words as new.
_MOVE_PAST_OWN = """
INSERT INTO chat_readcursor AS cursor (person_id, thread_id, seq, at) VALUES (%s, %s, %s, %s)
ON CONFLICT (person_id, thread_id) DO UPDATE SET seq = EXCLUDED.seq, at = EXCLUDED.at
WHERE cursor.seq = EXCLUDED.seq - 1
"""


def move_past_own(person: User, thread: Thread) -> None:
    """Move the author's cursor past the newest message, theirs, if they had read all before it; and tell their pages.

    What others wrote meanwhile, which no page has shown to the author, stays unread. Call it under the thread's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_PAST_OWN, [person.pk, thread.pk, thread.seq, clock.now()])
        is_moved = cursor.rowcount == 1
    if is_moved:
        _tell_pages(person, thread, thread.seq, thread.seq)


def _tell_pages(person: User, thread: Thread, seq: int, end: int) -> None:
    key = thread.project.key
    place = {"project": key, "issue": f"{key}-{thread.issue.number}" if thread.issue is not None else None}
    news = {"type": "cursor.moved", "thread": thread.pk, "seq": seq, "unread": max(0, end - seq)}
    publish_on_commit(person_group(person.pk), news | place)
