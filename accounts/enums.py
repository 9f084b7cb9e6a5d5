"""Words of the accounts app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TeamRole(models.TextChoices):
    """What a person is in a team."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    MEMBER = "member", _("Member")
    GUEST = "guest", _("Guest")


class Theme(models.TextChoices):
    """The colours of a person's pages."""

    SYSTEM = "", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Registration(models.TextChoices):
    """Who may create an account."""

    OPEN = "open", _("Everyone")
    DOMAINS = "domains", _("Everyone with an address at one of the domains below")
    INVITATION = "invitation", _("Only people who were invited")


class Scope(models.TextChoices):
    """What a token may be used for: reading or changing one kind of thing. Changing includes reading."""

    ME_READ = "me:read", _("Read your profile and settings")
    ME_WRITE = "me:write", _("Change your profile and settings")
    PEOPLE_READ = "people:read", _("Read the directory of people")
    TEAMS_READ = "teams:read", _("Read teams and their members")
    TEAMS_WRITE = "teams:write", _("Change teams, members and invitations")
    PROJECTS_READ = "projects:read", _("Read projects, members, labels and workflows")
    PROJECTS_WRITE = "projects:write", _("Change projects, members, labels and workflows")
    ISSUES_READ = "issues:read", _("Read issues, their history and search")
    ISSUES_WRITE = "issues:write", _("Create, change and move issues")
    MESSAGES_READ = "messages:read", _("Read conversations")
    MESSAGES_WRITE = "messages:write", _("Write messages and reactions")
    FILES_READ = "files:read", _("Read files")
    FILES_WRITE = "files:write", _("Send, rename and remove files")
    NOTIFICATIONS_READ = "notifications:read", _("Read your inbox")
    NOTIFICATIONS_WRITE = "notifications:write", _("Mark your inbox, and change what reaches you")
    EVENTS_READ = "events:read", _("Read the feed of changes")
    WEBHOOKS_READ = "webhooks:read", _("Read webhooks and their deliveries")
    WEBHOOKS_WRITE = "webhooks:write", _("Change webhooks, and send again")
    ADMIN_READ = "admin:read", _("Read what administrators see")
    ADMIN_WRITE = "admin:write", _("Do what administrators do")


class Hue(models.IntegerChoices):
    """The six hues of people, projects, labels and states; lightness and chroma are the stylesheet's."""

    RED = 1, _("Red")
    AMBER = 2, _("Amber")
    GREEN = 3, _("Green")
    TEAL = 4, _("Teal")
    BLUE = 5, _("Blue")
    PINK = 6, _("Pink")
