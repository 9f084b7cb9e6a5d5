"""What was to be told and was given up: events of the outbox, mails, and deliveries to webhooks. For administrators."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from config import clock
from config.errors import PermissionRefused
from notifications.dispatch import retry_events
from notifications.enums import DeliveryState, HookState
from notifications.mailing import retry_mails
from notifications.models import Delivery, HookDelivery, Outbox

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger("plumbline.log")


class LetterKind(StrEnum):
    """The three ways on which something can be given up."""

    EVENTS = "events"
    MAILS = "mails"
    HOOKS = "hooks"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them: what it is about, to whom it was to go, and why it did not."""

    pk: int
    about: str
    to: str
    attempts: int
    died_at: datetime | None
    error: str


def dead_rows(kind: LetterKind, ids: Collection[int] | None = None) -> "QuerySet[Any]":
    """Return what of this kind was given up, or of these only, the latest first, with all that `as_letter` reads."""
    rows = _dead_rows(kind)
    return rows if ids is None else rows.filter(pk__in=ids)


def _dead_rows(kind: LetterKind) -> "QuerySet[Any]":
    if kind == LetterKind.EVENTS:
        return Outbox.objects.filter(died_at__isnull=False).select_related("event__stream").order_by("-died_at", "-pk")
    if kind == LetterKind.MAILS:
        mails = Delivery.objects.filter(state=DeliveryState.DEAD).select_related("person")
        return mails.order_by("-ended_at", "-pk")
    hooks = HookDelivery.objects.filter(state=HookState.DEAD).select_related("webhook__project", "webhook__team")
    return hooks.select_related("webhook__project", "webhook__team", "event").order_by("-ended_at", "-pk")


def as_letter(row: Any) -> DeadLetter:
    """Return a row of `dead_rows` as the page shows it. What a mail or a delivery says is not in it."""
    if isinstance(row, Outbox):
        event = row.event
        place = f"{event.stream.name} #{event.seq}"
        return DeadLetter(row.pk, event.kind, place, row.attempts, row.died_at, row.last_error)
    if isinstance(row, Delivery):
        return DeadLetter(row.pk, row.topic, row.person.email, row.attempts, row.ended_at, row.last_error)
    hook = row.webhook
    owner = hook.project.key if hook.project else hook.team.name
    about = row.event.kind if row.event else _("a test")
    return DeadLetter(row.pk, about, f"{owner}: {hook.name}", row.attempts, row.ended_at, row.last_error)


def retry(*, actor: "User", kind: LetterKind, ids: Collection[int]) -> int:
    """Let what was given up be tried again now, with all its tries before it; returns how many.

    Refuses all but site administrators.
    """
    _require_administrator(actor)
    rows = list(dead_rows(kind, ids))
    tries: dict[LetterKind, Callable[..., int]] = {
        LetterKind.EVENTS: retry_events,
        LetterKind.MAILS: retry_mails,
        LetterKind.HOOKS: _retry_hooks,
    }
    return tries[kind](actor=actor, rows=rows)


def drop(*, actor: "User", kind: LetterKind, ids: Collection[int]) -> int:
    """Let go what was given up: nobody is told any more. The events stay in the log. Returns how many.

    Refuses all but site administrators.
    """
    _require_administrator(actor)
    rows = dead_rows(kind, ids)
    if kind == LetterKind.EVENTS:
        count = Outbox.objects.filter(pk__in=list(rows.values_list("pk", flat=True)), died_at__isnull=False).delete()[0]
    else:
        dropped = DeliveryState.DROPPED if kind == LetterKind.MAILS else HookState.DROPPED
        count = rows.model.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
            state=dropped, ended_at=clock.now()
        )
    log.info("%s let %d dead letters go: %s", actor.username, count, kind)
    return int(count)


def _retry_hooks(*, actor: "User", rows: Collection[HookDelivery]) -> int:
    again = {"state": HookState.WAITING, "attempts": 0, "next_at": clock.now(), "leased_until": None, "ended_at": None}
    dead = HookDelivery.objects.filter(pk__in=[row.pk for row in rows], state=HookState.DEAD)
    # What is switched off or deleted is never sent, so it would wait for ever.
    open_ids = list(dead.filter(webhook__is_active=True, webhook__deleted_at=None).values_list("pk", flat=True))
    count = HookDelivery.objects.filter(pk__in=open_ids, state=HookState.DEAD).update(**again)
    log.info("%s has %d deliveries tried again", actor.username, count)
    return count


def _require_administrator(actor: "User") -> None:
    if not actor.is_superuser:
        raise PermissionRefused(
            _("Only site administrators have something tried again, or let it go. Ask one of them.")
        )
