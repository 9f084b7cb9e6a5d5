"""Words of the accounts app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TeamRole(models.TextChoices):
    """What a person is in a team."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    MEMBER = "member", _("Member")
    GUEST = "guest", _("Guest")


class Hue(models.IntegerChoices):
    """The six hues of people, projects, labels and states; lightness and chroma are the stylesheet's."""

    RED = 1, _("Red")
    AMBER = 2, _("Amber")
    GREEN = 3, _("Green")
    TEAL = 4, _("Teal")
    BLUE = 5, _("Blue")
    PINK = 6, _("Pink")
