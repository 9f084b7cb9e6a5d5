"""A file and the pictures that were made of it. Their bytes are objects in S3, under keys that no browser may write."""

from typing import TYPE_CHECKING
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from config import clock
from files.enums import FileState, Form, Kind, Place
from files.refusals import sentence_of
from notifications.history import append_only
from projects.models import Project

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from chat.models import Message
    from issues.models import Issue

NAME_LENGTH = 200
INCOMING = "incoming/"


def _both_or_neither(one: Q, other: Q) -> Q:
    return (one & other) | (~one & ~other)


class FileQuerySet(models.QuerySet["File"]):
    """Files, from wherever they are asked for: `person.files`, `project.files`."""

    def coming(self, place: str) -> "File | None":
        """Return what was sent last for a place that shows one file, while it is checked or if it came to nothing.

        None while it is being sent, and once it is ready: then it stands in its place.
        """
        newest = self.filter(place=place, removed_at=None).exclude(state=FileState.PENDING).order_by("-pk").first()
        return None if newest is None or newest.state == FileState.READY else newest


class File(models.Model):
    """Something that a person has uploaded.

    `uuid` names it everywhere outside the database; `client_id` is made by whoever uploads it, so that a retry finds
    the row of the first try. `size` and `declared_type` are what the browser said at the start, and `size` is true from
    READY on, where `sha256` is set; `type` is what a reader is told, found by name and content. A file of a message on
    an issue hangs on both. Removed is not gone: it can be restored until `purged_at`, when its objects are deleted.
    """

    uuid = models.UUIDField(unique=True, default=uuid4, editable=False)
    client_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    # None only for a person's picture.
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="files")
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="files")
    place = models.CharField(max_length=8, choices=Place, default=Place.DRAFT)
    issue: "models.ForeignKey[Issue | None, Issue | None]" = models.ForeignKey(
        "issues.Issue", on_delete=models.PROTECT, null=True, related_name="files"
    )
    message: "models.ForeignKey[Message | None, Message | None]" = models.ForeignKey(
        "chat.Message", on_delete=models.PROTECT, null=True, related_name="files"
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    size = models.BigIntegerField(_("size"))
    declared_type = models.CharField(max_length=100, blank=True)
    type = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=11, choices=FileState, default=FileState.PENDING)
    # Why it was refused, as a word of files/refusals.py.
    refusal = models.CharField(max_length=16, blank=True)
    started_at = models.DateTimeField(default=clock.now, editable=False)
    # When the last address was signed to which it may be put.
    signed_at = models.DateTimeField(default=clock.now, db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    # The worker's: how often one has taken it up, and when the next may.
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    purged_at = models.DateTimeField(null=True, editable=False)

    objects = FileQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["attempts", "next_at", "signed_at"])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="file_has_bytes"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(sha256__regex="^[0-9a-f]{64}$") & Q(checked_at__isnull=False)),
                name="file_ready_is_checked",
            ),
            models.CheckConstraint(
                condition=_both_or_neither(Q(project__isnull=True), Q(place="avatar")), name="file_has_project"
            ),
            models.CheckConstraint(
                condition=_both_or_neither(Q(message__isnull=False), Q(place="message")), name="file_has_message"
            ),
            models.CheckConstraint(
                condition=Q(issue__isnull=True) | Q(place__in=["issue", "message"]), name="file_of_issue"
            ),
            models.CheckConstraint(condition=~Q(place="issue") | Q(issue__isnull=False), name="file_has_issue"),
            models.CheckConstraint(
                condition=_both_or_neither(Q(removed_at__isnull=False), Q(removed_by__isnull=False)),
                name="file_removed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True) | Q(removed_at__isnull=False), name="file_purged_was_removed"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="file_newest"),
            models.Index(fields=["project"], include=["size"], name="file_space", condition=Q(purged_at__isnull=True)),
            models.Index(fields=["uploader", "started_at"], include=["size"], name="file_day"),
            models.Index(fields=["next_at"], name="file_due", condition=Q(state="checking")),
            models.Index(fields=["started_at"], name="file_loose", condition=Q(state="pending") | Q(place="draft")),
            models.Index(
                fields=["removed_at"], name="file_trash", condition=Q(removed_at__isnull=False, purged_at=None)
            ),
        ]
        triggers = [
            # What was checked stays what it is: no other bytes under the same name.
            pgtrigger.Protect(
                name="checked_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="ready")
                & (
                    pgtrigger.Q(new__sha256__df=pgtrigger.F("old__sha256"))
                    | pgtrigger.Q(new__size__df=pgtrigger.F("old__size"))
                ),
            ),
            pgtrigger.Protect(
                name="keep",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__place__in=["draft", "avatar", "icon"]) & ~pgtrigger.Q(old__state="pending"),
            ),
        ]
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name

    @property
    def is_readable(self) -> bool:
        """Say whether its bytes may be read by whoever may read its project."""
        return self.state == FileState.READY and self.removed_at is None

    @property
    def is_picture(self) -> bool:
        """Say whether it can be shown within a page: the worker has made its own pictures of it."""
        return self.kind == Kind.PICTURE and self.is_readable

    @property
    def sentence(self) -> "StrOrPromise":
        """What is to be said of its state; empty for a ready one."""
        return sentence_of(self.state, self.refusal)

    @property
    def incoming_key(self) -> str:
        """Where the browser puts it."""
        return f"{INCOMING}{self.uuid}"

    @property
    def key(self) -> str:
        """Where its checked bytes lie."""
        return f"files/{self.uuid}/original"

    @property
    def quarantine_key(self) -> str:
        """Where its bytes lie if the scanner knows them."""
        return f"quarantine/{self.uuid}"

    def form_key(self, form: str) -> str:
        """Return where a picture that was made of it lies."""
        return f"files/{self.uuid}/{form}"


class Rendition(models.Model):
    """A picture that a worker has made of a file: turned upright, without what the camera wrote, always WebP."""

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="renditions")
    form = models.CharField(max_length=6, choices=Form)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "form"], name="rendition_unique")]

    def __str__(self) -> str:
        return f"{self.form} of {self.file_id}"

    @property
    def key(self) -> str:
        """Where it lies."""
        return self.file.form_key(self.form)


append_only(File.history.model)
