"""A team's webhooks, for its owners and admins."""

from ninja import Query

from accounts.access import get_team_or_404, hooks_of
from accounts.api import hooks
from accounts.api.hooks import DeliveryOut, FullDeliveryOut, HookEditIn, HookIn, HookOut, KindOut, MadeHookOut
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging
from config.api.shapes import Done, Listing
from notifications.webhooks.owners import HookOwner

routes = Operations(tags=["Webhooks"])
ALL = "/teams/{int:team_id}/webhooks"
ONE = "/teams/{int:team_id}/webhooks/{int:hook}"
DELIVERY = "/teams/{int:team_id}/webhooks/{int:hook}/deliveries/{int:delivery}"


@routes.get("/webhook-kinds", scope=Scope.WEBHOOKS_READ, answer=list[KindOut], errors=())
def list_webhook_kinds(request: ApiRequest) -> list[KindOut]:
    """List the kinds of events that a webhook may be told of."""
    return hooks.known_kinds()


@routes.get(ALL, scope=Scope.WEBHOOKS_READ, answer=list[HookOut], errors=(404,))
def list_team_webhooks(request: ApiRequest, team_id: int) -> list[HookOut]:
    """List the webhooks of a team.

    By name. For the team's owners and admins.
    """
    return hooks.list_hooks(_owner(request, team_id))


@routes.post(ALL, scope=Scope.WEBHOOKS_WRITE, answer=MadeHookOut, status=201)
def create_team_webhook(request: ApiRequest, team_id: int, webhook: HookIn) -> MadeHookOut:
    """Make a webhook for a team.

    It is told of what happens from now on. Its secret stands in this answer and in none after it. Addresses within the
    installation's own network are refused. For the team's owners and admins.
    """
    return hooks.create_hook(request.user, _owner(request, team_id), webhook)


@routes.get(ONE, scope=Scope.WEBHOOKS_READ, answer=HookOut, errors=(404,))
def read_team_webhook(request: ApiRequest, team_id: int, hook: int) -> HookOut:
    """Read a webhook of a team.

    For the team's owners and admins.
    """
    return hooks.read_hook(_owner(request, team_id), hook)


@routes.patch(ONE, scope=Scope.WEBHOOKS_WRITE, answer=HookOut)
def change_team_webhook(request: ApiRequest, team_id: int, hook: int, changes: HookEditIn) -> HookOut:
    """Change a webhook of a team.

    After any change it is sent to again, also where it was paused. For the team's owners and admins.
    """
    return hooks.change_hook(request.user, _owner(request, team_id), hook, changes)


@routes.delete(ONE, scope=Scope.WEBHOOKS_WRITE, answer=Done, errors=(404,))
def delete_team_webhook(request: ApiRequest, team_id: int, hook: int) -> Done:
    """Delete a webhook of a team.

    What waits is not sent. For the team's owners and admins.
    """
    hooks.delete_hook(request.user, _owner(request, team_id), hook)
    return Done()


@routes.post(f"{ONE}/secret", scope=Scope.WEBHOOKS_WRITE, answer=MadeHookOut, errors=(404,))
def rotate_team_webhook_secret(request: ApiRequest, team_id: int, hook: int) -> MadeHookOut:
    """Give a webhook of a team a new secret.

    It stands in this answer and in none after it. The one before signs along until it is dropped. For the team's owners
    and admins.
    """
    return hooks.rotate_hook(request.user, _owner(request, team_id), hook)


@routes.delete(f"{ONE}/old-secret", scope=Scope.WEBHOOKS_WRITE, answer=HookOut, errors=(404,))
def drop_old_team_webhook_secret(request: ApiRequest, team_id: int, hook: int) -> HookOut:
    """Let a webhook of a team sign with its newest secret only.

    For the team's owners and admins.
    """
    return hooks.drop_hook_secret(request.user, _owner(request, team_id), hook)


@routes.post(f"{ONE}/resume", scope=Scope.WEBHOOKS_WRITE, answer=HookOut, errors=(404,))
def resume_team_webhook(request: ApiRequest, team_id: int, hook: int) -> HookOut:
    """Send to a paused webhook of a team again.

    What waited is sent at once. For the team's owners and admins.
    """
    return hooks.resume_hook(request.user, _owner(request, team_id), hook)


@routes.post(f"{ONE}/ping", scope=Scope.WEBHOOKS_WRITE, answer=DeliveryOut, status=202, errors=(404,))
def ping_team_webhook(request: ApiRequest, team_id: int, hook: int) -> DeliveryOut:
    """Try the address of a webhook of a team.

    A worker sends it; the delivery tells what came back. For the team's owners and admins.
    """
    return hooks.ping_hook(request.user, _owner(request, team_id), hook)


@routes.get(f"{ONE}/deliveries", scope=Scope.WEBHOOKS_READ, answer=Listing[DeliveryOut])
def list_team_deliveries(request: ApiRequest, team_id: int, hook: int, asked: Query[Paging]) -> Listing[DeliveryOut]:
    """List what a webhook of a team sent.

    The newest first; what waits is among it. For the team's owners and admins.
    """
    return hooks.list_deliveries(_owner(request, team_id), hook, asked)


@routes.get(DELIVERY, scope=Scope.WEBHOOKS_READ, answer=FullDeliveryOut, errors=(404,))
def read_team_delivery(request: ApiRequest, team_id: int, hook: int, delivery: int) -> FullDeliveryOut:
    """Read what a webhook of a team sent, and what came back.

    For the team's owners and admins.
    """
    return hooks.read_delivery(_owner(request, team_id), hook, delivery)


@routes.post(f"{DELIVERY}/replay", scope=Scope.WEBHOOKS_WRITE, answer=DeliveryOut, status=202)
def replay_team_delivery(request: ApiRequest, team_id: int, hook: int, delivery: int) -> DeliveryOut:
    """Send something to a webhook of a team again.

    As a delivery of its own; 422 while the first is still on its way. For the team's owners and admins.
    """
    return hooks.replay_delivery(request.user, _owner(request, team_id), hook, delivery)


def _owner(request: ApiRequest, team_id: int) -> HookOwner:
    team, _access = get_team_or_404(request.user, team_id)
    return hooks_of(team, request.user)
