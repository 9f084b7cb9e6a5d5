"""What became of a message: its texts, and what each edit changed."""

from dataclasses import dataclass
from datetime import datetime

from chat.models import Message
from config.differences import Piece, differences


@dataclass(frozen=True)
class Version:
    """A text that a message had from a moment on, as pieces of the one before and its own."""

    at: datetime
    pieces: list[Piece]


def versions_of(message: Message) -> list[Version]:
    """Return the texts of a message, the newest first (one statement); none of a deleted one, which was taken back."""
    if message.deleted_at:
        return []
    rows = message.history.order_by("history_date", "history_id").values_list("history_date", "body")
    found: list[Version] = []
    last = ""
    for at, body in rows:
        if body != last:
            found.append(Version(at, differences(last, body) if found else [Piece("same", body)]))
        last = body
    return found[::-1]
