"""What addresses and forms of the inbox say, read without trusting them."""

from datetime import datetime


def moment_in(text: str) -> datetime | None:
    """Return a moment as config.jinja.zulu writes it, or None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
