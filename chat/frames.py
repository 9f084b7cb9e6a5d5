"""What open pages are told of conversations."""

from collections.abc import Sequence
from typing import Any

from chat.access import thread_is_there
from chat.events import MessageEvent
from chat.models import Message
from chat.queries import messages
from chat.rendering import day_html, message_html, shown_messages
from config.jinja import iso
from notifications.live.frames import Frame, Reader, builder
from notifications.models import Event

# The kinds of events of files, of which those that hang on messages are told here.
FILES = "file."
REWORDED = {MessageEvent.EDITED, MessageEvent.DELETED}
# So many answers are told at once that their quote is another; a page reads the older ones when it loads them.
QUOTING = 50


@builder("message.")
def message_frames(events: Sequence[Event], reader: Reader) -> list[Frame]:
    """Return one frame for each message, as it is now: a new one, or what became of an old one.

    The newest QUOTING answers to a text that was changed or taken back follow, because they quote it. Three statements
    for all of them, one more for the answers, and two more for what those in the reader's thread name. HTML only for
    these; `day` is the day above the first message of one.
    """
    posted = {event.data["message"] for event in events if event.kind == MessageEvent.POSTED}
    wanted = {event.data["message"]: None for event in events}
    return _frames(list(wanted | dict.fromkeys(_quoting(events))), posted, reader)


@builder(FILES)
def file_frames(events: Sequence[Event], reader: Reader) -> list[Frame]:
    """Return one frame for each message whose files were looked at, renamed, removed or restored, as it is now."""
    wanted = dict.fromkeys(event.data["message"] for event in events if event.data.get("message"))
    return _frames(list(wanted), set(), reader) if wanted else []


def _frames(wanted: Sequence[int], posted: set[int], reader: Reader) -> list[Frame]:
    """Return a frame for each of the messages that are still there, in this order; those `posted` are new."""
    rows = messages().filter(pk__in=wanted).select_related("thread", "thread__project", "thread__issue")
    found = {row.pk: row for row in rows.defer("thread__issue__description", "thread__issue__search")}
    alive = [found[pk] for pk in wanted if pk in found and thread_is_there(found[pk].thread)]
    html = _html([message for message in alive if message.thread_id == reader.thread])
    return [_frame(message, is_new=message.pk in posted) | html.get(message.pk, {}) for message in alive]


def _quoting(events: Sequence[Event]) -> Sequence[int]:
    """Return the newest answers to what was changed or taken back, oldest first; a tombstone quotes nothing."""
    reworded = {event.data["message"] for event in events if event.kind in REWORDED}
    if not reworded:
        return []
    answers = Message.objects.filter(reply_to__in=reworded, deleted_at__isnull=True).order_by("-pk")
    return list(answers.values_list("pk", flat=True)[:QUOTING])[::-1]


def _frame(message: Message, *, is_new: bool) -> Frame:
    thread = message.thread
    frame: dict[str, Any] = {
        "k": "message" if is_new else "message-changed",
        "thread": thread.pk,
        "issue": f"{thread.project.key}-{thread.issue.number}" if thread.issue is not None else None,
        "id": message.pk,
        "seq": message.seq,
        "count": thread.message_count,
    }
    return frame | {"by": message.author.username, "at": iso(message.at)} if is_new else frame


def _html(mine: list[Message]) -> dict[int, Frame]:
    if not mine:
        return {}
    shown = shown_messages(mine[0].thread, mine)
    return {
        each.pk: {"html": str(message_html(each)), "day": day_html(message)}
        for each, message in zip(shown, mine, strict=True)
    }
