"""Cards as HTML. One is rendered once for each version and kept, because every reader sees the same card."""

from collections.abc import Hashable, Iterable
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
Shelf = dict[Hashable, str]


def card_html(cards: Iterable[Card], project: Project) -> Markup:
    """Return cards as list items, one after another.

    What a card shows depends on the issue's version (with `updated_at`, which no rolled-back version shares), on its
    assignee, on the project's key, states and labels (`revision`), on the language and on which day the reader has.
    """
    shelf = _shelf("card", project.key, *_reader(project))
    return Markup("".join([shelf.get(_key(card)) or _card(shelf, card, project) for card in cards]))  # noqa: S704


def rows_html(cards: Iterable[Card], project: Project, *, may_select: bool) -> Markup:
    """Return cards as rows of the list. A row also says when it was changed, in words that age."""
    shelf = _shelf("row", project.key, may_select, timezone.get_current_timezone_name(), *_reader(project))
    return Markup("".join([_row(shelf, card, ago(card.updated_at), may_select) for card in cards]))  # noqa: S704


def etag_of(card: Card, project: Project) -> str:
    """Return a mark that changes whenever the card's HTML may have changed, so that a page keeps what is current."""
    parts = (card.key, *_reader(project), *_key(card))
    return f"{crc32(repr(parts).encode()):x}"


def _reader(project: Project) -> tuple[Hashable, ...]:
    """Return what of the project and the reader decides how its cards look."""
    return project.revision, reading_language(), timezone.localdate()


def _key(card: Card) -> tuple[Hashable, ...]:
    return card.pk, card.version, card.updated_at, card.assignee


@lru_cache(maxsize=SHELVES)
def _shelf(*kind: Hashable) -> Shelf:
    """Return what is kept for one project as one kind of reader sees it."""
    return {}


def _card(shelf: Shelf, card: Card, project: Project) -> str:
    return _put(shelf, _key(card), _macros("issues/_card.html").card(card, etag_of(card, project)))


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
