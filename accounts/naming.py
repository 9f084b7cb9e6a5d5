"""People's names in sentences."""

from collections.abc import Iterable

from django.utils.translation import gettext as _


def listed(names: Iterable[str]) -> str:
    """Join names as a person would: Ana, Ben or Chidi; where there are none, only a site administrator is left."""
    words = list(names)
    if not words:
        return _("A site administrator")
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + _(" or ") + words[-1]
