"""Labels."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import Hue
from projects.models.projects import Project


class Label(models.Model):
    """A project's word for issues. Removing one keeps its row, so that history can still name it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(_("name"), max_length=40)
    hue = models.PositiveSmallIntegerField(_("colour"), choices=Hue, default=Hue.BLUE)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "project", Upper("name"), name="label_name_unique", condition=Q(removed_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(hue__in=Hue.values), name="label_hue_known"),
        ]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]
        verbose_name = _("label")
        verbose_name_plural = _("labels")

    def __str__(self) -> str:
        return self.name
