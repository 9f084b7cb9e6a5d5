"""Taking one's data along, and deleting one's account: what takes everything, for tokens that may do everything."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import Field

from accounts.access import require_whole
from accounts.enums import Scope
from accounts.queries.leaving import reasons_to_stay
from accounts.services.export import name_of, offer_export
from accounts.services.leaving import delete_account
from accounts.stepup import require_step_up_of_script
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Done, In, Out
from config.errors import PermissionRefused

routes = Operations(tags=["Me"])
# Those of administrators are for others' things.
OF_ONES_OWN = [scope for scope in Scope if not scope.startswith("admin:")]
READING = [scope for scope in OF_ONES_OWN if scope.endswith(":read")]


class ExportOut(Out):
    """Where the data is. The link is as good as a password until it expires: whoever has it has the data."""

    url: str = Field(description="A ZIP file of JSON, made while it is sent.")
    name: str = Field(examples=["plumbline-ana-2026-11-21.zip"])
    expires_at: datetime


class LeavingOut(Out):
    """What has to be handed over or deleted first, as sentences; empty where one may go."""

    reasons: list[str]


class LeaveIn(In):
    """One's own username, typed again."""

    username: str = Field(max_length=40)


@routes.post("/me/export", scope=Scope.ME_WRITE, answer=ExportOut, errors=())
def export_own_data(request: ApiRequest) -> ExportOut:
    """Take your data along.

    All that is yours and that you may still see: fetch it from `url`, without a token, within 10 minutes. Five times an
    hour. A personal token must be for all projects and may read everything; a log-in must be younger than 5 minutes.
    """
    require_step_up_of_script(request)
    require_whole(request.user)
    _require_all(request, READING)
    offer = offer_export(actor=request.user)
    url = f"{settings.SITE_URL.rstrip('/')}/me/data/{offer.token}/"
    return ExportOut(url=url, name=name_of(request.user), expires_at=offer.until)


@routes.get("/me/account/reasons-to-stay", scope=Scope.ME_READ, answer=LeavingOut, errors=())
def read_reasons_to_stay(request: ApiRequest) -> LeavingOut:
    """Read what keeps you from deleting your account.

    What nobody else could look after then. No token of some projects only is told.
    """
    require_whole(request.user)
    return LeavingOut(reasons=reasons_to_stay(request.user))


@routes.delete("/me/account", scope=Scope.ME_WRITE, answer=Done)
def delete_own_account(request: ApiRequest, body: LeaveIn) -> Done:
    """Delete your account, for good.

    What you wrote stays, as a former member's. 422 says what has to be handed over first. A personal token must be for
    all projects and may do everything that is yours; a log-in must be younger than 5 minutes.
    """
    require_step_up_of_script(request)
    require_whole(request.user)
    _require_all(request, OF_ONES_OWN)
    delete_account(actor=request.user, typed_username=body.username)
    return Done()


def _require_all(request: ApiRequest, scopes: Iterable[Scope]) -> None:
    """Raise PermissionRefused where the token is not for all of the scopes: what is asked for takes all of it."""
    credential = request.user.credential
    missing = [scope.value for scope in scopes if credential and not credential.allows(scope)]
    if missing:
        message = _("This takes everything of yours, and your token is not for %s. Make one that is, or log in.")
        raise PermissionRefused(message % ", ".join(missing), code="token_scopes")
