"""What waits and what was given up, for site administrators."""

from notifications.admin import deliveries, outbox

__all__ = ["deliveries", "outbox"]
