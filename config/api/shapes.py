"""The one shape of every answer of the API, and what its models are built from."""

from collections.abc import Hashable
from functools import cache
from typing import Any, Generic, Literal, TypeVar, cast, get_args

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

T = TypeVar("T")


class In(BaseModel):
    """What a request may hold: these fields and no others. An unknown name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false where a number is asked for, and numbers where yes or no is: JSON tells them apart."""
        if isinstance(value, int) and info.field_name:
            is_yes_or_no = bool in _kinds(cast("Hashable", cls.model_fields[info.field_name].annotation))
            if isinstance(value, bool) != is_yes_or_no:
                raise ValueError(_("This is another type of value."))
        return value


@cache
def _kinds(annotation: Hashable) -> frozenset[Any]:
    """Return the types that stand in an annotation."""
    return frozenset({annotation}).union(*(_kinds(part) for part in get_args(annotation)))


class Out(BaseModel):
    """What an answer holds. Built by name from values that were read already; it reads nothing itself."""

    model_config = ConfigDict(frozen=True)


class Refusal(Out):
    """Why a request was refused. `type` is the problem type of RFC 9457, an address that explains `code`."""

    type: str
    code: str
    message: str = Field(description="A sentence for people: what happened, why, and what to do.")
    fields: dict[str, list[str]] = Field(default_factory=dict, description="What is wrong with which field.")
    hint: str = Field("", description="What would help: who can grant it, what to send instead.")
    details: dict[str, Any] = Field(
        default_factory=dict, description="What a program needs to go on: both sides of a clash, each issue in the way."
    )


class Answer(Out, Generic[T]):
    """An answer to a request that was done."""

    data: T
    error: None = None
    status: int = 200


class Failure(Out):
    """An answer to a request that was refused."""

    data: None = None
    error: Refusal
    status: int


class Listing(Out, Generic[T]):
    """One page of a list. `next` is the `cursor` of the following page; null on the last."""

    items: list[T]
    next: str | None = None


class Done(Out):
    """Nothing to show: it is done."""

    done: Literal[True] = True


Json = dict[str, Any]
