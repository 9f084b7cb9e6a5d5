"""What the storage is still to be told."""

from django.db import models
from django.db.models import Q

from config import clock


class ObjectDeletion(models.Model):
    """An object that is to go. Written in the transaction that gives it up, deleted when the storage has deleted it.

    `died_at` is set where that failed too often; `reconcile_files` finds the object then.
    """

    key = models.CharField(max_length=128, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    last_error = models.TextField(blank=True)
    died_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="deletion_due", condition=Q(died_at__isnull=True))]

    def __str__(self) -> str:
        return self.key
