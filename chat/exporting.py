"""What a person takes along of conversations: what they wrote, where they may still read it."""

from collections.abc import Iterator
from typing import Any

from accounts.exporting import in_steps
from accounts.hooks import exports
from accounts.models import User
from chat.models import Message
from projects.queries import visible_to


@exports("messages")
def messages(person: User) -> Iterator[dict[str, Any]]:
    """Return what the person wrote; nothing that is deleted, or that stands under a deleted issue."""
    mine = Message.objects.filter(author=person, deleted_at=None, thread__project__in=visible_to(person))
    rows = mine.filter(thread__issue__deleted_at=None).select_related("thread__project", "thread__issue__project")
    return in_steps(rows, _message)


def _message(row: Message) -> dict[str, Any]:
    issue = row.thread.issue
    return {
        "project": row.thread.project.key,
        "issue": issue.key if issue else None,
        "number": row.seq,
        "at": row.at,
        "edited_at": row.edited_at,
        "text": row.body,
        "files": row.file_count,
    }
