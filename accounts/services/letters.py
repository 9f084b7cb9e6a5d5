"""What administrators do about what could not be told; the log says that they did."""

from collections.abc import Collection

from django.db import transaction

from accounts.events import INSTANCE, AccountEvent
from accounts.models import User
from notifications import deadletters
from notifications.deadletters import LetterKind
from notifications.services import record


@transaction.atomic
def retry_letters(*, actor: User, kind: LetterKind, ids: Collection[int]) -> int:
    """Have dead letters tried again; returns how many. No event where there was none of them."""
    count = deadletters.retry(actor=actor, kind=kind, ids=ids)
    return _noted(AccountEvent.LETTERS_RETRIED, actor, kind, count)


@transaction.atomic
def drop_letters(*, actor: User, kind: LetterKind, ids: Collection[int]) -> int:
    """Let dead letters go for good; returns how many. No event where there was none of them."""
    count = deadletters.drop(actor=actor, kind=kind, ids=ids)
    return _noted(AccountEvent.LETTERS_DROPPED, actor, kind, count)


def _noted(event: AccountEvent, actor: User, kind: LetterKind, count: int) -> int:
    if count:
        record(INSTANCE, kind=event, actor=actor, data={"letters": kind.value, "count": count})
    return count
