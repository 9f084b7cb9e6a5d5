"""Where a project's or a team's events are sent, and every attempt to."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config import clock
from notifications.enums import HookState
from notifications.models.log import Event, EventStream


class Webhook(models.Model):
    """An address of somebody else's that is told of the events of one project, or of one team.

    `kinds` are kinds of events; empty is every kind. Secrets are sealed (config/sealing.py, purpose `webhook`); while
    two are active, each delivery carries both signatures. `failures` counts deliveries in a row that were given up or
    failed; from the breaker's number on, `paused_at` is set and nothing is sent until somebody resumes it.
    """

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks"
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks")
    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    secret = models.TextField(editable=False)
    old_secret = models.TextField(blank=True, default="", editable=False)
    rotated_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(project__isnull=True, team__isnull=False) | Q(project__isnull=False, team__isnull=True),
                name="webhook_one_owner",
            )
        ]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class HookCursor(models.Model):
    """How far a webhook has read one of its streams: the number of the last event that became a delivery or was not
    wanted."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="cursors")
    stream = models.ForeignKey(EventStream, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "stream"], name="hook_cursor_unique")]

    def __str__(self) -> str:
        return f"{self.webhook_id} in {self.stream_id} at {self.seq}"


class HookDelivery(models.Model):
    """One event for one webhook, and what became of it; written where the event leaves the outbox.

    `body` is what was sent last, `answer` the first 4 KiB of what came back. `replay_of` is the delivery that somebody
    had sent again. `leased_until` is set while a worker sends it.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", null=True)
    replay_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    uuid = models.UUIDField(unique=True, editable=False)
    state = models.CharField(max_length=8, choices=HookState, default=HookState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    body = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True)
    last_error = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=HookState.values), name="hook_delivery_state_known"),
            models.UniqueConstraint(
                fields=["webhook", "event"], condition=Q(replay_of=None), name="hook_delivery_once"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="hook_delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["webhook", "-id"], name="hook_delivery_log"),
        ]
        verbose_name = _("delivery to a webhook")
        verbose_name_plural = _("deliveries to webhooks")

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"
