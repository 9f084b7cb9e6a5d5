"""Reading invitations."""

from django.db.models import Q, QuerySet

from accounts.bearers import digest_of
from accounts.models import Team, TeamInvitation
from config import clock

_OPEN = Q(accepted_at=None, revoked_at=None)


def open_invitation_of(token: str) -> TeamInvitation | None:
    """Return the invitation whose token it is, with its team and who sent it, while it can be accepted; else None."""
    rows = TeamInvitation.objects.filter(digest=digest_of(token)).select_related("team", "invited_by")
    return rows.filter(_OPEN, expires_at__gt=clock.now(), team__deleted_at__isnull=True).first() if token else None


def invitations_of(team: Team) -> QuerySet[TeamInvitation]:
    """Return a team's invitations that were neither accepted nor revoked, the newest first, with who sent them."""
    return TeamInvitation.objects.filter(_OPEN, team=team).select_related("invited_by").order_by("-created_at", "-pk")
