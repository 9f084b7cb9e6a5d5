"""What became of a message: its texts, and what each edit changed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from chat.models import Message
from config.differences import Piece, differences

SHOWN = 20
COMPARED = 100_000


@dataclass(frozen=True)
class Version:
    """A text that a message had from a moment on, as pieces of the one before and its own."""

    at: datetime
    pieces: list[Piece]


def versions_of(message: Message) -> list[Version]:
    """Return the newest SHOWN texts of a message, newest first (one statement); none of a deleted one.

    Finding differences costs time: once COMPARED characters have been looked at, earlier texts are shown as they were.
    """
    if message.deleted_at:
        return []
    before = Window(Lag("body"), order_by=["history_date", "history_id"])
    texts = message.history.annotate(before=before).filter(Q(before=None) | ~Q(body=F("before")))
    rows = texts.order_by("-history_date", "-history_id").values_list("history_date", "body", "before")[:SHOWN]
    left = COMPARED
    found = []
    for at, body, old in rows:
        left -= len(body) + len(old or "")
        found.append(Version(at, differences(old, body) if old and left > 0 else [Piece("same", body)]))
    return found
