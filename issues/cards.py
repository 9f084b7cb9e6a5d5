"""Cards as HTML. One is rendered once for each version and kept, because every reader sees the same card."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from zlib import crc32

from django.template import engines
from django.utils import timezone, translation
from markupsafe import Markup

from issues.queries import Card, Face
from projects.models import Project

KEPT = 1024
Key = tuple[int, int, datetime, Face | None]


def card_html(cards: Iterable[Card], project: Project) -> Markup:
    """Return cards as list items, one after another.

    What a card shows depends on the issue's version (with `updated_at`, which no rolled-back version shares), on its
    assignee, on the project's key, states and labels (`revision`), on the language, and on which day it is for the reader.
    """
    shelf = _shelf(project.key, project.revision, *_reader())
    return Markup("".join([shelf.get(_key(card)) or _render(shelf, card, project) for card in cards]))  # noqa: S704


def etag_of(card: Card, project: Project) -> str:
    """Return a mark that changes whenever the card's HTML may have changed, so that a page keeps what is current."""
    parts = (card.key, project.revision, *_reader(), *_key(card))
    return f"{crc32(repr(parts).encode()):x}"


def _reader() -> tuple[str, date]:
    """Return what of the reader decides how a card looks."""
    return translation.get_language() or "", timezone.localdate()


def _key(card: Card) -> Key:
    return card.pk, card.version, card.updated_at, card.assignee


@lru_cache(maxsize=16)
def _shelf(key: str, revision: int, language: str, today: date) -> dict[Key, str]:
    """Return the cards kept for one project as one kind of reader sees them."""
    return {}


def _render(shelf: dict[Key, str], card: Card, project: Project) -> str:
    if len(shelf) >= KEPT:
        shelf.clear()
    macros = cast(Any, engines["jinja2"]).env.get_template("issues/_card.html").module
    html = shelf[_key(card)] = str(macros.card(card, etag_of(card, project)))
    return html
