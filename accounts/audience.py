"""Who is told of what happens in a team: lent to the notifications app.

One notice for the team, none for each of its projects; who joins did so themselves, and needs none.
"""

from collections.abc import Iterable

from accounts.events import AccountEvent
from notifications.enums import NoticeKind, Reason
from notifications.hooks import Notice, audience
from notifications.models import Event


@audience(AccountEvent.TEAM_ROLE_CHANGED, AccountEvent.TEAM_TRANSFERRED)
def told_of_role(event: Event) -> Iterable[Notice]:
    """Whoever has another role now."""
    return [Notice(_person(event), NoticeKind.TEAM_CHANGED, Reason.MEMBER)]


@audience(AccountEvent.TEAM_REMOVED)
def told_of_removal(event: Event) -> Iterable[Notice]:
    """Whoever was removed, and with that from the team's projects."""
    return [Notice(_person(event), NoticeKind.TEAM_REMOVED, Reason.MEMBER)]


def _person(event: Event) -> int:
    return int(event.subject.removeprefix("person:"))
