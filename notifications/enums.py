"""What a person can be told of, why, by which way, and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """What happened, as a person chooses by it. The order is that of the preferences page."""

    MENTIONED = "mentioned", _("Someone mentions me")
    REPLIED = "replied", _("Someone replies to me")
    ASSIGNED = "assigned", _("An issue is assigned to me")
    UNASSIGNED = "unassigned", _("An issue is taken from me")
    COMMENTED = "commented", _("A message on an issue I watch")
    STATE_CHANGED = "state_changed", _("An issue I watch changes its state")
    ISSUE_CHANGED = "issue_changed", _("Another change to an issue I watch")
    ISSUE_CREATED = "issue_created", _("A new issue in a project I follow")
    ROOM_MESSAGE = "room_message", _("A message in a chat I follow")
    DUE_SOON = "due_soon", _("An issue of mine is due tomorrow")
    OVERDUE = "overdue", _("An issue of mine is overdue")
    PROJECT_ADDED = "project_added", _("I am added to a project, or my role changes")
    PROJECT_REMOVED = "project_removed", _("I am removed from a project")
    FILE_ADDED = "file_added", _("A file is added to an issue I watch")
    TEAM_CHANGED = "team_changed", _("My role in a team changes")
    TEAM_REMOVED = "team_removed", _("I am removed from a team")


class Reason(models.TextChoices):
    """Why a person was told. An entry may have several; the first in this order is the strongest."""

    MENTIONED = "mentioned", _("You were mentioned")
    REPLIED = "replied", _("Someone replied to you")
    ASSIGNED = "assigned", _("You are assigned")
    UNASSIGNED = "unassigned", _("You were assigned")
    MEMBER = "member", _("It is about you")
    REPORTED = "reported", _("You reported it")
    WATCHING = "watching", _("You watch this issue")
    FOLLOWING = "following", _("You follow this project")


class FollowLevel(models.TextChoices):
    """How much of a project reaches a person."""

    EVERYTHING = "everything", _("Everything")
    PARTICIPATING = "participating", _("What I take part in")
    NOTHING = "nothing", _("Nothing")


class Channel(models.TextChoices):
    """The ways by which a person is told; push comes later."""

    INBOX = "inbox", _("Inbox")
    EMAIL = "email", _("E-mail now")
    DIGEST = "digest", _("Digest")


class DigestRhythm(models.TextChoices):
    """How often a digest is sent."""

    OFF = "off", _("Never")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")


class DeliveryState(models.TextChoices):
    """What became of a mail."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DROPPED = "dropped", _("Not sent")
    DEAD = "dead", _("Given up")


class Held(models.TextChoices):
    """Why an entry was not mailed at once. Empty on an entry that was."""

    PREFERENCE = "preference", _("You chose no mail for this")
    DIGEST = "digest", _("It waits for your digest")
    QUIET = "quiet", _("It waits for the end of your quiet hours or days off")
    LATE = "late", _("It was too long ago to be mailed")


class HookState(models.TextChoices):
    """What became of a delivery to a webhook."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Delivered")
    DEAD = "dead", _("Given up")
    DROPPED = "dropped", _("Not sent")
