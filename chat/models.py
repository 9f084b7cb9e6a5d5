"""Threads and messages: the room of a project and the discussion of an issue are the same thing."""

import uuid
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from chat.enums import DISCUSSION_LENGTH, ROOM_LENGTH
from config import clock
from notifications.history import append_only
from projects.models import Project

if TYPE_CHECKING:
    from issues.models import Issue


class Thread(models.Model):
    """A conversation of a project: its room, or the discussion of one of its issues.

    `seq` is the number of the newest message and grows without gaps under this row's lock; `message_count` leaves out
    the deleted ones.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="threads")
    issue: "models.OneToOneField[Issue | None, Issue | None]" = models.OneToOneField(
        "issues.Issue", on_delete=models.PROTECT, null=True, related_name="discussion"
    )
    seq = models.PositiveIntegerField(default=0)
    message_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project"], condition=Q(issue=None), name="thread_one_room"),
        ]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="forward_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__seq__lt=pgtrigger.F("old__seq")),
            ),
        ]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return f"discussion of issue {self.issue_id}" if self.issue_id else f"room of project {self.project_id}"

    @property
    def is_room(self) -> bool:
        """Say whether it is the project's room."""
        return self.issue_id is None

    @property
    def is_new(self) -> bool:
        """Say whether nothing was said in it yet, so that there is no row."""
        return self._state.adding

    @property
    def longest(self) -> int:
        """The number of characters that a message of it may have."""
        return ROOM_LENGTH if self.is_room else DISCUSSION_LENGTH


class Message(models.Model):
    """What one person said. `client_id` is made by whoever sends it, so that a retry finds it instead of doubling it.

    A deleted message stays as a tombstone: its place and author remain, its text is only in the history.
    """

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    seq = models.PositiveIntegerField(editable=False)
    client_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    body = models.TextField(_("message"), max_length=DISCUSSION_LENGTH, blank=True)
    reply_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replies")
    # The issue that was made of it.
    made_issue = models.ForeignKey("issues.Issue", on_delete=models.PROTECT, null=True, related_name="made_from")
    version = models.PositiveIntegerField(default=1, editable=False)
    # How many files were sent with it; a message of files alone has no text.
    file_count = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    at = models.DateTimeField(default=clock.now, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "seq"], name="message_seq_unique"),
            models.CheckConstraint(
                condition=~Q(body="") | Q(file_count__gt=0) | Q(deleted_at__isnull=False), name="message_says_something"
            ),
        ]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return f"{self.thread_id}/{self.seq}"


class Reaction(models.Model):
    """One person's sign under a message."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="reactions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    emoji = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "person", "emoji"], name="reaction_unique")]

    def __str__(self) -> str:
        return f"{self.emoji} {self.message_id}"


class ReadCursor(models.Model):
    """How far a person has read a thread: every message up to `seq`. Never goes back."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="cursors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="read_cursors")
    seq = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "thread"], name="read_cursor_unique")]

    def __str__(self) -> str:
        return f"{self.person_id} read {self.thread_id} up to {self.seq}"


append_only(Message.history.model)
