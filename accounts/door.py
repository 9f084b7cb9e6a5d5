"""What the pages by which one comes in have in common."""

from typing import Any

from allauth.account.stages import LoginByCodeStage
from django.conf import settings
from django.http import HttpRequest

from accounts.adapter import token_of
from accounts.queries.entering import provider_apps
from accounts.queries.invitations import open_invitation_of


class Door:
    """What the pages of the door show besides their form."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the providers, whether there is mail, and the invitation by whose link somebody came."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        token = token_of(self.request)
        invitation = open_invitation_of(token) if token else None
        return context | {"providers": provider_apps(), "can_mail": settings.CAN_MAIL, "invitation": invitation}

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> Any:
        """Let who waits for a code ask for another, or log in another way; other steps are to be finished first."""
        if stage.key == LoginByCodeStage.key:
            return None
        return super()._redirect_to_pending_stage(request, stage)  # type: ignore[misc]
