"""Kinds of events of the notifications app; they go into the stream of the project or the team that has the webhook."""

from enum import StrEnum


class HookEvent(StrEnum):
    """What happens to a webhook. What is sent by it is in its own log."""

    CREATED = "webhook.created"
    CHANGED = "webhook.changed"
    ROTATED = "webhook.rotated"
    RESUMED = "webhook.resumed"
    DELETED = "webhook.deleted"
