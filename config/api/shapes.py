"""The one shape of every answer of the API, and what its models are built from."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class In(BaseModel):
    """What a request may hold: these fields and no others. An unknown name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


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
