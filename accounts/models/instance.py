"""What administrators decide for everyone, in one row."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import Registration


class InstanceSettings(models.Model):
    """The one row of settings of this installation; read through accounts.instance.current().

    `session_days` is how long a log-in lasts at most, whatever is done in it.
    """

    registration = models.CharField(
        _("who may register"), max_length=10, choices=Registration, default=Registration.OPEN
    )
    allowed_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    require_two_factors = models.BooleanField(_("everyone needs a second factor"), default=False)
    require_login = models.BooleanField(_("public projects are read by people who are logged in only"), default=False)
    session_days = models.PositiveSmallIntegerField(
        _("days after which one logs in again"), default=14, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="instance_one_row"),
            models.CheckConstraint(condition=Q(registration__in=Registration.values), name="registration_known"),
            models.CheckConstraint(condition=Q(session_days__range=(1, 90)), name="session_days_range"),
        ]
        verbose_name = _("settings of this installation")
        verbose_name_plural = _("settings of this installation")

    def __str__(self) -> str:
        return "settings"
