"""Words of the issues app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an issue is."""

    BUG = "bug", _("Bug")
    TASK = "task", _("Task")
    STORY = "story", _("Story")
    CHORE = "chore", _("Chore")


class Priority(models.IntegerChoices):
    """How soon an issue wants to be done; the higher, the sooner."""

    NONE = 0, _("No priority")
    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")

    @property
    def slug(self) -> str:
        """The word of the board's URL."""
        return self.name.lower()
