"""What scripts come with, what they have done already, and how often somebody did something."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from config import clock


class PersonalToken(models.Model):
    """A secret that a person gave to a script, for some scopes, perhaps for some projects only, and for a time.

    The secret is shown once; `digest` is its SHA-256 in hexadecimal (256 random bits need no slow hash), `prefix` its
    first characters, by which its person tells it apart. `projects` are ids; None is every project of the person's.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=24))
    projects = ArrayField(models.BigIntegerField(), null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person"], name="token_live", condition=Q(revoked_at=None))]
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class DoneRequest(models.Model):
    """A write that a script sent with an Idempotency-Key, and its answer; the same again within a day gets the same.

    `fingerprint` is the SHA-256 of method, path and body: the same key for something else is refused.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="done_request_unique")]
        indexes = [models.Index(fields=["at"], name="done_request_at")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.key}"


class Tally(models.Model):
    """How often something was done within a span of time, while Redis, which counts otherwise, does not answer."""

    name = models.CharField(max_length=200)
    span = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "span"], name="tally_unique")]
        indexes = [models.Index(fields=["ends_at"], name="tally_ends")]

    def __str__(self) -> str:
        return f"{self.name} {self.count}"
