"""What waits and what was given up, for site administrators."""

from notifications.admin import outbox

__all__ = ["outbox"]
