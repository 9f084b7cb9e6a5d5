"""Lists in pages: a cursor says after which row the next page begins, so that rows that come meanwhile shift nothing.

    class IssuesAsked(Paging):
        sort: Annotated[str, Sort("created", "key")] = "-created"

    rows, following = page_of(queryset, asked, ["-created_at", "pk"])

A cursor is what the page before ended with, readable for whoever unpacks it and not signed: it holds values that its
reader has just seen, and each is checked for its type again. It is no permission: the list itself says what is seen.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import Field as Described
from pydantic_core import core_schema

from config.api.shapes import In
from config.errors import DomainError

Row = TypeVar("Row", bound=Model)
LONGEST = 4000
MOST = 100
BEYOND = 2**63


class Paging(In):
    """Which page of a list. `cursor` is the `next` of the page before."""

    cursor: str | None = Described(None, description="The `next` of the page before; left out for the first page.")
    limit: int = Described(50, ge=1, le=MOST, description="How many at most.")


class OneOf:
    """One of some words, of which the document tells: `Annotated[str, OneOf("open", "closed")]`."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.words))


class Sort(OneOf):
    """A name by which a list may be sorted, `-` before it for the other direction."""

    def __init__(self, *names: str) -> None:
        super().__init__(*(word for name in names for word in (name, f"-{name}")))


def page_of(
    rows: QuerySet[Row], asked: Paging, order: Sequence[str], *, context: str = ""
) -> tuple[list[Row], str | None]:
    """Return one page of rows and the cursor of the next (one statement).

    `order` names fields or annotations, `-` before those that fall; the last one must be unique. Rows without a value
    come last either way. `context` is whatever else the order depends on (a filter needs not be in it): a cursor of
    another order or context is refused, with 422, and so is one that is not ours at all.
    """
    keys = [_Key(rows, name) for name in order]
    told = f"{context}:{','.join(order)}"
    if asked.cursor is not None:
        values = decode_cursor(asked.cursor, told, len(keys))
        rows = rows.filter(_after(keys, [key.read(value) for key, value in zip(keys, values, strict=True)]))
    found = list(rows.order_by(*(key.ordering for key in keys))[: asked.limit + 1])
    if len(found) <= asked.limit:
        return found, None
    page = found[: asked.limit]
    return page, encode_cursor(told, [key.value_of(page[-1]) for key in keys])


def encode_cursor(context: str, values: Sequence[Any]) -> str:
    """Return a cursor for a list that is read by hand-written SQL: what its last row had in each place of its order."""
    text = json.dumps([context, *map(_plain, values)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, context: str, count: int) -> list[Any]:
    """Return the values of a cursor of the same context: texts, whole numbers, truths or None; raises DomainError."""
    try:
        padded = cursor[:LONGEST].encode("ascii") + b"=" * (-len(cursor) % 4)
        read: list[Any] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        told, *values = read
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise wrong_cursor() from None
    are_plain = all(value is None or type(value) in {str, int, bool} for value in values)
    if told != context or len(values) != count or not are_plain:
        raise wrong_cursor()
    return values


def wrong_cursor() -> DomainError:
    """Return the refusal of a cursor that no list of this order gave."""
    message = _("This cursor belongs to no page of this list. Begin again without one.")
    return DomainError(message, code="cursor", context={"fields": {"cursor": [message]}})


class _Key:
    """One place in an order."""

    def __init__(self, rows: QuerySet[Any], name: str) -> None:
        self.name, self.falls = name.lstrip("-"), name.startswith("-")
        self.field = _field_of(rows, self.name)
        self.may_lack = self.name in rows.query.annotations or getattr(self.field, "null", False)
        self.value_of = attrgetter(self.name.replace("__", "."))

    @property
    def ordering(self) -> Any:
        last = True if self.may_lack else None
        return F(self.name).desc(nulls_last=last) if self.falls else F(self.name).asc(nulls_last=last)

    def read(self, value: Any) -> Any:
        """Return a cursor's value as the column knows it; raises DomainError."""
        if value is None:
            if not self.may_lack:
                raise wrong_cursor()
            return None
        try:
            read = self.field.to_python(value)
        except (ValidationError, ValueError, TypeError, OverflowError):
            raise wrong_cursor() from None
        if "\x00" in str(value) or (isinstance(read, int) and abs(read) >= BEYOND):
            raise wrong_cursor()
        return read

    def beyond(self, value: Any) -> Q:
        """Return the condition of rows that come after this value here."""
        if value is None:
            return Q(pk__in=[])
        beyond = Q(**{f"{self.name}__{'lt' if self.falls else 'gt'}": value})
        return beyond | Q(**{f"{self.name}__isnull": True}) if self.may_lack else beyond

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


def _after(keys: Sequence[_Key], values: Sequence[Any]) -> Q:
    condition = keys[-1].beyond(values[-1])
    for key, value in zip(reversed(keys[:-1]), reversed(values[:-1]), strict=True):
        condition = key.beyond(value) | (key.same(value) & condition)
    return condition


def _field_of(rows: QuerySet[Any], name: str) -> "Field[Any, Any]":
    annotated = rows.query.annotations.get(name)
    if annotated is not None:
        return annotated.output_field
    options: Any = rows.model._meta  # noqa: SLF001 (Django's documented way to a model's fields)
    *way, last = name.split("__")
    for step in way:
        options = options.get_field(step).related_model._meta  # noqa: SLF001
    return options.pk if last == "pk" else options.get_field(last)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime, date)) else getattr(value, "value", value)
