"""Mails about coming in, until they are sent."""

from django.db import models

from config import clock


class SealedMail(models.Model):
    """A mail with a link, a code or a warning, for one address. What stands in it is as good as a password, so the row
    holds it sealed, and is deleted when the mail is sent, is refused for good, or helps nobody any more (`expires_at`).

    `leased_until` is set while a worker sends it; one that dies leaves it to be sent again.
    """

    kind = models.CharField(max_length=40)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    next_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="sealed_mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
