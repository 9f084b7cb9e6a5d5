"""Webhooks as the API tells them and takes them: the same for a project's and for a team's.

Each function takes the HookOwner that the access function of the project or team has made.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import Field

from accounts.models import User
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import In, Listing, Out
from config.errors import DomainError
from notifications import hooks
from notifications.enums import HookState
from notifications.models import HookDelivery, Webhook
from notifications.webhooks import services
from notifications.webhooks.owners import HookOwner
from notifications.webhooks.payload import kind_of
from notifications.webhooks.queries import deliveries_of, get_delivery_or_404, get_webhook_or_404, hooks_told

HookName = Annotated[str, Field(min_length=1, max_length=80, examples=["CI"])]
Address = Annotated[str, Field(min_length=1, max_length=500, examples=["https://ci.example.org/plumbline"])]
Kinds = Annotated[
    list[Annotated[str, Field(max_length=64, examples=["issue.moved"])]],
    Field(max_length=200, description="What it is told of; empty: everything, also kinds that come later."),
]


class KindOut(Out):
    """A kind of event."""

    kind: str = Field(examples=["issue.moved"])
    group: str = Field(examples=["Issues"])


class HookOut(Out):
    """A webhook. Its secrets are never told again."""

    id: int
    name: str
    url: str
    kinds: list[str] = Field(description="Empty: every kind.")
    is_active: bool
    has_old_secret: bool = Field(description="Deliveries carry a second signature, by the secret before.")
    rotated_at: datetime | None
    failures: int = Field(description="Deliveries in a row that failed.")
    paused_at: datetime | None = Field(description="Since when nothing is sent, because too many failed; null: it is.")
    created_at: datetime


class MadeHookOut(HookOut):
    """A webhook with its newest secret, which is shown this once."""

    secret: str = Field(examples=["whsec_Jx0Qp…"], description="The key of HMAC-SHA256 over `<t>.<body>`.")


class DeliveryOut(Out):
    """Something that was sent to a webhook, or is to be."""

    id: int
    uuid: UUID
    kind: str = Field(examples=["issue.moved"])
    state: Annotated[str, OneOf(*HookState.values)]
    attempts: int
    status: int | None = Field(description="The status that came back.")
    milliseconds: int | None
    last_error: str
    replay_of: int | None
    created_at: datetime
    next_at: datetime | None = Field(description="When it is tried next; null where it has ended.")
    ended_at: datetime | None


class FullDeliveryOut(DeliveryOut):
    """The same with what was sent and the beginning of what came back."""

    body: str
    answer: str


class HookIn(In):
    """A new webhook."""

    name: HookName
    url: Address
    kinds: Kinds = []


class HookEditIn(In):
    """What to change of a webhook; what is left out stays."""

    name: HookName = ""
    url: Address = ""
    kinds: Kinds = []
    is_active: bool = True


def known_kinds() -> list[KindOut]:
    """Return the kinds of events that a webhook may be told of."""
    return [
        KindOut(kind=kind, group=str(group)) for group, choices in hooks.lent.hook_kinds() for kind, _label in choices
    ]


def list_hooks(owner: HookOwner) -> list[HookOut]:
    """Return the owner's webhooks, by name (twenty at most)."""
    return [hook_out(webhook) for webhook in hooks_told(owner)]


def read_hook(owner: HookOwner, pk: int) -> HookOut:
    """Return one of them."""
    return hook_out(get_webhook_or_404(owner, pk))


def create_hook(actor: User, owner: HookOwner, sent: HookIn) -> MadeHookOut:
    """Make one."""
    webhook, secret = services.create_webhook(
        actor=actor, owner=owner, name=sent.name, url=sent.url, kinds=_known(sent.kinds)
    )
    return _made_out(webhook, secret)


def change_hook(actor: User, owner: HookOwner, pk: int, changes: HookEditIn) -> HookOut:
    """Change the fields that were named."""
    webhook = get_webhook_or_404(owner, pk)
    wanted = changes.model_dump(include=changes.model_fields_set)
    if "kinds" in wanted:
        wanted["kinds"] = _known(wanted["kinds"])
    return hook_out(services.change_webhook(actor=actor, owner=owner, webhook=webhook, changes=wanted))


def delete_hook(actor: User, owner: HookOwner, pk: int) -> None:
    """End one."""
    services.delete_webhook(actor=actor, owner=owner, webhook=get_webhook_or_404(owner, pk))


def rotate_hook(actor: User, owner: HookOwner, pk: int) -> MadeHookOut:
    """Give one a new secret."""
    webhook = get_webhook_or_404(owner, pk)
    secret = services.rotate_secret(actor=actor, owner=owner, webhook=webhook)
    return _made_out(get_webhook_or_404(owner, pk), secret)


def drop_hook_secret(actor: User, owner: HookOwner, pk: int) -> HookOut:
    """Forget the secret before."""
    services.drop_old_secret(actor=actor, owner=owner, webhook=get_webhook_or_404(owner, pk))
    return read_hook(owner, pk)


def resume_hook(actor: User, owner: HookOwner, pk: int) -> HookOut:
    """Send again, after too many failures."""
    services.resume_webhook(actor=actor, owner=owner, webhook=get_webhook_or_404(owner, pk))
    return read_hook(owner, pk)


def ping_hook(actor: User, owner: HookOwner, pk: int) -> DeliveryOut:
    """Try its address."""
    return delivery_out(services.send_ping(actor=actor, owner=owner, webhook=get_webhook_or_404(owner, pk)))


def list_deliveries(owner: HookOwner, pk: int, asked: Paging) -> Listing[DeliveryOut]:
    """Return a page of what was sent by one, the newest first."""
    rows, following = page_of(deliveries_of(get_webhook_or_404(owner, pk)), asked, ["-pk"], context="deliveries")
    return Listing(items=[delivery_out(row) for row in rows], next=following)


def read_delivery(owner: HookOwner, pk: int, delivery: int) -> FullDeliveryOut:
    """Return one of them, with what was said."""
    found = get_delivery_or_404(get_webhook_or_404(owner, pk), delivery)
    return FullDeliveryOut(**dict(delivery_out(found)), body=found.body, answer=found.answer)


def replay_delivery(actor: User, owner: HookOwner, pk: int, delivery: int) -> DeliveryOut:
    """Send one again."""
    found = get_delivery_or_404(get_webhook_or_404(owner, pk), delivery)
    return delivery_out(services.replay(actor=actor, owner=owner, delivery=found))


def hook_out(webhook: Webhook) -> HookOut:
    """Return a webhook without its secrets."""
    return HookOut(
        id=webhook.pk,
        name=webhook.name,
        url=webhook.url,
        kinds=list(webhook.kinds),
        is_active=webhook.is_active,
        has_old_secret=bool(webhook.old_secret),
        rotated_at=webhook.rotated_at,
        failures=webhook.failures,
        paused_at=webhook.paused_at,
        created_at=webhook.created_at,
    )


def delivery_out(delivery: HookDelivery) -> DeliveryOut:
    """Return a delivery whose event is loaded."""
    return DeliveryOut(
        id=delivery.pk,
        uuid=delivery.uuid,
        kind=kind_of(delivery),
        state=delivery.state,
        attempts=delivery.attempts,
        status=delivery.status,
        milliseconds=delivery.milliseconds,
        last_error=delivery.last_error,
        replay_of=delivery.replay_of_id,
        created_at=delivery.created_at,
        next_at=delivery.next_at if delivery.state == HookState.WAITING else None,
        ended_at=delivery.ended_at,
    )


def _made_out(webhook: Webhook, secret: str) -> MadeHookOut:
    return MadeHookOut(**dict(hook_out(webhook)), secret=secret)


def _known(kinds: list[str]) -> list[str]:
    """Return the kinds, each once; raises DomainError for one that there is not."""
    known = {kind.kind for kind in known_kinds()}
    for kind in kinds:
        if kind not in known:
            sentence = _("There is no kind of event called “%s”.") % kind
            raise DomainError(sentence, code="invalid", context={"fields": {"kinds": [sentence]}})
    return list(dict.fromkeys(kinds))
