"""Addresses out of a pasted text: one a line, or between commas, semicolons or spaces, with names or without."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = 254
# Each part is found in one go, so that a long text takes no more than its length.
_PART = re.compile(r"(?P<end>[,;\n\r])|\"(?P<name>[^\"\n]*)\"|<(?P<inside>[^<>\n]*)>|(?P<word>[^\s,;<>\"]+)")


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
    """Yield what stands between angle brackets, and every word that is not the name before them."""
    before: list[str] = []
    for part in _PART.finditer(text):
        if part["inside"] is not None:
            # A name may follow an address without a comma: `a@x.org Ben <b@x.org>`.
            yield from (word for word in before if "@" in word)
            yield part["inside"].strip()
        elif part["end"] is None:
            before.append(part["word"] or "")
            continue
        else:
            yield from before
        before = []
    yield from before


def _address(piece: str) -> str:
    """Return the address in small letters, or an empty text. Only plain letters: what merely looks alike is another."""
    # Before the letters are made small, because that turns some others into plain ones.
    if not piece.isascii() or len(piece) > LONGEST:
        return ""
    address = piece.lower().removeprefix("mailto:")
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address
