"""Addresses out of a pasted text: one a line, or between commas, semicolons or spaces, with names or without."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = 254
# What stands between angle brackets is the address; the name before it, in quotes or not, may hold anything.
_NAMED = re.compile(r"(?:\"[^\"\n]*\"\s*|[^<>\",;\n]*)<\s*([^<>\n]*?)\s*>")
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Pasted:
    """A piece of the text, as it was typed, and the address in it: small letters, or empty where it is none."""

    text: str
    address: str


def read_addresses(text: str) -> list[Pasted]:
    """Return the addresses of a text in their order, those given twice as well, and what looks like none."""
    return [Pasted(piece, _address(piece)) for piece in _pieces(text) if piece]


def masked(address: str) -> str:
    """Return an address that tells its owner which it is and others little: a…@example.org."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for named in _NAMED.finditer(text):
        yield from _plain(text[at : named.start()])
        # A name without its comma may begin with addresses of its own: `a@x.org Ben <b@x.org>`.
        yield from (word for word in _plain(named[0].partition("<")[0]) if "@" in word and '"' not in word)
        yield named[1]
        at = named.end()
    yield from _plain(text[at:])


def _plain(text: str) -> Iterator[str]:
    return (word for word in _BETWEEN.split(text) if word)


def _address(piece: str) -> str:
    """Return the address in small letters, or an empty text. Only plain letters: what merely looks alike is another."""
    address = piece.strip().removeprefix("mailto:").lower()
    if not address.isascii() or len(address) > LONGEST:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address
