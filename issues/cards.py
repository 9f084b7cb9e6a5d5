"""Cards as HTML. One is rendered once for each version and kept, because every reader sees the same card."""

from collections.abc import Hashable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast
from zlib import crc32

from django.template import engines
from django.utils import timezone
from markupsafe import Markup

from config.jinja import ago
from config.kept import reading_language
from issues.queries import Card
from projects.models import Project

SHELVES = 64
KEPT = 1024
# Where in the HTML of _card.html and _talk_count.html a reader's own marks go.
OPENING = '<li class="card"'
MARK = ' data-etag="'
COUNT = ' data-count="'
Shelf = dict[Hashable, str]


def card_html(cards: Iterable[Card], project: Project, *, swap: bool = False) -> Markup:
    """Return cards as list items, one after another; with `swap` each takes the place of its old self on a page.

    What a card shows depends on the issue's version (with `updated_at`, which no rolled-back version shares), on its
    assignee and the number of its messages, on the project's key, states and labels (`revision`), on the language and
    on which day the reader has. What is new to one reader is put in afterwards.
    """
    shelf = _shelf("card", project.key, *_reader(project))
    html = "".join([_told(shelf.get(_key(card)) or _card(shelf, card, project), card) for card in cards])
    return Markup(html.replace(OPENING, f'{OPENING} hx-swap-oob="true"') if swap else html)  # noqa: S704


def rows_html(cards: Iterable[Card], project: Project, *, may_select: bool) -> Markup:
    """Return cards as rows of the list. A row also says when it was changed, in words that age."""
    shelf = _shelf("row", project.key, may_select, timezone.get_current_timezone_name(), *_reader(project))
    rows = [_told(_row(shelf, card, ago(card.updated_at), may_select), card) for card in cards]
    return Markup("".join(rows))  # noqa: S704


def etag_of(card: Card, project: Project) -> str:
    """Return a mark that changes whenever the card's HTML may have changed, so that a page keeps what is current."""
    parts = (card.key, *_reader(project), *_key(card))
    return f"{_news(card)}{crc32(repr(parts).encode()):x}"


def _told(html: str, card: Card) -> str:
    """Put what is new to one reader into a card that all share. A quote in a name or title is never a bare one."""
    if card.unread is None:
        return html
    html = html.replace(MARK, f"{MARK}{_news(card)}", 1)
    return html.replace(COUNT, f' data-unread="{card.unread}"{COUNT}', 1)


def _news(card: Card) -> str:
    return "" if card.unread is None else f"{card.unread}-"


def _reader(project: Project) -> tuple[Hashable, ...]:
    """Return what of the project and the reader decides how its cards look."""
    return project.revision, reading_language(), timezone.localdate()


def _key(card: Card) -> tuple[Hashable, ...]:
    return card.pk, card.version, card.updated_at, card.assignee, card.messages


@lru_cache(maxsize=SHELVES)
def _shelf(*kind: Hashable) -> Shelf:
    """Return what is kept for one project as one kind of reader sees it."""
    return {}


def _card(shelf: Shelf, card: Card, project: Project) -> str:
    return _put(
        shelf, _key(card), _macros("issues/_card.html").card(card, etag_of(replace(card, unread=None), project))
    )


def _row(shelf: Shelf, card: Card, changed: str, may_select: bool) -> str:  # noqa: FBT001
    key = (*_key(card), changed)
    return shelf.get(key) or _put(shelf, key, _macros("issues/_row.html").issue_row(card, may_select))


def _put(shelf: Shelf, key: Hashable, html: str) -> str:
    if len(shelf) >= KEPT:
        shelf.clear()
    shelf[key] = str(html)
    return shelf[key]


def _macros(template: str) -> Any:
    return cast(Any, engines["jinja2"]).env.get_template(template).module
