"""Reading webhooks and what was sent by them."""

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404

from notifications.enums import HookState
from notifications.models import HookDelivery, Webhook
from notifications.webhooks.owners import HookOwner


def hooks_of(owner: HookOwner) -> QuerySet[Webhook]:
    """Return the webhooks of a project or team that were not deleted, by name."""
    return Webhook.objects.filter(deleted_at=None, **owner.field).order_by("name", "pk")


def hooks_told(owner: HookOwner) -> QuerySet[Webhook]:
    """Return the same with how many deliveries wait, how many were given up, and when the last one was made."""
    return hooks_of(owner).annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=HookState.WAITING)),
        dead=Count("deliveries", filter=Q(deliveries__state=HookState.DEAD)),
        last_at=Max("deliveries__created_at"),
    )


def get_webhook_or_404(owner: HookOwner, pk: int) -> Webhook:
    """Return a webhook of the owner, or raise Http404."""
    found = hooks_of(owner).filter(pk=pk).first()
    if found is None:
        raise Http404("no such webhook")
    return found


def deliveries_of(webhook: Webhook) -> QuerySet[HookDelivery]:
    """Return what was sent by a webhook or is to be, the newest first."""
    return HookDelivery.objects.filter(webhook=webhook).select_related("event").order_by("-pk")


def get_delivery_or_404(webhook: Webhook, pk: int) -> HookDelivery:
    """Return a delivery of the webhook with its event, or raise Http404."""
    found = deliveries_of(webhook).filter(pk=pk).first()
    if found is None:
        raise Http404("no such delivery")
    found.webhook = webhook
    return found
