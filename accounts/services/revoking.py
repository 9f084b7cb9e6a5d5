"""Ending invitations whose sender may not invite any more: they let nobody in by an earlier mail."""

from django.db.models import QuerySet

from accounts.addresses import masked
from accounts.events import AccountEvent, team_stream
from accounts.models import TeamInvitation, User
from config import clock
from notifications.services import record


def revoke_open(actor: User | None, invitations: QuerySet[TeamInvitation]) -> int:
    """Revoke those of the invitations that are open, with one event in each of their teams; returns how many.

    Locks them in the order of their ids. Inside the caller's transaction, which records in no stream of the instance
    before: teams' streams lock first.
    """
    waiting = invitations.filter(accepted_at=None, revoked_at=None)
    found = list(waiting.select_for_update(of=("self",), no_key=True).order_by("pk"))
    TeamInvitation.objects.filter(pk__in=[row.pk for row in found]).update(revoked_at=clock.now(), next_at=None)
    for team_id in sorted({row.team_id for row in found}):
        people = [masked(row.email) for row in found if row.team_id == team_id]
        data = {"people": people, "count": len(people)}
        record(team_stream(team_id), kind=AccountEvent.TEAM_INVITATION_REVOKED, actor=actor, data=data)
    return len(found)
