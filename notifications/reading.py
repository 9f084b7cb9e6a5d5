"""What addresses and forms of the inbox say, read without trusting them."""

from datetime import datetime

DIGITS = 18


def number_in(text: str) -> int | None:
    """Return a number, or None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def moment_in(text: str) -> datetime | None:
    """Return a moment as config.jinja.zulu writes it, or None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
