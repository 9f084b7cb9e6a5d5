"""A message as the beginning of an issue: a title from its first words, and its text as a quotation."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from chat.models import Message
from chat.rendering import place_of, words_of
from config import markdown
from files.cards import Card
from issues.models import DESCRIPTION_LENGTH, TITLE_LENGTH

# What the signs of a quotation and the link under it may take.
ROOM_FOR_SIGNS = 500


def title_of(text: str) -> str:
    """Return the first line of a Markdown text that says something, as plain words that fit into a title."""
    for line in text.splitlines():
        plain = _plain(line)
        if plain:
            return plain if len(plain) <= TITLE_LENGTH else _cut(plain)
    return ""


def title_for(message: Message, files: Sequence[Card]) -> str:
    """Return a title for an issue that is made of a message: its first words, or the name of its first file."""
    return title_of(message.body) or (files[0].name if files else words_of(message))


def quotation_of(message: Message, files: Sequence[Card] = ()) -> str:
    """Return the text of a message as a Markdown quotation, with who said it and a link to where.

    `files` are those that its text does not show: their pictures and links follow it. They stay the message's. Its
    thread must have its project and issue. A text of very many lines is cut, so that it fits into a description.
    """
    thread = message.thread
    issue = f"{thread.project.key}-{thread.issue.number}" if thread.issue is not None else ""
    where = issue or _("%s chat") % thread.project.name
    link = place_of(thread.project.key, issue, message.seq) + f"#message-{message.pk}"
    words = _("%(person)s in %(place)s") % {"person": message.author.name, "place": where}
    lines = [*message.body.splitlines(), *([""] if message.body and files else []), *(file.markdown for file in files)]
    quoted = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{quoted[: DESCRIPTION_LENGTH - ROOM_FOR_SIGNS]}\n\n— [{_escaped(words)}]({link})\n"


def _plain(line: str) -> str:
    if re.match(r"\s*(```|~~~)", line):
        return ""
    return " ".join(markdown.plain(markdown.render(line)).split())


def _cut(words: str) -> str:
    shortened = words[: TITLE_LENGTH - 1]
    return (shortened.rsplit(" ", 1)[0] if " " in shortened else shortened).rstrip(" ,.;:") + "…"


def _escaped(words: str) -> str:
    """Return a name for use between the brackets of a Markdown link."""
    return re.sub(r"([\\\[\]`*_<>&~])", r"\\\1", words)
