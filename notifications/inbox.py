"""What a person does with their inbox. Only own entries are ever touched, and doing it twice changes nothing more.

No event: what a person has read or put away concerns nobody else. Their other open pages are told after the commit.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from config import clock
from config.errors import DomainError
from notifications.live.publisher import person_group, publish_on_commit
from notifications.models import Entry
from notifications.things import Seen, Thing

if TYPE_CHECKING:
    from accounts.models import User


def mark_read(*, actor: "User", thing: Thing, upto: Seen | None = None) -> int:
    """Mark of a thing as read what the page has shown, or all of it: what came after it was made stays unread.

    So does what waits for later, because it is to come back as unread.
    """
    now = clock.now()
    return _change(actor, _of(actor, thing, upto).filter(_awake(now), read_at__isnull=True), read_at=now)


def mark_unread(*, actor: "User", thing: Thing) -> int:
    """Mark what stands of a thing in the inbox as unread."""
    return _change(actor, _of(actor, thing).filter(read_at__isnull=False, done_at__isnull=True), read_at=None)


def mark_all_read(*, actor: "User", upto: Seen | None = None) -> int:
    """Mark everything in the inbox as read that a page has shown, or all; what waits for later stays as it is."""
    now = clock.now()
    mine = _mine(actor, upto).filter(_awake(now), read_at__isnull=True, done_at__isnull=True)
    return _change(actor, mine, read_at=now)


def mark_done(*, actor: "User", thing: Thing, upto: Seen | None = None) -> datetime | None:
    """Move a thing out of the inbox; returns the moment, by which `mark_undone` brings back just this.

    None where nothing of it stood there.
    """
    now = clock.now()
    moved = _change(actor, _of(actor, thing, upto).filter(done_at__isnull=True), done_at=now, snoozed_until=None)
    return now if moved else None


def mark_undone(*, actor: "User", thing: Thing, moment: datetime | None = None) -> int:
    """Bring a thing back into the inbox: what was moved out at `moment`, or all of it."""
    gone = _of(actor, thing).filter(done_at__isnull=False)
    return _change(actor, gone.filter(done_at=moment) if moment else gone, done_at=None)


def snooze(*, actor: "User", thing: Thing, until: datetime, upto: Seen | None = None) -> int:
    """Put a thing away until a moment, at which it comes back as unread. DomainError for a moment that is over."""
    if until <= clock.now():
        raise DomainError(_("Choose a time that is still to come."), code="past")
    away = _of(actor, thing, upto).filter(done_at__isnull=True).exclude(snoozed_until=until, read_at__isnull=True)
    return _change(actor, away, snoozed_until=until, read_at=None)


def wake(*, actor: "User", thing: Thing) -> int:
    """Bring back at once what was put away for later."""
    return _change(actor, _of(actor, thing).filter(snoozed_until__gt=clock.now()), snoozed_until=None)


def _awake(now: datetime) -> Q:
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now)


def _mine(actor: "User", upto: Seen | None = None) -> QuerySet[Entry]:
    """Return the actor's own entries, of the projects that their token reaches."""
    mine = Entry.objects.filter(person=actor, in_inbox=True)
    if actor.credential and actor.credential.projects is not None:
        mine = mine.filter(project__in=actor.credential.projects)
    return mine.filter(upto.entries) if upto else mine


def _of(actor: "User", thing: Thing, upto: Seen | None = None) -> QuerySet[Entry]:
    return _mine(actor, upto).filter(thing.entries)


def _change(actor: "User", entries: QuerySet[Entry], **values: Any) -> int:
    changed = entries.update(**values)
    if changed:
        publish_on_commit(person_group(actor.pk), {"type": "inbox.changed"})
    return changed
