"""Small pieces of HTML, rendered once and kept: an icon, an avatar, a label are on a page a hundred times over."""

from collections.abc import Callable, Hashable
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone, translation
from markupsafe import Markup

KEPT_AT_MOST = 8192


def reading_language() -> str:
    """Return the reader's language; without a look where there is only one."""
    return translation.get_language() or "" if len(settings.LANGUAGES) > 1 else settings.LANGUAGE_CODE


def keep(macro: Callable[..., str], *, by_day: bool = False) -> Callable[..., str]:
    """Return the macro with a memory of its results, for use in a component's file: `{% set icon = keep(icon) %}`.

    For macros that depend on nothing but their arguments, the language, and (`by_day`) which day it is.
    A model instance is told apart by its loaded values, not by its id, so that a renamed person is not shown by their
    old name. Arguments that cannot be told apart by value are rendered each time. A full memory is emptied.
    """
    kept: dict[Hashable, Markup] = {}

    def piece(*args: Any, **kwargs: Any) -> str:
        try:
            key = (
                reading_language(),
                timezone.localdate() if by_day else None,
                *map(_identity, args),
                *((name, _identity(value)) for name, value in kwargs.items()),
            )
            found = kept.get(key)
        except TypeError:
            return macro(*args, **kwargs)
        if found is None:
            if len(kept) >= KEPT_AT_MOST:
                kept.clear()
            found = kept[key] = Markup(macro(*args, **kwargs))  # noqa: S704 (the macro escapes)
        return found

    return piece


def _identity(value: Any) -> Hashable:
    if isinstance(value, Model):
        # `request.user` is a stand-in, and all of those look alike from outside.
        value = getattr(value, "_wrapped", value)
        return (type(value), *(part for name, part in vars(value).items() if not name.startswith("_")))
    # A lazy or safe text equals its plain twin; the type tells a Markup, which is not escaped, from a text, which is.
    return (type(value), str(value)) if isinstance(value, str) else value
