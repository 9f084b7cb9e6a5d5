"""Cards as HTML. One is rendered once for each version and kept, because every reader sees the same card."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, cast
from zlib import crc32

from django.template import engines
from django.utils import timezone, translation
from markupsafe import Markup

from issues.queries import Card
from projects.models import Project

KEPT = 4096


def card_html(cards: Iterable[Card], project: Project) -> Markup:
    """Return cards as list items, one after another.

    What a card shows depends on the issue's version (with `updated_at`, which no rolled-back version shares), on its
    assignee, on the project's states and labels (`revision`), on the language, and on which day it is for the reader.
    """
    language, today = translation.get_language() or "", timezone.localdate()
    return Markup("").join(_rendered(card, project.revision, language, today) for card in cards)


def etag_of(card: Card, project: Project) -> str:
    """Return a mark that changes whenever the card's HTML may have changed, so that a page keeps what is current."""
    return _etag(card, project.revision, translation.get_language() or "", timezone.localdate())


@lru_cache(maxsize=KEPT)
def _rendered(card: Card, revision: int, language: str, today: date) -> Markup:
    return Markup(_macros().card(card, _etag(card, revision, language, today)))  # noqa: S704 (the macro escapes)


def _etag(card: Card, revision: int, language: str, today: date) -> str:
    return f"{crc32(repr((card.key, card.version, card.updated_at, card.assignee, revision, language, today)).encode()):x}"


def _macros() -> Any:
    environment = cast(Any, engines["jinja2"]).env
    return environment.get_template("issues/_card.html").module
