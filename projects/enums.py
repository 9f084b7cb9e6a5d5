"""Words of the projects app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Visibility(models.TextChoices):
    """Who may read a project without being its member."""

    PRIVATE = "private", _("Private: members only")
    INTERNAL = "internal", _("Internal: everyone who is logged in")
    PUBLIC = "public", _("Public: everyone, without logging in")


class Role(models.TextChoices):
    """What a person is in a project."""

    LEAD = "lead", _("Lead")
    DEVELOPER = "developer", _("Developer")
    VIEWER = "viewer", _("Viewer")


class Category(models.TextChoices):
    """What a state means, whatever it is called."""

    OPEN = "open", _("Open")
    PROGRESS = "progress", _("In progress")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


class Template(models.TextChoices):
    """The workflows that ship."""

    BUG = "bug", _("Bug: open → in progress → resolved → closed, with guards")
    TASK = "task", _("Task: to do, in progress and done, freely")
