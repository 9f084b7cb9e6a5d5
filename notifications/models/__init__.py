"""The event log, and what leaves from it."""

from notifications.models.deliveries import Delivery, Entry, Outbox, Slot
from notifications.models.log import GENESIS, Event, EventStream
from notifications.models.preferences import Follow, MailSettings, Preference, Watch
from notifications.models.webhooks import HookCursor, HookDelivery, Webhook

__all__ = [
    "GENESIS",
    "Delivery",
    "Entry",
    "Event",
    "EventStream",
    "Follow",
    "HookCursor",
    "HookDelivery",
    "MailSettings",
    "Outbox",
    "Preference",
    "Slot",
    "Watch",
    "Webhook",
]
