"""What could not be told and was given up, for site administrators."""

from datetime import datetime
from typing import Annotated

from ninja import Query
from pydantic import Field

from accounts.api.instance import administrators_only
from accounts.enums import Scope
from accounts.forms.instance import MOST_AT_ONCE
from accounts.services.letters import drop_letters, retry_letters
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import In, Listing, Out
from notifications.deadletters import DeadLetter, LetterKind, as_letter, dead_rows

routes = Operations(tags=["Administration"])
KindWord = Annotated[str, OneOf(*(kind.value for kind in LetterKind))]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
# When they were given up stands in another column for events than for what is sent.
ORDER = {
    LetterKind.EVENTS: ["-died_at", "-pk"],
    LetterKind.MAILS: ["-ended_at", "-pk"],
    LetterKind.HOOKS: ["-ended_at", "-pk"],
}


class LetterOut(Out):
    """What was given up: what it is about, to whom it was to go, and why it did not. What it says is not told."""

    id: int
    about: str = Field(examples=["issue.moved"])
    to: str = Field(examples=["ana@mail.example"])
    attempts: int
    died_at: datetime | None
    error: str = Field(examples=["550 no such mailbox"])


class LettersAsked(Paging):
    """Which ones."""

    kind: KindWord = LetterKind.EVENTS.value


class LettersIn(In):
    """Some of one kind."""

    kind: KindWord
    ids: list[Id] = Field(min_length=1, max_length=MOST_AT_ONCE)


class LettersDoneOut(Out):
    """How many it were; those that were not given up, or not any more, are not counted."""

    count: int


def letter_out(letter: DeadLetter) -> LetterOut:
    """Return what was given up."""
    return LetterOut(
        id=letter.pk,
        about=letter.about,
        to=letter.to,
        attempts=letter.attempts,
        died_at=letter.died_at,
        error=letter.error,
    )


@routes.get("/instance/letters", scope=Scope.ADMIN_READ, answer=Listing[LetterOut], sparse=True)
def list_letters(request: ApiRequest, asked: Query[LettersAsked]) -> Listing[LetterOut]:
    """List what could not be told and was given up.

    Of one kind: events, mails, or deliveries to webhooks (`hooks`); the latest first. For site administrators.
    """
    administrators_only(request)
    kind = LetterKind(asked.kind)
    found, following = page_of(dead_rows(kind), asked, ORDER[kind], context=f"letters {kind}")
    return Listing(items=[letter_out(as_letter(row)) for row in found], next=following)


@routes.post("/instance/letters/retry", scope=Scope.ADMIN_WRITE, answer=LettersDoneOut)
def retry_some_letters(request: ApiRequest, body: LettersIn) -> LettersDoneOut:
    """Have what was given up tried again.

    At once, with all tries before it. The log tells it. For site administrators.
    """
    administrators_only(request)
    return LettersDoneOut(count=retry_letters(actor=request.user, kind=LetterKind(body.kind), ids=body.ids))


@routes.post("/instance/letters/drop", scope=Scope.ADMIN_WRITE, answer=LettersDoneOut)
def drop_some_letters(request: ApiRequest, body: LettersIn) -> LettersDoneOut:
    """Let go what was given up.

    Nobody is told any more; what happened stays in the log, which tells this as well. For site administrators.
    """
    administrators_only(request)
    return LettersDoneOut(count=drop_letters(actor=request.user, kind=LetterKind(body.kind), ids=body.ids))
