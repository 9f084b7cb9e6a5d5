"""What a delivery says: built anew from the log at each attempt, never from what somebody sent."""

import json
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from notifications.hooks import lent
from notifications.models import Event, HookDelivery

PING = "webhook.ping"


def kind_of(delivery: HookDelivery) -> str:
    """Return the kind of event that a delivery tells."""
    return delivery.event.kind if delivery.event else PING


def body_of(delivery: HookDelivery) -> bytes:
    """Return the JSON of a delivery. Needs its event with stream and actor, and its webhook, loaded."""
    told: dict[str, Any] = {
        "delivery": str(delivery.uuid),
        "webhook": delivery.webhook.name,
        "kind": kind_of(delivery),
        "at": (delivery.event.at if delivery.event else delivery.created_at).isoformat(),
    }
    if delivery.event:
        told |= _of_event(delivery.event)
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False).encode()


def _of_event(event: Event) -> dict[str, Any]:
    actor = event.actor
    return {
        "stream": event.stream.name,
        "seq": event.seq,
        "actor": {"username": actor.username, "name": actor.name} if actor else None,
        "subject": event.subject,
        "site": settings.SITE_URL,
        "data": event.data,
        **lent.hook_context(event),
    }
