"""Sending what waits: at least once, each delivery claimed, sent and marked by itself.

An address that fails BREAKER times in a row is left alone for PAUSE; then one delivery tries whether it answers again.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from config import clock
from notifications import safe_http
from notifications.enums import HookState
from notifications.faultpoints import reach
from notifications.models import HookDelivery, Webhook
from notifications.webhooks import payload, signing
from notifications.webhooks.filling import PAUSE

log = logging.getLogger("plumbline.webhooks")
LEASE = timedelta(seconds=30)
FIRST_WAIT = timedelta(seconds=30)
TRIES = 9
BREAKER = 5
# What could not be delivered for so long is given up, breaker or not.
LIFE = timedelta(days=3)
BUDGET_SECONDS = 20.0
# An address that took so long in this run waits for the next one: slow ones hold up nobody but themselves.
SHARE_SECONDS = 2.0
KEPT_CHARACTERS = 4096


def send_due(limit: int = 50) -> int:
    """Deal with up to `limit` deliveries that are due; returns with how many. Not from within a transaction."""
    until, done = time.monotonic() + BUDGET_SECONDS, 0
    taken: defaultdict[int, float] = defaultdict(float)
    for _turn in range(limit):
        reach("hook.before_claim")
        delivery = _claim([webhook for webhook, seconds in taken.items() if seconds > SHARE_SECONDS])
        if delivery is None:
            break
        reach("hook.after_claim")
        began = time.monotonic()
        _send(delivery)
        taken[delivery.webhook_id] += time.monotonic() - began
        done += 1
        if time.monotonic() > until:
            break
    return done


def _claim(besides: Sequence[int]) -> HookDelivery | None:
    """Take the delivery that is due for the longest time; those of addresses that answer come first.

    A paused webhook's is taken when its pause is over: one at a time, because taking it renews the pause.
    """
    with transaction.atomic():
        now = clock.now()
        open_ = Q(webhook__paused_at=None) | Q(webhook__paused_at__lte=now - PAUSE)
        free = Q(leased_until=None) | Q(leased_until__lte=Now())
        due = HookDelivery.objects.filter(open_, free, state=HookState.WAITING, next_at__lte=now)
        due = due.filter(webhook__is_active=True, webhook__deleted_at=None).exclude(webhook__in=besides)
        rows = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = rows.order_by("webhook__failures", "next_at", "pk").first()
        if found is None:
            return None
        Webhook.objects.filter(pk=found.webhook_id, paused_at__isnull=False).update(paused_at=now)
        HookDelivery.objects.filter(pk=found.pk).update(attempts=found.attempts + 1, leased_until=Now() + LEASE)
    related = HookDelivery.objects.select_related("webhook", "event__stream", "event__actor")
    return related.get(pk=found.pk)


def _send(delivery: HookDelivery) -> None:
    """Send one delivery and mark it and its webhook."""
    webhook = delivery.webhook
    try:
        body, headers = _request_of(delivery)
    except Exception as error:
        log.exception("delivery %s cannot be written", delivery.uuid)
        _fail(delivery, f"cannot be written: {type(error).__name__}", {})
        return
    found: dict[str, Any] = {"body": body.decode(), "status": None, "answer": "", "milliseconds": None}
    try:
        reply = safe_http.post(webhook.url, body, headers, keep=KEPT_CHARACTERS)
    except (safe_http.Unsafe, safe_http.Unreachable) as error:
        _fail(delivery, str(error), found)
        return
    reach("hook.before_mark")
    found |= {"status": reply.status, "milliseconds": int(reply.seconds * 1000)}
    found["answer"] = reply.body.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if 200 <= reply.status < 300:  # noqa: PLR2004 (RFC 9110: successful)
        _mark(delivery, state=HookState.SENT, ended_at=clock.now(), last_error="", **found)
        Webhook.objects.filter(pk=webhook.pk).exclude(failures=0, paused_at=None).update(failures=0, paused_at=None)
    else:
        _fail(delivery, f"HTTP {reply.status}", found)


def _request_of(delivery: HookDelivery) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a delivery, signed for now."""
    body = payload.body_of(delivery)
    keys = signing.active_secrets(delivery.webhook)
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "Plumbline-Webhook/1",
        "Plumbline-Delivery": str(delivery.uuid),
        "Plumbline-Event": payload.kind_of(delivery),
        "Plumbline-Signature": signing.signature(keys, int(time.time()), body),
    }


def _fail(delivery: HookDelivery, words: str, found: dict[str, Any]) -> None:
    """Note a failure: a next try after twice the time, or none any more; too many in a row pause the webhook."""
    now = clock.now()
    next_at = now + FIRST_WAIT * 2 ** min(delivery.attempts - 1, 7)
    over = delivery.attempts >= TRIES or now - delivery.created_at > LIFE
    state = {"state": HookState.DEAD, "ended_at": now} if over else {"next_at": next_at}
    _mark(delivery, last_error=words[:1000], **state, **found)
    log.warning("delivery %s not taken, attempt %d: %s", delivery.uuid, delivery.attempts, words)
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.webhook_id)
        webhook.failures = min(webhook.failures + 1, 32_767)
        if webhook.failures >= BREAKER:
            webhook.paused_at = now
        webhook.save(update_fields=["failures", "paused_at"])


def _mark(delivery: HookDelivery, **values: Any) -> None:
    """Write to a delivery that is still in our hands; that it was taken is true whoever holds it."""
    rows = HookDelivery.objects.filter(pk=delivery.pk)
    if values.get("state") != HookState.SENT:
        rows = rows.filter(state=HookState.WAITING, attempts=delivery.attempts)
    rows.update(leased_until=None, **values)
