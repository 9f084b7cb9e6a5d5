"""The messages behind events, for inbox and mails: lent to the notifications app, which may not import this one."""

import html
import re
from collections.abc import Iterable
from dataclasses import replace

from accounts.models import User
from chat.models import Message
from chat.rendering import inline, names_in, text_html
from config import markdown
from notifications.hooks import Told
from notifications.models import Event

EXCERPT = 160
_TAGS = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")


def tell(events: Iterable[Event], person: User, *, marked: bool = False) -> dict[int, Told]:
    """Return the messages of which events tell, by event id (one statement; none where no event tells of one).

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
    told = {pk: _told(found[message].body) for pk, message in wanted.items() if message in found}
    if project is None or names is None:
        return told
    return {pk: replace(one, html=inline(text_html(one.body, names, project.key), person)) for pk, one in told.items()}


def _told(body: str) -> Told:
    rendered = markdown.render(body)
    plain = _SPACE.sub(" ", html.unescape(_TAGS.sub(" ", str(rendered)))).strip()
    return Told(plain if len(plain) <= EXCERPT else plain[: EXCERPT - 1].rstrip() + "…", rendered, body)
