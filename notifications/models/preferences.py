"""What people want to be told: what they watch and follow, and by which way."""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config import clock
from notifications.enums import DigestRhythm, FollowLevel, NoticeKind, Reason


class Watch(models.Model):
    """A person watches an issue, or has muted it. `reason` is what began it; empty where they did by hand."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches")
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="watches")
    is_muted = models.BooleanField(default=False)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "person"], name="watch_unique")]

    def __str__(self) -> str:
        return f"{self.person_id} watches {self.issue_id}"


class Follow(models.Model):
    """How much of a project reaches a person. Without a row: what they take part in."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="follows")
    level = models.CharField(_("level"), max_length=13, choices=FollowLevel)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person"], name="follow_unique"),
            models.CheckConstraint(condition=Q(level__in=FollowLevel.values), name="follow_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.project_id}: {self.level}"


class Preference(models.Model):
    """By which ways a kind of news reaches a person: their default, or in one project. Without a row: DEFAULTS."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    inbox = models.BooleanField()
    email = models.BooleanField()
    digest = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "project", "kind"], name="preference_unique", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="preference_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"


def every_day() -> list[int]:
    """Return Monday (0) to Sunday (6)."""
    return list(range(7))


class MailSettings(models.Model):
    """When mail may reach a person, in their time zone. Outside of it mail waits. Without a row: these defaults."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_settings")
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    working_days = ArrayField(models.PositiveSmallIntegerField(), default=every_day, verbose_name=_("working days"))
    digest = models.CharField(_("digest"), max_length=6, choices=DigestRhythm, default=DigestRhythm.DAILY)
    digest_at = models.TimeField(_("digest at"), default=time(8))
    digest_day = models.PositiveSmallIntegerField(_("day of the digest"), default=0, validators=[MaxValueValidator(6)])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(digest__in=DigestRhythm.values), name="mail_digest_known"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="mail_quiet_both",
            ),
        ]

    def __str__(self) -> str:
        return f"mail of {self.person_id}"
