"""From the outbox to the ledger: who is told of an event, why, and by which mails. Run by workers, never by a request.

A worker claims events that no other has, decides their recipients, writes entries and mails, and lets the events go,
all in one transaction: killed at any point, it has done all of it or nothing. Locks are taken in one order by all
workers: outbox rows (skipping those of others), entries, then deliveries by person, channel and topic.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from config import clock
from config.errors import PermissionRefused
from notifications import hooks, ledger
from notifications.enums import NoticeKind, Reason
from notifications.faultpoints import reach
from notifications.hooks import About, Notice
from notifications.live.publisher import wake_worker
from notifications.models import Event, Outbox

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger("plumbline.dispatch")

BATCH = 100
FIRST_WAIT = timedelta(minutes=1)
# Waits of 1, 2, 4 … 64 minutes: two hours in which a mistake can be mended before somebody must look at it.
TRIES = 8
ERROR_LENGTH = 1000
REASONS = list(Reason)
KINDS = list(NoticeKind)


def dispatch_due(limit: int = BATCH) -> int:
    """Decide up to `limit` events that are due and return how many were claimed; 0 where nothing is left to do.

    One transaction. An event whose rule fails is put off, in the end given up (`died_at`), and holds up no other.
    """
    reach("dispatch.before_claim")
    with transaction.atomic():
        rows = _claim(limit)
        if not rows:
            return 0
        reach("dispatch.after_claim")
        decided = [found for row in rows if (found := _decide(row))]
        gone = _write(rows, decided)
        reach("dispatch.before_mark")
        Outbox.objects.filter(pk__in=gone).delete()
    reach("dispatch.after_mark")
    return len(rows)


def retry_events(*, actor: "User", rows: Iterable[Outbox]) -> int:
    """Let events that were given up be decided again now; returns how many. Refuses all but site administrators."""
    if not actor.is_superuser:
        raise PermissionRefused(_("Only site administrators can have an event tried again."))
    ids = [row.pk for row in rows]
    again = {"attempts": 0, "died_at": None, "next_at": clock.now(), "last_error": ""}
    count = Outbox.objects.filter(pk__in=ids, died_at__isnull=False).update(**again)
    log.info("%s has %d events tried again", actor.username, count)
    transaction.on_commit(wake_worker)
    return count


def merge(notices: Iterable[Notice]) -> dict[int, ledger.Why]:
    """Make one of all notices of a person: all reasons, the strongest first, and what that one says happened."""
    by_person: dict[int, list[Notice]] = {}
    for notice in notices:
        by_person.setdefault(notice.person_id, []).append(notice)
    merged = {}
    for person, several in sorted(by_person.items()):
        several.sort(key=lambda notice: (REASONS.index(notice.reason), KINDS.index(notice.kind)))
        merged[person] = ledger.Why(several[0].kind, tuple(dict.fromkeys(notice.reason for notice in several)))
    return merged


def about(event: Event) -> About:
    """Return which project and issue an event is about. Needs its stream loaded."""
    project = event.stream.name.partition("project:")[2]
    issue = event.subject.partition("issue:")[2] or event.data.get("issue")
    return About(int(project) if project else None, int(issue) if issue else None)


def _claim(limit: int) -> list[Outbox]:
    """Lock due events that no other worker has. A first try waits for nothing: no wrong clock delays it."""
    due = Outbox.objects.select_for_update(skip_locked=True, of=("self",)).select_related("event__stream")
    ready = Q(attempts=0) | Q(next_at__lte=Now())
    return list(due.filter(ready, died_at__isnull=True).order_by("pk")[:limit])


def _decide(row: Outbox) -> ledger.Decision | None:
    """Return who is told of an event by the rule of its kind, the actor left out; None where the rule fails."""
    event = row.event
    try:
        with transaction.atomic():
            rule = hooks.audiences.get(event.kind)
            notices = [] if rule is None else list(rule(event))
            return ledger.Decision(
                event, about(event), merge(notice for notice in notices if notice.person_id != event.actor_id)
            )
    except Exception as error:  # noqa: BLE001 (whatever a rule does, the other events are told)
        _put_off(row, error)
        return None


def _write(rows: Sequence[Outbox], decided: Sequence[ledger.Decision]) -> list[int]:
    """Write all decisions at once, or where that fails one by one; return the events that are done with."""
    try:
        with transaction.atomic():
            ledger.write(decided)
        return [decision.event.pk for decision in decided]
    except Exception:
        if len(decided) > 1:
            log.exception("%d events could not be written together", len(decided))
    by_event = {row.pk: row for row in rows}
    done = []
    for decision in decided:
        try:
            with transaction.atomic():
                ledger.write([decision])
            done.append(decision.event.pk)
        except Exception as error:  # noqa: BLE001 (only this event waits)
            _put_off(by_event[decision.event.pk], error)
    return done


def _put_off(row: Outbox, error: Exception) -> None:
    """Note a failure: a next try after twice the time, or none any more."""
    row.attempts += 1
    row.next_at = clock.now() + FIRST_WAIT * 2 ** (row.attempts - 1)
    row.last_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    row.died_at = clock.now() if row.attempts >= TRIES else None
    row.save(update_fields=["attempts", "next_at", "last_error", "died_at"])
    log.error("event %d (%s) not told, try %d", row.pk, row.event.kind, row.attempts, exc_info=error)
