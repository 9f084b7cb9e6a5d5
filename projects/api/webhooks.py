"""A project's webhooks, for whoever may change its settings."""

from ninja import Query

from accounts.api import hooks
from accounts.api.hooks import DeliveryOut, FullDeliveryOut, HookEditIn, HookIn, HookOut, MadeHookOut
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging
from config.api.shapes import Done, Listing
from notifications.webhooks.owners import HookOwner
from projects.access import get_project_or_404, hooks_of

routes = Operations(tags=["Webhooks"])
ALL = "/projects/{key:key}/webhooks"
ONE = "/projects/{key:key}/webhooks/{int:hook}"
DELIVERY = "/projects/{key:key}/webhooks/{int:hook}/deliveries/{int:delivery}"


@routes.get(ALL, scope=Scope.WEBHOOKS_READ, answer=list[HookOut], errors=(404,))
def list_project_webhooks(request: ApiRequest, key: str) -> list[HookOut]:
    """List the webhooks of a project.

    By name. For leads.
    """
    return hooks.list_hooks(_owner(request, key))


@routes.post(ALL, scope=Scope.WEBHOOKS_WRITE, answer=MadeHookOut, status=201)
def create_project_webhook(request: ApiRequest, key: str, webhook: HookIn) -> MadeHookOut:
    """Make a webhook for a project.

    It is told of what happens from now on. Its secret stands in this answer and in none after it. Addresses within the
    installation's own network are refused. For leads.
    """
    return hooks.create_hook(request.user, _owner(request, key), webhook)


@routes.get(ONE, scope=Scope.WEBHOOKS_READ, answer=HookOut, errors=(404,))
def read_project_webhook(request: ApiRequest, key: str, hook: int) -> HookOut:
    """Read a webhook of a project.

    For leads.
    """
    return hooks.read_hook(_owner(request, key), hook)


@routes.patch(ONE, scope=Scope.WEBHOOKS_WRITE, answer=HookOut)
def change_project_webhook(request: ApiRequest, key: str, hook: int, changes: HookEditIn) -> HookOut:
    """Change a webhook of a project.

    After any change it is sent to again, also where it was paused. For leads.
    """
    return hooks.change_hook(request.user, _owner(request, key), hook, changes)


@routes.delete(ONE, scope=Scope.WEBHOOKS_WRITE, answer=Done, errors=(404,))
def delete_project_webhook(request: ApiRequest, key: str, hook: int) -> Done:
    """Delete a webhook of a project.

    What waits is not sent. For leads.
    """
    hooks.delete_hook(request.user, _owner(request, key), hook)
    return Done()


@routes.post(f"{ONE}/secret", scope=Scope.WEBHOOKS_WRITE, answer=MadeHookOut, errors=(404,))
def rotate_project_webhook_secret(request: ApiRequest, key: str, hook: int) -> MadeHookOut:
    """Give a webhook of a project a new secret.

    It stands in this answer and in none after it. The one before signs along until it is dropped. For leads.
    """
    return hooks.rotate_hook(request.user, _owner(request, key), hook)


@routes.delete(f"{ONE}/old-secret", scope=Scope.WEBHOOKS_WRITE, answer=HookOut, errors=(404,))
def drop_old_project_webhook_secret(request: ApiRequest, key: str, hook: int) -> HookOut:
    """Let a webhook of a project sign with its newest secret only.

    For leads.
    """
    return hooks.drop_hook_secret(request.user, _owner(request, key), hook)


@routes.post(f"{ONE}/resume", scope=Scope.WEBHOOKS_WRITE, answer=HookOut, errors=(404,))
def resume_project_webhook(request: ApiRequest, key: str, hook: int) -> HookOut:
    """Send to a paused webhook of a project again.

    What waited is sent at once. For leads.
    """
    return hooks.resume_hook(request.user, _owner(request, key), hook)


@routes.post(f"{ONE}/ping", scope=Scope.WEBHOOKS_WRITE, answer=DeliveryOut, status=202, errors=(404,))
def ping_project_webhook(request: ApiRequest, key: str, hook: int) -> DeliveryOut:
    """Try the address of a webhook of a project.

    A worker sends it; the delivery tells what came back. For leads.
    """
    return hooks.ping_hook(request.user, _owner(request, key), hook)


@routes.get(f"{ONE}/deliveries", scope=Scope.WEBHOOKS_READ, answer=Listing[DeliveryOut])
def list_project_deliveries(request: ApiRequest, key: str, hook: int, asked: Query[Paging]) -> Listing[DeliveryOut]:
    """List what a webhook of a project sent.

    The newest first; what waits is among it. For leads.
    """
    return hooks.list_deliveries(_owner(request, key), hook, asked)


@routes.get(DELIVERY, scope=Scope.WEBHOOKS_READ, answer=FullDeliveryOut, errors=(404,))
def read_project_delivery(request: ApiRequest, key: str, hook: int, delivery: int) -> FullDeliveryOut:
    """Read what a webhook of a project sent, and what came back.

    For leads.
    """
    return hooks.read_delivery(_owner(request, key), hook, delivery)


@routes.post(f"{DELIVERY}/replay", scope=Scope.WEBHOOKS_WRITE, answer=DeliveryOut, status=202)
def replay_project_delivery(request: ApiRequest, key: str, hook: int, delivery: int) -> DeliveryOut:
    """Send something to a webhook of a project again.

    As a delivery of its own; 422 while the first is still on its way. For leads.
    """
    return hooks.replay_delivery(request.user, _owner(request, key), hook, delivery)


def _owner(request: ApiRequest, key: str) -> HookOwner:
    return hooks_of(get_project_or_404(request.user, key), request.user)
