"""The messages behind events, for inbox and mails: lent to the notifications app, which may not import this one."""

from collections.abc import Iterable
from dataclasses import replace

from accounts.models import User
from chat.models import Message
from chat.rendering import inline, names_in, text_html, words_of
from config import markdown
from files.models import File
from notifications.hooks import Attached, Told
from notifications.models import Event

EXCERPT = 160


def tell(events: Iterable[Event], person: User, *, marked: bool = False) -> dict[int, Told]:
    """Return the messages of which events tell, by event id (one statement, two with files; none where no event tells
    of one).

    The caller has made sure that the person may read their projects. A deleted message is left out: nobody reads it
    any more. The text is the present one, after an edit too. `marked` makes the HTML that of a page, with people and
    issues as chips; for that the messages are of one project, and four statements more may be needed.
    """
    wanted = {event.pk: event.data["message"] for event in events if event.kind.startswith("message.")}
    if not wanted:
        return {}
    rows = Message.objects.filter(pk__in=wanted.values(), deleted_at__isnull=True).select_related("thread__project")
    found = rows.in_bulk()
    bodies = [message.body for message in found.values()]
    project = next((message.thread.project for message in found.values()), None) if marked else None
    names = names_in(project, bodies) if project else None
    files = _files(found.values())
    told = {pk: _told(found[each], files.get(each, ())) for pk, each in wanted.items() if each in found}
    if project is None or names is None:
        return told
    return {pk: replace(one, html=inline(text_html(one.body, names, project.key), person)) for pk, one in told.items()}


def _files(messages: Iterable[Message]) -> dict[int, tuple[Attached, ...]]:
    """Return what hangs on each of the messages and is not named in its text, by the message's id.

    No statement where none was sent with files.
    """
    sent = {message.pk: message for message in messages if message.file_count}
    rows = File.objects.filter(message__in=sent, removed_at__isnull=True) if sent else File.objects.none()
    found: dict[int, tuple[Attached, ...]] = {}
    for file in rows.order_by("pk"):
        message = sent[file.message_id or 0]
        # Under whichever key of the project: a former one names it as well.
        if f"/files/{file.uuid}/" not in message.body:
            address = f"/{message.thread.project.key}/files/{file.uuid}/view/"
            found[message.pk] = (*found.get(message.pk, ()), Attached(file.name, address))
    return found


def _told(message: Message, files: tuple[Attached, ...]) -> Told:
    rendered = markdown.render(message.body)
    plain = markdown.plain(rendered) if message.body else words_of(message)
    short = plain if len(plain) <= EXCERPT else plain[: EXCERPT - 1].rstrip() + "…"
    return Told(short, rendered, message.body, files)
