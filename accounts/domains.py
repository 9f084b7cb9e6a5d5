"""Domains of e-mail addresses, as an administrator types them and as an address is compared with them."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST, MOST = 253, 100
# RFC 1035, 2.3.1, in small letters, with at least one dot: `example.org`.
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")


def split_domains(text: str) -> list[str]:
    """Return the domains of a text: one a line, or separated by commas, semicolons or spaces."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def clean_domains(words: Iterable[str]) -> tuple[str, ...]:
    """Return domains in small letters, each once, in their order; `@example.org` counts as example.org.

    Names in other scripts become what mail uses for them (IDNA, RFC 3490). Raises ValidationError with the ones that
    are no domains, and where there are more than MOST.
    """
    found = dict.fromkeys(_plain(word) for word in words)
    if wrong := [word for word in found if len(word) > LONGEST or not _DOMAIN.fullmatch(word)]:
        message = _("Not a domain: %(wrong)s. Write it as example.org.")
        raise ValidationError(message, params={"wrong": ", ".join(word[:60] for word in wrong[:5])})
    if len(found) > MOST:
        raise ValidationError(_("At most %(most)d domains are allowed."), params={"most": MOST})
    return tuple(found)


def _plain(word: str) -> str:
    text = word.strip().lower().removeprefix("@").rstrip(".")
    try:
        return text.encode("idna").decode()
    except UnicodeError:
        return text
