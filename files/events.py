"""Kinds of events of files; all of them go into the project's stream."""

from enum import StrEnum


class FileEvent(StrEnum):
    """What happens to a file that hangs on something. What befalls a draft is nobody's news."""

    ADDED = "file.added"
    # A file of a message that had been posted before the worker had looked at it.
    CHECKED = "file.checked"
    REFUSED = "file.refused"
    RENAMED = "file.renamed"
    REMOVED = "file.removed"
    RESTORED = "file.restored"
    PURGED = "file.purged"
    LOST = "file.lost"


def file_subject(file_id: int) -> str:
    """Return how events name a file that hangs on no issue."""
    return f"file:{file_id}"
