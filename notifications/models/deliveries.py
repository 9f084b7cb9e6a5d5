"""What is still to be told, what a person was told and why, and the mails that carry it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config import clock
from notifications.enums import Channel, DeliveryState, NoticeKind
from notifications.models.log import Event

MAILS = [(Channel.EMAIL.value, Channel.EMAIL.label), (Channel.DIGEST.value, Channel.DIGEST.label)]


class Outbox(models.Model):
    """An event of which somebody may have to be told. Written with the event, deleted when its entries are written.

    `died_at` is set where deciding failed too often; the admin lists those and lets them try again.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    last_error = models.TextField(blank=True)
    died_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="outbox_due", condition=Q(died_at__isnull=True))]
        verbose_name = _("event to tell")
        verbose_name_plural = _("events to tell")

    def __str__(self) -> str:
        return f"event {self.event_id}"


class Entry(models.Model):
    """One event in one person's ledger: why it concerns them, and whether it stands in their inbox.

    An entry outside of the inbox exists only because another channel carries it, or to say what kept it back (`held`).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    # Values of Reason, the strongest first.
    reasons = ArrayField(models.CharField(max_length=16), default=list)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, null=True, related_name="+")
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, null=True, related_name="+")
    in_inbox = models.BooleanField(default=True)
    held = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "person"], name="entry_unique"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="entry_kind_known"),
        ]
        indexes = [
            models.Index(fields=["person", "-at"], name="entry_inbox", condition=Q(in_inbox=True, done_at=None)),
            models.Index(
                fields=["person"], name="entry_unread", condition=Q(in_inbox=True, read_at=None, done_at=None)
            ),
        ]
        verbose_name = _("inbox entry")
        verbose_name_plural = _("inbox entries")

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"


class Delivery(models.Model):
    """One mail to one person. While it waits, further entries of the same `topic` join it instead of making another.

    `topic` is what its mails are threaded by (`issue:12`, `room:3`, `project:3`, `digest`). `leased_until` is set while
    a worker sends it; a worker that died leaves it to be sent again, with the same `message_id`.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=6, choices=MAILS)
    topic = models.CharField(max_length=64)
    entries = models.ManyToManyField(Entry, related_name="deliveries")
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=255, unique=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            # Two workers that want to begin the same mail meet here; once tried, a mail takes no more entries.
            models.UniqueConstraint(
                fields=["person", "channel", "topic"],
                condition=Q(state="waiting", first_tried_at=None),
                name="delivery_open_unique",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="delivery_due", condition=Q(state="waiting"))]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self) -> str:
        return f"{self.channel} {self.topic} for {self.person_id}"


class Slot(models.Model):
    """A scheduled job's turn that was taken. Whoever inserts the row runs the job; two beats make one run."""

    job = models.CharField(max_length=64)
    slot = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="slot_unique")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"
