"""Everything that changes webhooks. Who may is the project's or the team's rule: whoever has a HookOwner has been asked
(projects.access.hooks_of, accounts.access.hooks_of)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from config import clock
from config.errors import DomainError
from notifications import safe_http
from notifications.enums import HookState
from notifications.events import HookEvent
from notifications.live.publisher import wake_worker
from notifications.models import HookDelivery, Webhook
from notifications.services import record
from notifications.webhooks import filling, signing
from notifications.webhooks.owners import HookOwner
from notifications.webhooks.queries import hooks_of

if TYPE_CHECKING:
    from accounts.models import User

FIELDS = frozenset({"name", "url", "kinds", "is_active"})
MOST = 20
SEND = "notifications.send_hooks"
# The advisory locks of making webhooks begin with it.
LOCKS = 7_213
# So many pings and repeated deliveries of one webhook may wait.
MOST_ASKED = 10


def create_webhook(*, actor: "User", owner: HookOwner, name: str, url: str, kinds: list[str]) -> tuple[Webhook, str]:
    """Create a webhook and return it with its secret, which is shown this once.

    It is told of what happens from now on. Raises DomainError for an address that may not be asked, or too many.
    """
    _judge(url)
    secret = signing.new_secret()
    with transaction.atomic():
        return _created(actor, owner, name, url, kinds, secret), secret


def _created(actor: "User", owner: HookOwner, name: str, url: str, kinds: list[str], secret: str) -> Webhook:
    """Write a webhook; those who make some for one owner side by side wait for each other, so that MOST holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", [LOCKS, owner.stream])
    if hooks_of(owner).count() >= MOST:
        raise DomainError(_("There are %s webhooks already. Delete one first.") % MOST, code="too_many_webhooks")
    webhook = Webhook(
        name=name, url=url, kinds=sorted(kinds), secret=signing.sealed(secret), created_by=actor, **owner.field
    )
    webhook.save()
    filling.begin(webhook)
    _record(owner, HookEvent.CREATED, actor, webhook)
    return webhook


def change_webhook(*, actor: "User", owner: HookOwner, webhook: Webhook, changes: Mapping[str, Any]) -> Webhook:
    """Change FIELDS of a webhook (others raise ValueError), which closes the breaker; refuses an unsafe address."""
    if unknown := set(changes) - FIELDS:
        raise ValueError(f"not fields of a webhook: {sorted(unknown)}")
    # Asked before anything is locked: looking a name up takes its time.
    _judge(changes.get("url", webhook.url))
    with transaction.atomic():
        webhook = _locked(webhook)
        changed = [name for name, value in changes.items() if getattr(webhook, name) != value]
        if changed:
            for name in changed:
                setattr(webhook, name, changes[name])
            webhook.failures, webhook.paused_at = 0, None
            webhook.save(update_fields=[*changed, "failures", "paused_at"])
            _record(owner, HookEvent.CHANGED, actor, webhook, fields=sorted(changed))
        return webhook


@transaction.atomic
def rotate_secret(*, actor: "User", owner: HookOwner, webhook: Webhook) -> str:
    """Give a webhook a new secret and return it, shown this once; the old one signs along until `drop_old_secret`."""
    webhook, secret = _locked(webhook), signing.new_secret()
    webhook.old_secret, webhook.secret, webhook.rotated_at = webhook.secret, signing.sealed(secret), clock.now()
    webhook.save(update_fields=["secret", "old_secret", "rotated_at"])
    _record(owner, HookEvent.ROTATED, actor, webhook)
    return secret


@transaction.atomic
def drop_old_secret(*, actor: "User", owner: HookOwner, webhook: Webhook) -> None:
    """Sign with the newest secret only. Nothing happens where there is one."""
    webhook = _locked(webhook)
    if webhook.old_secret:
        webhook.old_secret = ""
        webhook.save(update_fields=["old_secret"])
        _record(owner, HookEvent.ROTATED, actor, webhook, fields=["old_secret"])


@transaction.atomic
def delete_webhook(*, actor: "User", owner: HookOwner, webhook: Webhook) -> None:
    """End a webhook: what waits is not sent, its secrets are forgotten, its log stays for the admin."""
    webhook = _locked(webhook)
    if webhook.deleted_at:
        return
    webhook.deleted_at, webhook.secret, webhook.old_secret, webhook.is_active = clock.now(), "", "", False
    webhook.save(update_fields=["deleted_at", "secret", "old_secret", "is_active"])
    waiting = HookDelivery.objects.filter(webhook=webhook, state=HookState.WAITING)
    waiting.update(state=HookState.DROPPED, ended_at=clock.now())
    _record(owner, HookEvent.DELETED, actor, webhook)


@transaction.atomic
def resume_webhook(*, actor: "User", owner: HookOwner, webhook: Webhook) -> Webhook:
    """Close the breaker: what waits is sent now."""
    webhook = _locked(webhook)
    if webhook.paused_at:
        webhook.failures, webhook.paused_at = 0, None
        webhook.save(update_fields=["failures", "paused_at"])
        HookDelivery.objects.filter(webhook=webhook, state=HookState.WAITING).update(next_at=clock.now())
        _record(owner, HookEvent.RESUMED, actor, webhook)
        transaction.on_commit(lambda: wake_worker(SEND))
    return webhook


@transaction.atomic
def send_ping(*, actor: "User", owner: HookOwner, webhook: Webhook) -> HookDelivery:
    """Send a delivery that tells of no event, to try the address. Raises DomainError while too many wait."""
    delivery = HookDelivery.objects.create(webhook=_with_room(webhook), uuid=uuid4())
    transaction.on_commit(lambda: wake_worker(SEND))
    return delivery


@transaction.atomic
def replay(*, actor: "User", owner: HookOwner, delivery: HookDelivery) -> HookDelivery:
    """Send the event of an ended delivery again, as a delivery of its own. Raises DomainError while it still waits."""
    if delivery.state == HookState.WAITING:
        raise DomainError(_("This delivery is still on its way."), code="waiting")
    _with_room(delivery.webhook)
    again = HookDelivery.objects.create(
        webhook=delivery.webhook, event=delivery.event, replay_of=delivery, uuid=uuid4()
    )
    transaction.on_commit(lambda: wake_worker(SEND))
    return again


def _with_room(webhook: Webhook) -> Webhook:
    """Return the webhook under its lock; raises DomainError where MOST_ASKED pings and replays wait already."""
    locked = _locked(webhook)
    asked = Q(event=None) | Q(replay_of__isnull=False)
    if HookDelivery.objects.filter(asked, webhook=locked, state=HookState.WAITING).count() >= MOST_ASKED:
        raise DomainError(
            _("%s deliveries that were asked for wait already. See what becomes of them first.") % MOST_ASKED
        )
    return locked


def _judge(url: str) -> None:
    """Raise DomainError for an address that may not be asked, as far as can be told now; each delivery asks again."""
    try:
        parts = safe_http.judge_url(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        for address in safe_http.resolve(str(parts.hostname), port):
            safe_http.judge_address(address)
    except safe_http.Unreachable:
        # It may come up later; what is sent then is judged then.
        return
    except safe_http.Unsafe as error:
        raise DomainError(str(error), code="unsafe_address", context={"fields": {"url": [str(error)]}}) from None


def _locked(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update(of=("self",), no_key=True).get(pk=webhook.pk)


def _record(owner: HookOwner, kind: HookEvent, actor: "User", webhook: Webhook, **data: Any) -> None:
    record(owner.stream, kind=kind, actor=actor, subject=f"webhook:{webhook.pk}", data={"name": webhook.name, **data})
