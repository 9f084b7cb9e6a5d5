"""Pages of webhooks, the same for a project's and a team's: the views of those apps say whose they are.

Each takes a `Frame`, which nobody has who may not see and change them.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from config.errors import DomainError
from notifications.forms import HookForm
from notifications.webhooks import services
from notifications.webhooks.frames import Frame
from notifications.webhooks.queries import deliveries_of, get_delivery_or_404, get_webhook_or_404, hooks_told

if TYPE_CHECKING:
    from config.http import AuthedRequest

DELIVERIES = 25


def hook_list(request: "AuthedRequest", frame: Frame) -> HttpResponse:
    """List the webhooks; a POST makes one, and its answer shows the secret, which no other page does."""
    form = HookForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            webhook, secret = services.create_webhook(actor=request.user, owner=frame.owner, **form.wanted())
            return _page(request, frame, "webhooks/made.html", webhook=webhook, secret=secret)
        except DomainError as error:
            form.add_error("url", str(error))
    status = 422 if form.is_bound else 200
    return _page(request, frame, "webhooks/list.html", status=status, webhooks=hooks_told(frame.owner), form=form)


def hook_detail(request: "AuthedRequest", frame: Frame, webhook_id: int) -> HttpResponse:
    """Show one webhook and what was sent by it; a POST changes it."""
    webhook = get_webhook_or_404(frame.owner, webhook_id)
    form = HookForm.of(webhook, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.change_webhook(actor=request.user, owner=frame.owner, webhook=webhook, changes=form.wanted())
            messages.success(request, _("The webhook is saved."))
            return redirect(frame.address(webhook))
        except DomainError as error:
            form.add_error("url", str(error))
    page = Paginator(deliveries_of(webhook), DELIVERIES).get_page(request.GET.get("page"))
    status = 422 if form.is_bound else 200
    return _page(request, frame, "webhooks/detail.html", status=status, webhook=webhook, form=form, page=page)


def hook_act(request: "AuthedRequest", frame: Frame, webhook_id: int, act: str) -> HttpResponse:
    """Do one thing with a webhook: ping, resume, rotate, drop-old, delete. A new secret stands in the answer only."""
    webhook = get_webhook_or_404(frame.owner, webhook_id)
    asked: dict[str, Any] = {"actor": request.user, "owner": frame.owner, "webhook": webhook}
    if act == "rotate":
        return _page(request, frame, "webhooks/made.html", webhook=webhook, secret=services.rotate_secret(**asked))
    if act not in _ACTS:
        raise Http404("no such act")
    do, said = _ACTS[act]
    do(**asked)
    messages.success(request, str(said()) % {"name": webhook.name})
    return redirect(frame.base if act == "delete" else frame.address(webhook))


def hook_delivery(request: "AuthedRequest", frame: Frame, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Show what was sent and what came back; a POST sends the event again."""
    webhook = get_webhook_or_404(frame.owner, webhook_id)
    delivery = get_delivery_or_404(webhook, delivery_id)
    if request.method == "POST":
        services.replay(actor=request.user, owner=frame.owner, delivery=delivery)
        messages.success(request, _("It is sent again. The list shows what becomes of it."))
        return redirect(frame.address(webhook))
    return _page(request, frame, "webhooks/delivery.html", webhook=webhook, delivery=delivery)


_ACTS: dict[str, tuple[Any, Any]] = {
    "ping": (services.send_ping, lambda: _("A ping is on its way. The list shows what becomes of it.")),
    "resume": (services.resume_webhook, lambda: _("“%(name)s” is active again; what waited is sent now.")),
    "drop-old": (services.drop_old_secret, lambda: _("“%(name)s” signs with the newest secret only.")),
    "delete": (services.delete_webhook, lambda: _("“%(name)s” is deleted. Nothing more is sent there.")),
}
ACTS = frozenset({*_ACTS, "rotate"})


def _page(request: "AuthedRequest", frame: Frame, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    told = {**frame.context, "frame": frame, "layout": frame.layout, "here": "webhooks"}
    return render(request, template, told | context, status=status)
