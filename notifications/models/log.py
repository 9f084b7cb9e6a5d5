"""The event log: one append-only row for each thing that happened, chained by hash within its stream."""

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

GENESIS = "0" * 64


class EventStream(models.Model):
    """The counter and newest hash of a stream (`project:7`, `team:3`, `instance`). Its row lock orders the events."""

    name = models.CharField(max_length=64, unique=True)
    seq = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="forward_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__seq__lte=pgtrigger.F("old__seq"))
                | pgtrigger.Q(new__name__df=pgtrigger.F("old__name")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One thing that happened. `seq` has no gaps in its stream; `hash` covers the previous hash and this row."""

    stream = models.ForeignKey(EventStream, on_delete=models.PROTECT, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # What it happened to, such as `issue:12`; empty where that is the stream itself.
    subject = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_seq_unique")]
        indexes = [models.Index(fields=["subject", "seq"], name="event_subject")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.stream_id}/{self.seq} {self.kind}"
